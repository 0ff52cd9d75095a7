/** Another environment of a project beside a running one: neither is touched by what is done to the other. */
import { cpSync, rmSync } from 'node:fs';
import { leftovers } from './_leftovers';
import { commonYaml, Project, sparkYaml } from './_project';

const MINUTES = 60_000;
const SHARED = /^(key pair|network|router) /;

let project: Project;
let before: readonly string[];

jest.setTimeout(5 * MINUTES);

beforeAll(async () => {
  const environments = {
    common: commonYaml({ cidr: '10.95.0.0/24' }),
    first: sparkYaml({ common: 'common', workers: 2 }),
    second: sparkYaml({ common: 'common' }),
  };
  project = await Project.create({ environments });
  await project.start('up', 'first').succeeded();
  before = await leftovers();
}, 10 * MINUTES);

afterAll(() => project?.remove());

const firstIsWell = async () => (await project.firesteel('status', 'first')).status === 0;

test('comes up beside the first, with names, state and secrets of its own', async () => {
  await project.start('up', 'second').succeeded();

  const now = await leftovers();
  expect(now.filter((thing) => /^server second-/.test(thing)).sort()).toEqual([
    'server second-master-0',
    'server second-worker-0',
  ]);
  expect(now.filter((thing) => SHARED.test(thing))).toEqual(before.filter((thing) => SHARED.test(thing)));
  const { first, second } = storedSecrets();
  expect(second!['spark.authenticate']).toMatch(/^[0-9a-f]{32,}$/);
  expect(second!['spark.authenticate']).not.toBe(first!['spark.authenticate']);
  expect(await firstIsWell()).toBe(true);
});

test('keeps what they share in place: the refusal names both', async () => {
  const { status, stderr } = await project.firesteel('plan', 'common', '--to', 'destroy');

  expect(status).toBe(3);
  expect(stderr).toMatch(/common is what first, second stand on/);
});

test("does not go by the other's plan", async () => {
  const plans = (name: string) => project.file('.firesteel', 'plans', name);
  await project.start('plan', 'first', '--to', 'destroy').succeeded();
  cpSync(plans('first'), plans('second'), { recursive: true });
  rmSync(plans('first'), { recursive: true });

  const { status, stderr } = await project.firesteel('down', 'second');

  expect(status).toBe(4);
  expect(stderr).toContain('the saved plan is one of first');
  expect((await leftovers()).filter((thing) => /^server (first|second)-/.test(thing))).toHaveLength(5);
});

test('goes without the first noticing', async () => {
  await project.destroy('second');
  rmSync(project.file('environments', 'second.yaml'));

  expect(await leftovers()).toEqual(before);
  expect(await firstIsWell()).toBe(true);
});

/** By environment, then by name. */
function storedSecrets(): Record<string, Record<string, string>> {
  const { projects } = project.json<{
    projects: Record<string, { environments: Record<string, Record<string, string>> }>;
  }>('config', 'firesteel', 'secrets.json');
  return Object.values(projects)[0]!.environments;
}
