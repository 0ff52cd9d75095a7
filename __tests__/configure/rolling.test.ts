import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { configureNodes } from '../../configure/configure-nodes';
import type { ProgressEvent } from '../../plan/progress';
import { LocalCluster } from './_cluster';
import { drainOf, readLog, service, startingOn, withSystemctl } from './_services';

jest.setTimeout(60_000); // real programs, and the machine may be busy

let cluster: LocalCluster;
let folder: string;
let log: string;
let version: string;
/** Work takes a while to start. */
let settles: boolean;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'firesteel-rolling-'));
  log = join(folder, 'log');
  version = '1';
  settles = false;
  writeFileSync(log, '');
  const now = (): string => version;
  cluster = new LocalCluster(
    {
      worker: {
        count: 4,
        roles: [
          service('worker', now, log, {
            after: ['master'],
            drain: ({ node }) => ({
              ...drainOf('master', node.name, log),
              ...(settles && { starting: startingOn(node.name, log) }),
            }),
            health: ({ node }) => [
              {
                name: 'unit',
                script: `echo "ask ${node.name}" >> ${log}; grep -q running worker.service && [ ! -e ill ]`,
              },
            ],
          }),
        ],
      },
      master: { count: 2, roles: [service('master', now, log)] },
    },
    1,
  );
  withSystemctl(cluster);
});
afterEach(() => {
  cluster.dispose();
  rmSync(folder, { recursive: true });
});

const configure = (more: Partial<Parameters<typeof configureNodes>[0]> = {}) =>
  configureNodes({
    ...cluster.runOptions,
    ...more,
  });
/** What was done since: `start`, `keep` (drained; on both masters), `restart`, `ask` (its health), `settle` (what starts there). */
const since = (): readonly string[] => {
  const lines = readLog(log);
  writeFileSync(log, '');
  return lines;
};
const changes = (lines: readonly string[]) => [...new Set(lines.filter((line) => !/^(ask|settle) /.test(line)))];

async function startedAs(first: string): Promise<void> {
  version = first;
  expect((await configure()).failed).toBe(0);
  since();
}

test('a first start is at once, drained or not', async () => {
  expect((await configure()).failed).toBe(0);
  const lines = changes(since());
  expect(lines).toHaveLength(6);
  expect(lines.filter((line) => !line.startsWith('start '))).toEqual([]);
});

test('a service with work to lose is interrupted node by node: drained, restarted and well before the next', async () => {
  await startedAs('1');
  settles = true;
  version = '2';
  const report = await configure();
  expect([report.failed, report.changed]).toEqual([0, 6]);
  const lines = since();
  // What workers wait for comes first: one master stands in for the other.
  expect(changes(lines).slice(0, 2)).toEqual(['restart master on master-0', 'restart master on master-1']);
  const rolled = lines.slice(lines.findIndex((line) => line.startsWith('keep ')));
  expect([...new Set(rolled)]).toEqual(
    [0, 1, 2, 3].flatMap((number) => [
      `keep worker-${number}`,
      `restart worker on worker-${number}`,
      `ask worker-${number}`,
      `settle worker-${number}`,
    ]),
  );
  expect((await configure()).changed).toBe(0);
});

test('the next one has its turn when what came to the one before has started', async () => {
  await startedAs('1');
  settles = true;
  version = '2';
  writeFileSync(cluster.path('worker-0', 'starting'), '2');
  writeFileSync(cluster.path('worker-0', 'settled'), '0');
  expect((await configure()).failed).toBe(0);
  const lines = since();
  const before = lines.slice(0, lines.indexOf('keep worker-1')).filter((line) => line === 'settle worker-0');
  expect(before).toHaveLength(3); // one that finds something, and two in a row that find nothing
});

test('work that does not start in time is told, and keeps nobody waiting', async () => {
  await startedAs('1');
  settles = true;
  version = '2';
  writeFileSync(cluster.path('worker-0', 'starting'), '2');
  const events: ProgressEvent[] = [];
  expect((await configure({ onProgress: (event) => void events.push(event) })).failed).toBe(0);
  expect(events.filter(({ phase }) => phase === 'settle')).toMatchObject([
    {
      subject: 'worker-0',
      state: 'warn',
      text: 'goes on although its work has not started after 1 s: 2 still starting',
    },
  ]);
});

test('one that others wait for and that nobody stands in for is restarted at once, before anything is drained', async () => {
  await startedAs('1');
  version = '2';
  const events: ProgressEvent[] = [];
  const onProgress = (event: ProgressEvent) => void events.push(event);
  expect((await configure({ onlyNodes: ['master-0', 'worker-0'], onProgress })).failed).toBe(0);
  const waiting = events.filter(({ text }) => text === 'waiting for its turn').map(({ subject }) => subject);
  expect(waiting.sort()).toEqual(['master-0', 'worker-0']);
  since();
  events.length = 0;
  cluster.rest('master', { 1: 'stopped' });
  version = '3';
  expect((await configure({ onProgress })).failed).toBe(0);
  expect(changes(since()).slice(0, 2).sort()).toEqual(['restart master on master-0', 'stop master on master-1']);
  expect(events.filter(({ text }) => text === 'waiting for its turn').map(({ subject }) => subject)).not.toContain(
    'master-0',
  );
});

test('in batches of the size that is asked for', async () => {
  await startedAs('1');
  version = '2';
  expect((await configure({ batch: 3 })).failed).toBe(0);
  const lines = changes(since()).slice(2);
  expect(lines.slice(0, 6).filter((line) => line.endsWith('worker-3'))).toEqual([]);
  expect(lines.slice(6)).toEqual(['keep worker-3', 'restart worker on worker-3']);
});

test('every interruption, where that is asked for: what others wait for first, one at a time', async () => {
  await startedAs('1');
  version = '2';
  expect((await configure({ rolling: 'all', batch: 4 })).failed).toBe(0);
  const lines = changes(since());
  expect(lines.slice(0, 2)).toEqual(['restart master on master-0', 'restart master on master-1']);
  expect(lines).toHaveLength(10);
});

test('all at once and undrained, where that is asked for', async () => {
  await startedAs('1');
  version = '2';
  expect((await configure({ rolling: 'none' })).failed).toBe(0);
  expect(changes(since()).filter((line) => line.startsWith('keep '))).toEqual([]);
});

test('one that does not get well stops those after it; nothing of them is touched', async () => {
  await startedAs('1');
  version = '2';
  writeFileSync(cluster.path('worker-1', 'ill'), '');
  const report = await configure();
  expect(report.nodes.map(({ name, ok }) => [name, ok])).toEqual([
    ['worker-0', true],
    ['worker-1', false],
    ['worker-2', false],
    ['worker-3', false],
    ['master-0', true],
    ['master-1', true],
  ]);
  expect(report.nodes[1]!.error).toMatch(/^not healthy after 1 s: worker: unit/);
  expect(report.nodes[2]).toMatchObject({ changed: 0, error: 'not begun because worker-1 failed' });
  const lines = since().join('\n');
  expect(lines).not.toContain('worker-2');
  expect(lines).not.toContain('worker-3');
});

test('one that does not get empty is left running as it was', async () => {
  await startedAs('1');
  version = '2';
  writeFileSync(cluster.path('worker-0', 'load'), '3');
  const report = await configure({ drainSeconds: 0 });
  expect(report.nodes[0]!.error).toContain('worker is not empty after 0 s: 3 left');
  expect(report.nodes[3]!.error).toBe('not begun because worker-0 failed');
  expect(changes(since()).filter((line) => line.includes('worker on'))).toEqual([]);
});

test('new nodes, and nodes whose service does not run, do not wait for that', async () => {
  await startedAs('1');
  version = '2';
  writeFileSync(cluster.path('worker-3', 'worker.service'), '');
  expect((await configure()).failed).toBe(0);
  const lines = changes(since());
  expect(lines.indexOf('start worker on worker-3')).toBeLessThan(lines.indexOf('keep worker-0'));
  expect(lines).not.toContain('keep worker-3');
});

test('a new node starts while the one that it waits for still runs and waits for its turn', async () => {
  await startedAs('1');
  version = '2';
  writeFileSync(cluster.path('worker-3', 'worker.service'), '');
  expect((await configure({ rolling: 'all' })).failed).toBe(0);
  const lines = changes(since());
  expect(lines[0]).toBe('start worker on worker-3');
  expect(lines[1]).toBe('restart master on master-0');
});

test('a node that fails before anything rolls keeps all from it', async () => {
  await startedAs('1');
  version = '2';
  cluster.unreachable.set('worker-2', new Error('worker-2 does not answer'));
  const report = await configure();
  expect(report.nodes[0]!.error).toBe('not begun because worker-2 failed');
  expect(changes(since()).filter((line) => line.includes('worker'))).toEqual([]);
});

test('a dry run tells which services are interrupted, waits for nobody and drains nothing', async () => {
  await startedAs('1');
  version = '2';
  const { nodes } = await configure({ dryRun: true });
  expect(nodes[0]!.changes).toEqual([
    { operation: 'unit worker.service', description: 'restart worker.service', restarts: 'worker.service' },
  ]);
  expect(changes(since())).toEqual([]);
});

test('where nothing is interrupted, no node is asked more often than before', async () => {
  await startedAs('1');
  const { reads, applies } = cluster.machine('worker-0');
  const before = [reads.length, applies.length];
  expect((await configure()).changed).toBe(0);
  expect([reads.length, applies.length]).toEqual([before[0]! + 2, before[1]!]); // one look, one question for health
});

test('stops while a node waits for its turn', async () => {
  await startedAs('1');
  version = '2';
  writeFileSync(cluster.path('worker-0', 'load'), '3');
  const abort = new AbortController();
  const onProgress = ({ text }: ProgressEvent) => text === 'worker: 3 left' && abort.abort(new Error('Ctrl-C'));
  await expect(configure({ onProgress, signal: abort.signal })).rejects.toThrow('Ctrl-C');
  expect(changes(since()).filter((line) => line.startsWith('restart worker'))).toEqual([]);
});

test('refuses a batch of none', async () => {
  await expect(configure({ batch: 0 })).rejects.toThrow('batch: 0 is no number of nodes to change at a time');
});
