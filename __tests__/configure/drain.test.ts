import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DrainError, type DrainOptions, drainNodes, nodeLoads } from '../../configure/drain';
import { ConnectError } from '../../configure/errors';
import type { ProgressEvent } from '../../plan/progress';
import type { Role } from '../../roles/role';
import { LocalCluster } from './_cluster';
import { drainOf, readLog, service, startingOn, withSystemctl } from './_services';

jest.setTimeout(60_000); // real programs, and the machine may be busy

let cluster: LocalCluster;
let log: string;
let folder: string;
const events: ProgressEvent[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'firesteel-drain-'));
  log = join(folder, 'log');
  writeFileSync(log, '');
  events.length = 0;
  const version = () => '1';
  const worker = service('drain-test', version, log, {
    after: ['warden'],
    drain: ({ node }) => ({ ...drainOf('warden', node.name, log), starting: startingOn(node.name, log) }),
  });
  make({
    warden: { count: 2, roles: [service('warden', version, log)] },
    worker: { count: 3, roles: [worker] },
  });
});
afterEach(() => {
  cluster.dispose();
  rmSync(folder, { recursive: true });
});

function make(groups: ConstructorParameters<typeof LocalCluster>[0]): void {
  cluster?.dispose();
  cluster = new LocalCluster(groups);
  withSystemctl(cluster);
}

const put = (node: string, file: string, text: string) => writeFileSync(cluster.path(node, file), text);
const running = (...nodes: string[]) => {
  for (const node of nodes) put(node, 'drain-test.service', 'running 1');
};
const options = (more: Partial<DrainOptions> = {}): DrainOptions => ({
  ...cluster.runOptions,
  pollSeconds: 0.05,
  onProgress: (event) => events.push(event),
  ...more,
});
const failuresOf = async (drain: Promise<unknown>): Promise<Record<string, string>> => {
  const error = await drain.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(DrainError);
  return Object.fromEntries((error as DrainError).failures);
};

test('new work is kept from the chosen nodes alone, and what runs there is waited for and told', async () => {
  running('worker-0', 'worker-1', 'worker-2');
  put('worker-0', 'load', '2');
  put('worker-0', 'next', '1');
  put('worker-1', 'load', '5');
  const draining = drainNodes(
    options({
      onlyNodes: ['worker-0', 'worker-2'],
      onProgress: (event) => {
        events.push(event);
        if (event.text === 'drain-test: 1 left') put('worker-0', 'load', '0');
      },
    }),
  );
  expect(await draining).toEqual({ drained: ['worker-0', 'worker-2'], unreachable: [] });
  expect([...new Set(readLog(log))].sort()).toEqual(['keep worker-0', 'keep worker-2']);
  const told = events.filter(({ subject, phase }) => subject === 'worker-0' && phase === 'drain');
  expect(told.map(({ state, text }) => [state, text])).toEqual([
    ['start', 'drain-test'],
    ['update', 'drain-test: 2 left'],
    ['update', 'drain-test: 1 left'],
    ['done', 'drain-test'],
  ]);
});

test('waits for nodes that have just come back, and does nothing else to them', async () => {
  running('worker-0');
  put('worker-1', 'starting', '1');
  put('worker-1', 'settled', '0');
  expect((await drainNodes(options({ onlyNodes: ['worker-0'], settled: ['worker-1'] }))).drained).toEqual(['worker-0']);
  const lines = readLog(log);
  expect(lines.slice(0, lines.indexOf('keep worker-0'))).toEqual(Array(3).fill('settle worker-1'));
  expect(new Set(lines.slice(3))).toEqual(new Set(['keep worker-0']));
});

test('one of the nodes that keep work away is enough: the others may be down, off or standing by', async () => {
  running('worker-0');
  put('warden-0', 'refuse', 'the master is STANDBY');
  expect(await drainNodes(options({ onlyNodes: ['worker-0'] }))).toMatchObject({ drained: ['worker-0'] });
  expect(existsSync(cluster.path('warden-1', 'kept-worker-0'))).toBe(true);
});

test('is tried again where it is too early, because one may be about to take over', async () => {
  running('worker-0');
  put('warden-0', 'later', '');
  put('warden-1', 'refuse', 'x');
  expect((await drainNodes(options({ onlyNodes: ['worker-0'] }))).drained).toEqual(['worker-0']);
  expect(readLog(log)).toEqual(['keep worker-0']);
});

test('fails where no node keeps new work away, with every reason; nothing is waited for', async () => {
  running('worker-0');
  put('warden-0', 'refuse', 'the master is STANDBY');
  cluster.unreachable.set('warden-1', new ConnectError('warden-1', 'warden-1 does not answer'));
  const failures = await failuresOf(drainNodes(options({ onlyNodes: ['worker-0'] })));
  expect(failures['worker-0']).toMatch(/^nothing was stopped, because new work can't be kept from it: warden-0: /);
  expect(failures['worker-0']).toMatch(/the master is STANDBY; warden-1: warden-1 does not answer$/);
});

test('fails when the time is over, naming every node with what still runs; a second run goes on', async () => {
  running('worker-0', 'worker-1', 'worker-2');
  put('worker-0', 'load', '2');
  put('worker-1', 'load', '7');
  const failures = await failuresOf(drainNodes(options({ withinSeconds: 0 })));
  expect(Object.keys(failures)).toEqual(['worker-0', 'worker-1']);
  expect(failures['worker-1']).toMatch(/^drain-test is not empty after 0 s: 7 left\..*nothing was stopped or removed/);
  expect(failures['worker-1']).toContain('Run it again to go on waiting, or `firesteel configure dev`');
  for (const node of ['worker-0', 'worker-1']) put(node, 'load', '0');
  expect((await drainNodes(options())).drained).toEqual(['warden-0', 'warden-1', 'worker-0', 'worker-1', 'worker-2']);
});

test('a node whose service does not run is empty, whatever becomes of those that keep work away', async () => {
  put('warden-0', 'refuse', 'x');
  put('warden-1', 'refuse', 'x');
  put('worker-0', 'load', '3');
  expect((await drainNodes(options({ onlyNodes: ['worker-0'] }))).drained).toEqual(['worker-0']);
});

test('those that keep work away are reminded now and then: they may have forgotten', async () => {
  running('worker-0');
  put('worker-0', 'load', '1');
  const draining = drainNodes(options({ onlyNodes: ['worker-0'], pollSeconds: 0.01 }));
  while (readLog(log).length < 4) await new Promise((resolve) => setTimeout(resolve, 20));
  put('warden-0', 'refuse', 'x');
  put('warden-1', 'refuse', 'x'); // that one can't be had for a while is no reason to give up
  put('worker-0', 'load', '0');
  expect((await draining).drained).toEqual(['worker-0']);
});

test('a service that can not tell what runs is asked again', async () => {
  running('worker-0');
  put('worker-0', 'load', 'the page does not answer');
  put('worker-0', 'next', '0');
  expect((await drainNodes(options({ onlyNodes: ['worker-0'] }))).drained).toEqual(['worker-0']);
  expect(events).toContainEqual(
    expect.objectContaining({ text: "drain-test: it can't be told what runs there: the page does not answer" }),
  );
});

test('a node that can not be reached is an error, unless it is allowed', async () => {
  running('worker-0');
  cluster.unreachable.set('worker-1', new ConnectError('worker-1', 'worker-1 does not answer on port 22'));
  const onlyNodes = ['worker-0', 'worker-1'];
  expect(await failuresOf(drainNodes(options({ onlyNodes })))).toEqual({
    'worker-1': 'worker-1 does not answer on port 22',
  });
  expect(await drainNodes(options({ onlyNodes, allowUnreachable: true }))).toEqual({
    drained: ['worker-0'],
    unreachable: ['worker-1'],
  });
});

test('roles are emptied in the reverse order of their start; without `via` on the node itself', async () => {
  const roles: readonly Role[] = ['first', 'second'].map((name, index) =>
    service(name, () => '1', log, {
      after: index === 0 ? [] : ['first'],
      drain: () => drainOf(undefined, name, log),
    }),
  );
  make({ all: { count: 1, roles } });
  for (const name of ['first', 'second']) put('all-0', `${name}.service`, 'running 1');
  await drainNodes(options());
  expect(readLog(log)).toEqual(['keep second', 'keep first']);
});

test('stops waiting when told to', async () => {
  running('worker-0');
  put('worker-0', 'load', '1');
  const abort = new AbortController();
  const onProgress = ({ text }: ProgressEvent) => text === 'drain-test: 1 left' && abort.abort(new Error('Ctrl-C'));
  await expect(drainNodes(options({ onlyNodes: ['worker-0'], onProgress, signal: abort.signal }))).rejects.toThrow(
    'Ctrl-C',
  );
});

test('makes up no secret', async () => {
  const secrets = [{ name: 's', bytes: 4, recover: 'exit 1' }];
  make({ worker: { count: 1, roles: [service('drain-test', () => '1', log, { secrets })] } });
  await drainNodes(options());
  expect(cluster.secrets.values.size).toBe(0);
});

test('loads are told for every node, in the order of the plan', async () => {
  put('worker-0', 'load', '2');
  put('worker-1', 'load', 'nonsense');
  cluster.unreachable.set('worker-2', new ConnectError('worker-2', 'worker-2 does not answer'));
  expect(await nodeLoads(options())).toEqual([
    { name: 'warden-0', load: 0 },
    { name: 'warden-1', load: 0 },
    { name: 'worker-0', load: 2 },
    { name: 'worker-1', reason: 'nonsense' },
    { name: 'worker-2', reason: 'worker-2 does not answer' },
  ]);
});

test('nodes that are off are empty, and not connected to', async () => {
  cluster.rest('worker', { 1: 'off' });
  const onlyNodes = ['worker-1'];
  cluster.unreachable.set('worker-1', new ConnectError('worker-1', 'it is off'));
  expect(await drainNodes(options({ onlyNodes }))).toEqual({ drained: ['worker-1'], unreachable: [] });
  expect(await nodeLoads(options({ onlyNodes }))).toEqual([{ name: 'worker-1', load: 0 }]);
});
