import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PUBLIC_KEY } from './constructs/_cluster-parts';

const ROOT = join(__dirname, '..');
const COMMON = `
kind: common
ssh: { publicKey: "${PUBLIC_KEY}" }
access: [203.0.113.0/24]
network: { external: public }
`;
const DEV = `
kind: spark
image: debian-12
master: { flavor: m1.small }
workers: { flavor: m1.small, count: 2 }
`;

// Each test starts a Node.js of its own, on a machine that may be busy.
jest.setTimeout(60_000);

let project: string;
beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), 'firesteel-main-'));
});
afterEach(() => rmSync(project, { recursive: true }));

/** What cdktf does, in a project that has these environments. */
function synth(environments: Record<string, string>) {
  mkdirSync(join(project, 'environments'));
  for (const [file, content] of Object.entries(environments))
    writeFileSync(join(project, 'environments', file), content);
  const loader = require.resolve('tsx');
  const run = spawnSync(process.execPath, ['--import', loader, join(ROOT, 'main.ts')], {
    cwd: project,
    encoding: 'utf8',
  });
  return { status: run.status, stdout: run.stdout, stderr: run.stderr };
}

const stackOf = (name: string) =>
  JSON.parse(readFileSync(join(project, 'cdktf.out/stacks', name, 'cdk.tf.json'), 'utf8'));
const manifest = () => JSON.parse(readFileSync(join(project, 'cdktf.out/manifest.json'), 'utf8'));

describe('main.ts', () => {
  test('makes a stack of every environment, none of which needs another', () => {
    const run = synth({ 'common.yaml': COMMON, 'dev.yaml': DEV, 'prod.yml': DEV });
    expect(run).toEqual({ status: 0, stdout: '', stderr: '' });
    const { stacks } = manifest();
    expect(Object.keys(stacks).sort()).toEqual(['common', 'dev', 'prod']);
    for (const stack of ['common', 'dev', 'prod']) expect(stacks[stack].dependencies).toEqual([]);
    const servers = Object.values<{ name: string }>(stackOf('prod').resource.openstack_compute_instance_v2);
    expect(servers.map((server) => server.name)).toEqual(['prod-master-0', 'prod-worker-0', 'prod-worker-1']);
  });

  test('makes the nodes that the register names', () => {
    const register = { version: 1, groups: { worker: { next: 8, nodes: [3, 7] }, master: { next: 1, nodes: [0] } } };
    synth({ 'common.yaml': COMMON, 'dev.yaml': DEV, 'dev.nodes.json': JSON.stringify(register) });
    const names = Object.keys(stackOf('dev').resource.openstack_compute_instance_v2);
    expect(names.map((name) => name.replace(/_[0-9A-F]{8}$/, ''))).toEqual([
      'master_master-0',
      'worker_worker-3',
      'worker_worker-7',
    ]);
  });

  test('makes nothing of a project without environments', () => {
    expect(synth({})).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(manifest().stacks).toEqual({});
  });

  test('finds a network that exists by its own name', () => {
    const network = '{ existing: lan, subnet: lan-4, external: public }';
    synth({ 'common.yaml': COMMON.replace('{ external: public }', network), 'dev.yaml': DEV });
    const { data } = stackOf('dev');
    expect(Object.values(data.openstack_networking_network_v2)).toEqual([expect.objectContaining({ name: 'lan' })]);
    expect(data.openstack_networking_router_v2).toBeUndefined();
  });

  test('refuses what is wrong, in all files at once, without a stack trace', () => {
    const run = synth({
      'common.yaml': COMMON,
      'dev.yaml': DEV.replace('count: 2', 'count: 0'),
      'x.yaml': 'kind: sparc',
    });
    expect(run.status).toBe(1);
    expect(run.stdout).toBe('');
    expect(run.stderr).toMatch(/environments\/dev\.yaml:5:\d+: workers\.count: must be at least 1, got 0\n/);
    expect(run.stderr).toContain('environments/x.yaml:1:');
    expect(run.stderr).not.toMatch(/^\s+at /m);
    expect(existsSync(join(project, 'cdktf.out/stacks'))).toBe(false);
  });

  test('refuses floating IPs that nothing can give', () => {
    const network = '{ existing: lan, subnet: lan-4 }';
    const run = synth({ 'common.yaml': COMMON.replace('{ external: public }', network), 'dev.yaml': DEV });
    expect(run.status).toBe(1);
    expect(run.stderr).toMatch(
      /^environments\/dev\.yaml: floating IPs for master, but the network of "common" has no external/,
    );
  });
});
