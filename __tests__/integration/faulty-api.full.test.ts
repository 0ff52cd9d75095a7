/** Longer storms of faults, through to a healthy cluster and back to nothing. */
import { clusterHoldings, commonHoldings } from './_census';
import { FaultyApi, firstOf, type ScriptedFault, scripted, storm } from './_faulty-api';
import { leftovers } from './_leftovers';
import type { Project } from './_project';
import { againUntilDone, expectClearFailure, faultyProject, holdings, onlyDeployed, planStatus, SEED } from './_storm';

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

  await againUntilDone(api, () => onlyDeployed(project.start('up', 'fault', '--json'), 'fault'));

  for (const { path } of made)
    expect(api.done.filter((line) => line.startsWith('lost POST') && path.test(line.split(' ')[2]!))).not.toEqual([]);
  expect(await holdings()).toEqual([...commonHoldings('faultcommon'), ...clusterHoldings('fault', [0])].sort());
  api.use(scripted());
  expect(await planStatus(project, 'faultcommon')).toBe(0);
  expect(await planStatus(project, 'fault')).toBe(0);
  await project.destroy('fault', 'faultcommon');
  expect(await leftovers()).toEqual([]);
});

test('a network that is lost while servers are made ends the run in plain words, and the next one goes on', async () => {
  let isLost = false;
  api.use(({ method, path }) => {
    if (isLost) return 'cut';
    isLost = method === 'POST' && /\/servers$/.test(path);
    return undefined;
  });

  const ended = await project.firesteel('up', 'fault');

  expectClearFailure(ended);
  expect(ended.stderr).toContain('"firesteel up fault" goes on from there');
  api.use(scripted());
  await project.start('up', 'fault').succeeded();
  expect(await holdings()).toEqual([...commonHoldings('faultcommon'), ...clusterHoldings('fault', [0])].sort());
  await project.destroy('fault', 'faultcommon');
  expect(await leftovers()).toEqual([]);
});

test('through a long storm a cluster comes up healthy, once, and goes without a trace', async () => {
  const again = (...args: readonly string[]) => againUntilDone(api, () => project.firesteel(...args));

  api.use(storm({ seed: SEED, share: 0.1, most: 25 }));
  await again('up', 'fault');
  expect((await project.firesteel('status', 'fault')).status).toBe(0);
  api.use(() => undefined);
  const names = (await leftovers()).filter((thing) => !/^(port $|floating IP)/.test(thing));
  expect(names).toEqual([...new Set(names)]);
  expect(await planStatus(project, 'faultcommon')).toBe(0);
  expect(await planStatus(project, 'fault')).toBe(0);

  for (const [index, name] of ['fault', 'faultcommon'].entries()) {
    api.use(storm({ seed: SEED + index + 1, share: 0.1, most: 12 }));
    await again('plan', name, '--to', 'destroy');
    await again('down', name);
  }
  expect(await leftovers()).toEqual([]);
});
