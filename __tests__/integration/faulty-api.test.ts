/** The cloud's APIs on a bad day: each run ends with a clear message or well, the next goes on, nothing is made twice or left. */
import { OpenStack, resolveCredentials } from '../../cloud';
import { commonHoldings } from './_census';
import { type Fault, FaultyApi, firstOf, type ScriptedFault, scripted, storm } from './_faulty-api';
import { leftovers } from './_leftovers';
import type { Project } from './_project';
import { againUntilDone, faultyProject, holdings, planStatus, SEED } from './_storm';

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

test('what passes is waited for, what is made although its answer was lost is not made twice, and one run is enough', async () => {
  const made = [lost(/os-keypairs$/), lost(/\/routers$/), lost(/\/security-groups$/, 2)];
  const busy: ScriptedFault[] = [
    { fault: 'busy', method: 'POST', path: /\/networks$/ },
    { fault: 'unavailable', method: 'PUT', path: /add_router_interface$/ },
  ];
  api.use(scripted(...made, ...busy));
  const before = api.done.length;

  const { status, stderr } = await project.firesteel('up', 'faultcommon');

  expect(stderr).toContain('trying again: terraform apply failed');
  expect(status).toBe(0);
  expect(
    api.done
      .slice(before)
      .map((line) => line.split(' ')[0])
      .sort(),
  ).toEqual(['busy', 'lost', 'lost', 'lost', 'unavailable']);
  expect(await holdings()).toEqual(commonHoldings('faultcommon').sort());
  api.use(scripted());
  expect(await planStatus(project, 'faultcommon')).toBe(0);
});

test('it is taken down through faults, and leaves nothing', async () => {
  api.use(storm({ seed: SEED, share: 0.15, most: 4 }));
  await againUntilDone(api, () => project.firesteel('plan', 'faultcommon', '--to', 'destroy'));
  const gone: ScriptedFault = { fault: 'lost', method: 'DELETE', path: /\/subnets\// };
  api.use(firstOf(scripted(gone), storm({ seed: SEED + 1, share: 0.15, most: 4 })));
  await againUntilDone(api, () => project.firesteel('down', 'faultcommon'));

  expect(await leftovers()).toEqual([]);
});
