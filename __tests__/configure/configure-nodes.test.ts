import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClusterRunOptions } from '../../configure/cluster-run';
import { configureNodes } from '../../configure/configure-nodes';
import { ConnectError } from '../../configure/errors';
import type { ProgressEvent } from '../../plan/progress';
import type { Role } from '../../roles/role';
import { LocalCluster } from './_cluster';
import { always, question, textFile } from './_operations';
import { readLog, wholeService } from './_services';

jest.setTimeout(60_000); // real programs, and the machine may be busy

let cluster: LocalCluster;
let folder: string;
let log: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'firesteel-configure-'));
  log = join(folder, 'log');
});
afterEach(() => {
  cluster.dispose();
  rmSync(folder, { recursive: true });
});

const service = (name: string, more?: Partial<Role>) => wholeService(name, more, log);

const configure = (more: Partial<ClusterRunOptions> = {}) => configureNodes({ ...cluster.runOptions, ...more });
const trips = (node: string): [number, number] => [
  cluster.machine(node).reads.length,
  cluster.machine(node).applies.length,
];

test('all nodes become what their roles say, roles start after those they wait for; the second run has nothing to do', async () => {
  cluster = new LocalCluster({
    worker: { count: 3, roles: [service('node'), service('worker', { after: ['master'] })] },
    master: { count: 1, roles: [service('node'), service('master', { after: ['node'] })] },
  });
  const first = await configure();
  expect(first.failed).toBe(0);
  expect(first.nodes.map(({ name, ok, changed }) => [name, ok, changed])).toEqual([
    ['worker-0', true, 6],
    ['worker-1', true, 6],
    ['worker-2', true, 6],
    ['master-0', true, 6],
  ]);
  expect(first.changed).toBe(24);
  expect(readFileSync(cluster.path('worker-2', 'worker.conf'), 'utf8')).toBe('I am worker-2');
  const starts = readLog(log);
  const master = starts.indexOf('start master on master-0');
  expect(starts.slice(0, master).some((start) => start.startsWith('start node on'))).toBe(true);
  const afterIt = starts.slice(master + 1).filter((start) => start.startsWith('start worker'));
  expect(afterIt.sort()).toEqual(['start worker on worker-0', 'start worker on worker-1', 'start worker on worker-2']);

  const before = trips('worker-0');
  const second = await configure();
  expect([second.changed, second.failed]).toEqual([0, 0]);
  expect(trips('worker-0').map((trip, index) => trip - before[index]!)).toEqual([3, 0]); // one look, and the two roles' health
});

test('a node that waits for nobody is looked at and changed in two round trips', async () => {
  cluster = new LocalCluster({ node: { count: 1, roles: [service('a', { health: undefined })] } });
  await configure();
  expect(trips('node-0')).toEqual([1, 1]);
});

test('a dry run tells the same changes and makes none', async () => {
  cluster = new LocalCluster({
    master: { count: 1, roles: [service('master', { secrets: [{ name: 's', bytes: 4, recover: 'exit 1' }] })] },
    worker: { count: 1, roles: [service('worker', { after: ['master'] })] },
  });
  const dry = await configure({ dryRun: true });
  expect([...cluster.machines.values()].map(({ applies }) => applies.length)).toEqual([0, 0]);
  expect(cluster.secrets.values.size).toBe(0);
  const made = await configure();
  expect(dry.nodes.map(({ name, changes }) => ({ name, changes }))).toEqual(
    made.nodes.map(({ name, changes }) => ({ name, changes })),
  );
});

test('what fails on one node stops no other, and is told with what was done before', async () => {
  const breaking = service('worker', {
    configure: ({ node }) => [
      textFile('a', '1'),
      ...(node.name === 'worker-1' ? [always('it', 'echo "disk full" >&2; exit 1')] : []),
    ],
  });
  cluster = new LocalCluster({ worker: { count: 3, roles: [breaking] } });
  const report = await configure();
  expect(report.failed).toBe(1);
  expect(report.nodes.map(({ ok }) => ok)).toEqual([true, false, true]);
  const [, failed] = report.nodes;
  expect(failed!.error).toBe('do it failed with exit status 1: disk full');
  expect(failed!.changes.map(({ description }) => description)).toEqual(['write worker.installed', 'write a']);
});

test('a node that can not be reached is told with its console, and the others are finished', async () => {
  cluster = new LocalCluster({ worker: { count: 2, roles: [service('worker')] } });
  cluster.unreachable.set(
    'worker-0',
    new ConnectError('worker-0', 'worker-0 does not answer on port 22', ['Kernel panic']),
  );
  const report = await configure();
  expect(report.nodes[0]).toMatchObject({
    ok: false,
    changed: 0,
    error: 'worker-0 does not answer on port 22',
    console: ['Kernel panic'],
  });
  expect(report.nodes[1]!.ok).toBe(true);
});

describe('an artifact that can not be had', () => {
  test('cuts off nothing that is being installed, and hides no other failure', async () => {
    const artifact = {
      fileName: 'x.tar',
      source: { kind: 'url', url: 'http://127.0.0.1:1/x.tar', sha512: 'ab' },
      installedMarker: '/nowhere/installed',
    } as const;
    const slow = always('apt', 'sleep 1; touch finished; echo "disk full" >&2; exit 100');
    cluster = new LocalCluster({
      worker: { count: 1, roles: [service('w', { install: () => [slow], artifacts: () => [artifact] })] },
    });
    const { nodes } = await configure({ cacheDir: cluster.path('worker-0', 'cache') });
    expect(existsSync(cluster.path('worker-0', 'finished'))).toBe(true);
    expect(nodes[0]!.error).toMatch(/disk full.*; .*x\.tar/s);
  });
});

describe('only some nodes', () => {
  beforeEach(() => {
    cluster = new LocalCluster({
      master: { count: 1, roles: [service('master')] },
      worker: { count: 2, roles: [service('worker', { after: ['master'] })] },
    });
  });

  test('are changed, while they wait for the others that are there', async () => {
    await configure({ onlyNodes: ['master-0'] });
    const report = await configure({ onlyNodes: ['worker-1'] });
    expect(report.nodes.map(({ name, ok }) => [name, ok])).toEqual([['worker-1', true]]);
    expect(cluster.machine('worker-0').reads).toHaveLength(0);
    expect(cluster.machine('master-0').applies).toHaveLength(1);
  });

  test('are not started where the others are not well', async () => {
    cluster.dispose();
    cluster = new LocalCluster(
      {
        master: { count: 1, roles: [service('master')] },
        worker: { count: 1, roles: [service('worker', { after: ['master'] })] },
      },
      1,
    );
    const report = await configure({ onlyNodes: ['worker-0'] });
    expect(report.nodes[0]!.error).toContain(
      'worker not started because master is healthy on no node (master-0: unit: inactive)',
    );
  });

  test('refuses names that there are not', async () => {
    await expect(configure({ onlyNodes: ['worker-7'] })).rejects.toThrow(
      'dev has no node worker-7; it has master-0, worker-0, worker-1',
    );
  });
});

test('what two roles of a node both want is done once; refuses where they want different things of it', async () => {
  const both = {
    install: () => [textFile('common', 'same')],
    configure: undefined,
    start: undefined,
    health: undefined,
  };
  cluster = new LocalCluster({ node: { count: 1, roles: [service('a', both), service('b', both)] } });
  expect((await configure()).changed).toBe(1);
  cluster.dispose();
  const other = { ...both, install: () => [textFile('common', 'other')] };
  cluster = new LocalCluster({ node: { count: 1, roles: [service('a', both), service('b', other)] } });
  expect((await configure()).nodes[0]!.error).toBe('two roles of the node say different things about text-file common');
});

test('refuses roles that wait for each other', async () => {
  cluster = new LocalCluster({
    node: { count: 1, roles: [service('a', { after: ['b'] }), service('b', { after: ['a'] })] },
  });
  await expect(configure()).rejects.toThrow('in a circle: a → b → a');
});

test('artifacts that are installed are not asked for', async () => {
  const role = service('a', {
    artifacts: () => [
      {
        fileName: 'x.tar',
        source: { kind: 'url', url: 'http://127.0.0.1:1/x.tar', sha512: 'ab' },
        installedMarker: '/etc',
      },
    ],
  });
  cluster = new LocalCluster({ node: { count: 1, roles: [role] } });
  expect((await configure()).failed).toBe(0);
});

test('stops when told to', async () => {
  const controller = new AbortController();
  cluster = new LocalCluster({
    node: { count: 2, roles: [service('a', { configure: () => [always('slow', 'sleep 20')] })] },
  });
  const onProgress = ({ text }: ProgressEvent): void => {
    if (text?.includes('do slow')) controller.abort(new Error('Ctrl-C'));
  };
  await expect(configure({ onProgress, signal: controller.signal })).rejects.toThrow('Ctrl-C');
});

test('a fact that can not be read is told with all of them, and the node is left alone', async () => {
  cluster = new LocalCluster({
    node: {
      count: 1,
      roles: [service('a', { install: () => [question('x', 'exit 3'), question('y', 'exit 4'), textFile('z', '1')] })],
    },
  });
  const { nodes } = await configure();
  expect(nodes[0]!.error).toBe(
    'question x: could not be read, exit status 3\nquestion y: could not be read, exit status 4',
  );
  expect(existsSync(cluster.path('node-0', 'z'))).toBe(false);
});
