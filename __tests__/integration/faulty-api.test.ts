/** The cloud's APIs on a bad day: each run ends with a clear message or well, the next goes on, nothing is made twice or left. */
import { OpenStack, resolveCredentials } from '../../cloud';
import { type Fault, FaultyApi, firstOf, type ScriptedFault, scripted, storm } from './_faulty-api';
import { leftovers } from './_leftovers';
import type { Project } from './_project';
import { againUntilDone, faultyProject, holdings, onlyDeployed, planStatus, SEED } from './_storm';

const COMMON = [
  'key pair firesteel-faultcommon',
  'network firesteel-faultcommon',
  'router firesteel-faultcommon',
  'security group firesteel-faultcommon-node',
  'security group firesteel-faultcommon-ssh',
];
const OWN = [
  'floating IP',
  'port fault-master-0',
  'port fault-worker-0',
  'security group fault-master',
  'security group fault-worker',
  'server fault-master-0',
  'server fault-worker-0',
  'server group fault-master',
  'server group fault-worker',
];

let api: FaultyApi;
let project: Project;

beforeAll(async () => {
  api = await FaultyApi.start();
  project = await faultyProject(api);
});

afterAll(async () => {
  await api?.close();
  project?.remove();
});

/** The request is carried out, and nobody is told. */
const lost = (path: RegExp, nth = 1): ScriptedFault => ({ fault: 'lost', method: 'POST', path, nth });

test('the proxy stands before every API, and does what it says', async () => {
  const credentials = await resolveCredentials({ cloud: 'sandbox', cwd: project.dir, env: {} });
  const cloud = await OpenStack.connect(credentials, { retries: 0 });
  try {
    for (const service of ['compute', 'network', 'image'] as const)
      expect(cloud.session.endpoint(service)).toMatch(/^http:\/\/127\.0\.0\.1:/);
    const seen: Record<string, unknown> = {};
    const faults: Fault[] = ['conflict', 'busy', 'busyUntil', 'error', 'unavailable', 'timeout', 'cut', 'lost', 'half'];
    for (const fault of faults) {
      api.use(scripted({ fault, method: 'GET', path: /\/networks$/ }));
      seen[fault] = await cloud.network.networks().catch(({ status, kind }) => status ?? kind);
      expect((await cloud.network.networks()).map(({ name }) => name)).toContain('public');
    }
    const none = { cut: 'unreachable', lost: 'unreachable', half: 'unreachable' };
    expect(seen).toEqual({
      conflict: 409,
      busy: 429,
      busyUntil: 429,
      error: 500,
      unavailable: 503,
      timeout: 504,
      ...none,
    });

    api.use(scripted(lost(/os-server-groups$/), { fault: 'cut', method: 'POST', path: /os-server-groups$/, nth: 2 }));
    const body = (name: string) => ({ body: { server_group: { name, policies: ['anti-affinity'] } } });
    for (const name of ['made', 'not-made'])
      await expect(cloud.session.request('POST', 'compute', '/os-server-groups', body(name))).rejects.toThrow();
    const groups = await cloud.compute.serverGroups();
    expect(groups.map(({ name }) => name)).toEqual(['made']);
    await cloud.compute.delete({ kind: 'server group', id: groups[0]!.id });
  } finally {
    await cloud.close();
  }
});

test('what is made although its answer was lost is not made twice, and a storm of faults ends in the cluster', async () => {
  const made = [
    lost(/os-keypairs$/),
    lost(/\/routers$/),
    lost(/\/security-groups$/, 3),
    lost(/\/security-group-rules$/, 9),
    // The provider asks twice for each: at first in a way that this cloud does not know.
    lost(/os-server-groups$/, 4),
    lost(/\/ports$/),
    lost(/\/servers$/),
  ];
  api.use(firstOf(scripted(...made), storm({ seed: SEED, share: 0.15, most: 6 })));

  const runs = await againUntilDone(api, () => onlyDeployed(project.start('up', 'fault', '--json'), 'fault'));

  expect(runs).toBeGreaterThan(1);
  for (const { path } of made)
    expect(api.done.filter((line) => line.startsWith('lost POST') && path.test(line.split(' ')[2]!))).not.toEqual([]);
  expect(await holdings()).toEqual([...COMMON, ...OWN].sort());
  api.use(scripted());
  expect(await planStatus(project, 'faultcommon')).toBe(0);
  expect(await planStatus(project, 'fault')).toBe(0);
});

test('it is taken down through faults, and leaves nothing of its own', async () => {
  api.use(storm({ seed: SEED + 1, share: 0.15, most: 4 }));
  await againUntilDone(api, () => project.firesteel('plan', 'fault', '--to', 'destroy'));
  const gone: ScriptedFault = { fault: 'lost', method: 'DELETE', path: /\/ports\// };
  api.use(firstOf(scripted(gone), storm({ seed: SEED + 2, share: 0.1, most: 4 })));
  await againUntilDone(api, () => project.firesteel('down', 'fault'));

  expect((await leftovers()).filter((thing) => thing !== 'port ').sort()).toEqual(COMMON);
});
