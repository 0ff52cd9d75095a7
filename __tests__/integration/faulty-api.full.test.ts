/** Longer storms of faults, through to a healthy cluster and back to nothing. */
import { FaultyApi, storm } from './_faulty-api';
import { leftovers } from './_leftovers';
import type { Project } from './_project';
import { againUntilDone, faultyProject, planStatus, SEED } from './_storm';

const STORMS = [0, 1].map((number) => SEED + number * 10);

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

test.each(STORMS)('storm %i: a cluster comes up healthy, once, and goes without a trace', async (seed) => {
  const again = (...args: readonly string[]) => againUntilDone(api, () => project.firesteel(...args));

  api.use(storm({ seed, share: 0.1, most: 25 }));
  await again('up', 'fault');
  expect((await project.firesteel('status', 'fault')).status).toBe(0);
  api.use(() => undefined);
  const names = (await leftovers()).filter((thing) => !/^(port $|floating IP)/.test(thing));
  expect(names).toEqual([...new Set(names)]);
  expect(await planStatus(project, 'faultcommon')).toBe(0);
  expect(await planStatus(project, 'fault')).toBe(0);

  for (const [index, name] of ['fault', 'faultcommon'].entries()) {
    api.use(storm({ seed: seed + index + 1, share: 0.1, most: 12 }));
    await again('plan', name, '--to', 'destroy');
    await again('down', name);
  }
  expect(await leftovers()).toEqual([]);
});
