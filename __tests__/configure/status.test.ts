import { writeFileSync } from 'node:fs';
import { ConnectError } from '../../configure/errors';
import { clusterStatus } from '../../configure/status';
import type { Role } from '../../roles/role';
import { LocalCluster } from './_cluster';

jest.setTimeout(60_000); // real programs, and the machine may be busy

let cluster: LocalCluster;
afterEach(() => cluster.dispose());

const role = (name: string, ...probes: [name: string, script: string][]): Role => ({
  name,
  summary: '',
  exposes: [],
  secrets: [{ name: 'auth', bytes: 16, recover: 'exit 1' }],
  health: ({ secret }) => [
    ...probes.map(([probe, script]) => ({ name: probe, script })),
    { name: 'secret', script: `[ "${secret('auth').reveal()}" != wrong ]` },
  ],
});
const status = () => clusterStatus(cluster.runOptions);

test('says of every role on every node what is wrong, in one round trip each', async () => {
  cluster = new LocalCluster({
    master: {
      count: 1,
      roles: [role('node'), role('spark-master', ['unit', 'cat unit'], ['ui', 'echo "HTTP 500"; exit 22'])],
    },
    worker: { count: 1, roles: [role('spark-worker', ['unit', 'cat unit'])] },
  });
  writeFileSync(cluster.path('worker-0', 'unit'), 'active');
  expect(await status()).toEqual({
    ok: false,
    nodes: [
      {
        name: 'master-0',
        address: '10.0.0.10',
        reachable: true,
        roles: [
          { role: 'node', ok: true, problems: [] },
          { role: 'spark-master', ok: false, problems: ['unit: cat: unit: No such file or directory', 'ui: HTTP 500'] },
        ],
      },
      {
        name: 'worker-0',
        address: '10.0.0.10',
        reachable: true,
        roles: [{ role: 'spark-worker', ok: true, problems: [] }],
      },
    ],
  });
  expect([...cluster.machines.values()].map(({ reads, applies }) => [reads.length, applies.length])).toEqual([
    [1, 0],
    [1, 0],
  ]);
});

test('is well only when every node was reached and every role is well', async () => {
  cluster = new LocalCluster({ worker: { count: 2, roles: [role('spark-worker', ['unit', 'true'])] } });
  expect((await status()).ok).toBe(true);
  cluster.unreachable.set('worker-1', new ConnectError('worker-1', 'worker-1 does not answer', ['last words']));
  const report = await status();
  expect(report.ok).toBe(false);
  expect(report.nodes[1]).toEqual({
    name: 'worker-1',
    address: '10.0.0.11',
    reachable: false,
    reason: 'worker-1 does not answer',
    console: ['last words'],
    roles: [],
  });
});

test('probes may use the secrets of the cluster', async () => {
  cluster = new LocalCluster({ worker: { count: 1, roles: [role('spark-worker')] } });
  expect((await status()).ok).toBe(true);
  cluster.secrets.values.set('dev auth', 'wrong');
  expect((await status()).nodes[0]!.roles[0]!.problems).toEqual(['secret: exit status 1']);
});

test('a probe that says nothing is told by its exit status', async () => {
  cluster = new LocalCluster({ worker: { count: 1, roles: [role('spark-worker', ['unit', 'exit 4'])] } });
  expect((await status()).nodes[0]!.roles[0]!.problems).toEqual(['unit: exit status 4']);
});
