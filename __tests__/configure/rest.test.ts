import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { configureNodes } from '../../configure/configure-nodes';
import { clusterStatus } from '../../configure/status';
import type { Role } from '../../roles/role';
import { LocalCluster } from './_cluster';
import { textFile } from './_operations';
import { readLog, service } from './_services';

jest.setTimeout(60_000); // real programs, and the machine may be busy

let cluster: LocalCluster;
let folder: string;
let log: string;
const version = () => '1';
/** What no service is: it is asked for its health on a node that is stopped too. */
const base: Role = {
  name: 'base',
  summary: '',
  exposes: [],
  configure: ({ nodes }) => [textFile('nodes', nodes.map(({ name }) => name).join(' '))],
  health: () => [{ name: 'nodes', script: 'test -e nodes' }],
};
const configure = (onlyNodes?: readonly string[]) =>
  configureNodes({ ...cluster.runOptions, ...(onlyNodes && { onlyNodes }) });
const content = (node: string, file: string) => cluster.machine(node).read(`cat ${file} 2>/dev/null || :`);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'firesteel-rest-'));
  log = join(folder, 'log');
  writeFileSync(log, '');
  const secrets = [{ name: 's', bytes: 4, recover: 'cat secret 2>/dev/null || :' }];
  cluster = new LocalCluster(
    {
      master: {
        count: 1,
        roles: [base, service('master', version, log), service('history', version, log, { after: ['master'] })],
      },
      worker: { count: 2, roles: [base, service('worker', version, log, { after: ['master'], secrets })] },
    },
    1,
  );
});
afterEach(() => {
  cluster.dispose();
  rmSync(folder, { recursive: true });
});

describe('a node that is off', () => {
  beforeEach(() => cluster.rest('worker', { 1: 'off' }));

  test('is not connected to, and known to the others', async () => {
    const report = await configure();
    expect([report.failed, report.nodes.map(({ name }) => name)]).toEqual([0, ['master-0', 'worker-0']]);
    expect(cluster.machine('worker-1').reads).toHaveLength(0);
    expect(await content('worker-0', 'nodes')).toBe('master-0 worker-0 worker-1');
  });

  test('is not asked for a secret', async () => {
    cluster.unreachable.set('worker-1', new Error('off'));
    expect((await configure()).failed).toBe(0);
    expect(cluster.secrets.values.size).toBe(1);
  });

  test('is as it should be', async () => {
    await configure();
    const report = await clusterStatus(cluster.runOptions);
    expect(report.ok).toBe(true);
    expect(report.nodes[2]).toEqual({
      name: 'worker-1',
      address: '10.0.0.11',
      reachable: false,
      rest: 'off',
      roles: [],
    });
  });

  test('refuses to be configured by name', async () => {
    await expect(configure(['worker-1'])).rejects.toThrow(
      "dev: worker-1 is to be off and can't be configured; start it first, or leave it out",
    );
  });
});

describe('a node that is stopped', () => {
  test('is kept up to date, and its services are stopped, the last that started first', async () => {
    await configure();
    writeFileSync(log, '');
    cluster.rest('master', { 0: 'stopped' });
    cluster.rest('worker', { 0: 'stopped', 1: 'stopped' });
    writeFileSync(cluster.path('worker-0', 'nodes'), 'old');
    expect((await configure()).failed).toBe(0);
    expect(await content('worker-0', 'nodes')).toBe('master-0 worker-0 worker-1');
    const lines = readLog(log);
    expect(lines.filter((line) => line.endsWith('master-0'))).toEqual([
      'stop history on master-0',
      'stop master on master-0',
    ]);
    expect(lines).toHaveLength(4);
    expect((await configure()).changed).toBe(0);
  });

  test('is asked for what is no service', async () => {
    cluster.rest('worker', { 0: 'stopped' });
    await configure();
    const report = await clusterStatus(cluster.runOptions);
    expect(report.ok).toBe(true);
    expect(report.nodes[1]).toMatchObject({
      reachable: true,
      rest: 'stopped',
      roles: [{ role: 'base', ok: true, problems: [] }],
    });
    rmSync(cluster.path('worker-0', 'nodes'));
    expect((await clusterStatus(cluster.runOptions)).ok).toBe(false);
  });

  test('starts again when it is not to rest any more', async () => {
    cluster.rest('worker', { 0: 'stopped' });
    await configure();
    expect(readLog(log)).not.toContain('start worker on worker-0');
    cluster.rest('worker', {});
    expect((await configure()).failed).toBe(0);
    expect(readLog(log)).toContain('start worker on worker-0');
  });
});

test.each([
  ['stopped', 'is to be stopped'],
  ['off', 'is to be off'],
] as const)('what waits for a role that is %s everywhere says so at once', async (rest, reason) => {
  cluster.rest('master', { 0: rest });
  const report = await configure();
  expect(report.nodes.at(-1)!.error).toBe(
    `worker not started because master is healthy on no node (master-0: ${reason})`,
  );
  expect((await configure(['worker-1'])).nodes[0]!.error).toBe(report.nodes.at(-1)!.error);
});
