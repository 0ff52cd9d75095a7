import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'ssh2';
import { configureNodes } from '../configure/configure-nodes';
import { Connector } from '../configure/connect';
import { HostKeys } from '../configure/host-keys';
import { findIdentity } from '../configure/identity';
import { directory } from '../operations/directory';
import { file } from '../operations/file';
import type { Operation } from '../operations/operation';
import type { DeployedNode } from '../plan/cluster-output';
import type { ClusterPlan } from '../plan/cluster-plan';
import type { Role } from '../roles/role';

/**
 * One run in a process of its own, because that is how users run it: `ours|ssh2 FOLDER COUNT SALT PARALLEL`. Prints the
 * seconds from the first connection to the last answer; loading the program is not among them.
 */
const WORDS = ['one', 'two', 'three', 'four', 'five'];
const [way, folder, count, salt, parallel] = process.argv.slice(2) as [string, string, string, string, string];
const addresses = readFileSync(join(folder, 'hosts'), 'utf8').trim().split('\n').slice(0, Number(count));
const keys = new Map(
  readFileSync(join(folder, 'known_hosts'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)]),
);

const nodes: DeployedNode[] = addresses.map((address, number) => ({
  name: `bench-${number}`,
  hostname: `bench-${number}`,
  group: 'bench',
  roles: ['bench'],
  serverId: `bench-${number}`,
  imageId: '',
  address,
  floatingIp: null,
  region: null,
  vcpus: 1,
  memoryMiB: 1024,
  volumes: [],
}));

const command: Operation = {
  kind: 'command',
  name: 'true',
  fact: { script: ':', parse: () => undefined, bare: undefined },
  changes: () => [{ description: 'run true', script: 'true' }],
};

const bench: Role = {
  name: 'bench',
  summary: '',
  exposes: [],
  configure: ({ node }) => [
    directory({ path: '/etc/bench' }),
    ...WORDS.map((word, index) =>
      file({ path: `/etc/bench/f${index + 1}.conf`, content: `${word} ${node.address}\n${salt}\n` }),
    ),
    command,
  ],
};

const plan: ClusterPlan = {
  name: 'bench',
  common: 'common',
  groups: [
    {
      name: 'bench',
      roles: [bench],
      flavor: '',
      image: '',
      numbers: nodes.map((_, number) => number),
      floatingIps: 'none',
      volumes: [],
      placement: 'any',
    },
  ],
  settings: {
    spark: { version: '', source: { kind: 'pypi', sha256: '' }, conf: {}, packages: [] },
    python: { packages: [] },
    apt: { packages: [] },
    egress: 'open',
    ssh: { user: 'root', authorizedKeys: [] },
    roles: {},
  },
  hostKeys: {},
  timeouts: { serverSeconds: 60, sshSeconds: 60, cloudInitSeconds: 600, healthSeconds: 60 },
};

async function ours(): Promise<void> {
  const output = { version: 1 as const, environment: 'bench', planDigest: '', nodes };
  const identity = await findIdentity({ privateKeyFile: join(folder, 'id'), agentSocket: '', sshDir: folder });
  const stored = Object.fromEntries(
    nodes.map(({ serverId, address }) => {
      const [type, key] = keys.get(address)!.split(' ') as [string, string];
      return [serverId, [{ type, key, source: 'console' as const }]];
    }),
  );
  const connector = new Connector({
    cluster: output,
    user: 'root',
    identity,
    hostKeys: new HostKeys({ environment: 'bench', stored }),
    timeouts: plan.timeouts,
    parallel: Number(parallel),
  });
  const secrets = { get: async () => undefined, set: async () => undefined, removeAll: async () => undefined };
  const report = await configureNodes({ plan, output, connect: connector.connect.bind(connector), secrets });
  connector.close();
  const failed = report.nodes.find(({ ok }) => !ok);
  if (failed) throw new Error(`${failed.name}: ${failed.error}`);
}

/** The floor: one script that is ready, one session, for every host. */
async function ssh2(): Promise<void> {
  const privateKey = readFileSync(join(folder, 'id'));
  const left = [...nodes];
  const one = ({ address }: DeployedNode): Promise<void> =>
    new Promise((resolve, reject) => {
      const client = new Client();
      const wanted = keys.get(address)!.split(' ')[1]!;
      client.on('error', reject).on('ready', () => {
        client.exec('sh -s', (error, channel) => {
          if (error) return reject(error);
          channel.on('exit', (code: number) => {
            client.end();
            code === 0 ? resolve() : reject(new Error(`exit ${code}`));
          });
          channel.resume().stderr.resume();
          channel.end(readyScript(address));
        });
      });
      client.connect({
        host: address,
        username: 'root',
        privateKey,
        hostVerifier: (key: Buffer) => key.toString('base64') === wanted,
      });
    });
  const worker = async (): Promise<void> => {
    for (let node = left.shift(); node; node = left.shift()) await one(node);
  };
  await Promise.all(Array.from({ length: Number(parallel) }, worker));
}

function readyScript(address: string): string {
  const files = WORDS.map((word, index) => {
    const path = `/etc/bench/f${index + 1}.conf`;
    return `printf %s '${word} ${address}\n${salt}\n' > ${path}\nchmod 644 ${path}\n`;
  });
  return `set -e\nmkdir -p /etc/bench\nchmod 755 /etc/bench\n${files.join('')}true\n`;
}

async function main(): Promise<void> {
  const started = process.hrtime.bigint();
  const loading = process.cpuUsage();
  await (way === 'ours' ? ours() : ssh2());
  const seconds = Number(process.hrtime.bigint() - started) / 1e9;
  const { user, system } = process.cpuUsage(loading);
  console.log(JSON.stringify({ seconds, cpuSeconds: (user + system) / 1e6 }));
  process.exit(0);
}

void main();
