import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConnectError } from '../../configure/errors';
import { stopNodes } from '../../configure/stop-nodes';
import { LocalCluster } from './_cluster';
import { textFile } from './_operations';
import { readLog, service } from './_services';

jest.setTimeout(60_000); // real programs, and the machine may be busy

let cluster: LocalCluster;
let folder: string;
let log: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'firesteel-stop-'));
  log = join(folder, 'log');
  writeFileSync(log, '');
  const version = () => '1';
  const base = { name: 'base', summary: '', exposes: [], configure: () => [textFile('base', 'yes')] };
  cluster = new LocalCluster({
    master: {
      count: 1,
      roles: [base, service('master', version, log), service('history', version, log, { after: ['master'] })],
    },
    worker: { count: 2, roles: [base, service('worker', version, log, { after: ['master'] })] },
  });
  for (const name of ['master', 'history']) writeFileSync(cluster.path('master-0', `${name}.service`), 'running 1');
  for (const node of ['worker-0', 'worker-1']) writeFileSync(cluster.path(node, 'worker.service'), 'running 1');
});
afterEach(() => {
  cluster.dispose();
  rmSync(folder, { recursive: true });
});

const stop = (more: Partial<Parameters<typeof stopNodes>[0]> = {}) =>
  stopNodes({
    ...cluster.runOptions,
    ...more,
  });

test('what started last stops first, on all nodes; the second run changes nothing', async () => {
  const report = await stop();
  expect([report.changed, report.failed]).toEqual([4, 0]);
  const stopped = readLog(log);
  expect(stopped.slice(0, 3).sort()).toEqual([
    'stop history on master-0',
    'stop worker on worker-0',
    'stop worker on worker-1',
  ]);
  expect(stopped[3]).toBe('stop master on master-0');
  expect(report.nodes[0]!.changes.map(({ description }) => description)).toEqual([
    'stop history.service',
    'stop master.service',
  ]);
  expect((await stop()).changed).toBe(0);
});

test('only the chosen nodes stop, and nothing else of them changes', async () => {
  await stop({ onlyNodes: ['worker-1'] });
  expect(readLog(log)).toEqual(['stop worker on worker-1']);
  expect(cluster.machine('worker-0').reads).toHaveLength(0);
  expect(await cluster.machine('worker-1').read('ls base 2>/dev/null || echo none')).toBe('none\n');
});

test('a node that can not be reached stops no other, and is told once', async () => {
  cluster.unreachable.set('worker-0', new ConnectError('worker-0', 'worker-0 does not answer'));
  const report = await stop();
  expect(report.nodes.map(({ name, ok, error }) => [name, ok, error])).toEqual([
    ['master-0', true, undefined],
    ['worker-0', false, 'worker-0 does not answer'],
    ['worker-1', true, undefined],
  ]);
  expect(readLog(log)).toHaveLength(3);
});

test('a dry run tells the same and stops nothing', async () => {
  expect((await stop({ dryRun: true })).changed).toBe(4);
  expect(readLog(log)).toEqual([]);
});

test('nodes that are off are left alone', async () => {
  cluster.rest('worker', { 0: 'off' });
  expect((await stop()).nodes.map(({ name }) => name)).toEqual(['master-0', 'worker-1']);
  expect(cluster.machine('worker-0').reads).toHaveLength(0);
});
