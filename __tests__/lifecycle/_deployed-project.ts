import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Workspace, type WorkspaceOptions } from '../../lifecycle/workspace';
import type { DeployedNode } from '../../plan/cluster-output';
import type { RestState } from '../../plan/cluster-plan';
import { loadEnvironment } from '../../plan/load-environments';
import { deployedNode } from '../_ssh-node';
import { COMMON, PUBLIC_KEY, project } from '../plan/_project';

export interface DeployedProjectOptions {
  readonly masters: number;
  readonly workers: number;
  /** By node name; another address of 127/8 each. */
  readonly addresses?: Readonly<Record<string, string>>;
  /** By node name. */
  readonly hostKeys?: Readonly<Record<string, readonly string[]>>;
  /** How nodes are to rest, by group and number. */
  readonly resting?: Readonly<Record<string, Readonly<Record<string, RestState>>>>;
  /** Key pair that logs in as root. @default - one whose private half nobody has */
  readonly key?: { readonly file: string; readonly publicKey: string };
  readonly workspace?: Omit<WorkspaceOptions, 'projectDir'>;
}

/** A project whose environment `dev` is deployed, as far as its local state says; no cloud is asked of it. */
export function deployedProject(options: DeployedProjectOptions): Workspace {
  const { masters, workers, addresses = {}, hostKeys, resting = {}, key } = options;
  const numbers = (count: number) => Array.from({ length: count }, (_, number) => number);
  const register = {
    version: 1,
    groups: {
      master: { next: masters, nodes: numbers(masters), resting: resting.master ?? {} },
      worker: { next: workers, nodes: numbers(workers), resting: resting.worker ?? {} },
    },
  };
  const projectDir = project({
    'common.yaml': commonWith(key),
    'dev.yaml': `kind: spark
image: debian-12
master: { flavor: m1.small, count: ${masters} }
workers: { flavor: m1.small, count: ${workers} }
${masters > 1 ? 'zookeeper: { onMasters: true }' : ''}
${hostKeys ? `hostKeys: ${JSON.stringify(hostKeys)}` : ''}
`,
    'dev.nodes.json': JSON.stringify(register),
  });
  const { plan } = loadEnvironment(projectDir, 'dev') as Extract<
    ReturnType<typeof loadEnvironment>,
    { kind: 'cluster' }
  >;
  const nodes = plan.groups.flatMap(({ name: group, numbers: each, roles }) =>
    each.map((number): DeployedNode => {
      const name = `${group}-${number}`;
      const address = addresses[name] ?? '127.0.0.1';
      return deployedNode(name, { group, address, roles: roles.map((role) => role.name) });
    }),
  );
  const output = { version: 1, environment: 'dev', planDigest: 'digest', nodes };
  const stateFile = join(projectDir, 'terraform.dev.tfstate');
  const stackFile = join('stacks', 'dev', 'cdk.tf.json');
  const out = join(projectDir, 'cdktf.out');
  const write = (file: string, value: unknown) => writeFileSync(file, JSON.stringify(value));
  mkdirSync(join(out, 'stacks', 'dev'), { recursive: true });
  write(join(projectDir, 'cdktf.json'), { language: 'typescript', app: 'false' });
  write(join(out, 'manifest.json'), {
    stacks: { dev: { name: 'dev', workingDirectory: 'stacks/dev', synthesizedStackPath: stackFile } },
  });
  write(join(out, stackFile), { terraform: { backend: { local: { path: stateFile } } } });
  write(stateFile, { version: 4, serial: 1, lineage: 'l', outputs: { cluster: { value: output } }, resources: [] });
  return new Workspace({ env: {}, ...options.workspace, projectDir });
}

function commonWith(key: DeployedProjectOptions['key']): string {
  if (!key) return COMMON;
  const ssh = `ssh:\n  user: root\n  privateKey: ${key.file}`;
  return COMMON.replace('ssh:', ssh).replace(PUBLIC_KEY, key.publicKey);
}
