/** Two applications, and two environments of one of them, at once in one OpenStack project; and a node of its own. */
import { join } from 'node:path';
import { leftovers } from './_leftovers';
import { Project } from './_project';

const MINUTES = 60_000;
const APPS = join(__dirname, '..', '..', 'examples', 'apps');
const WANTED = [
  ['hello_world', 'dev', 'Hello'],
  ['hello_world', 'prod', 'Hello'],
  ['blog', 'dev', 'Blog'],
] as const;

jest.setTimeout(15 * MINUTES);

let elsewhere: Project;
let before: readonly string[];

beforeAll(async () => {
  elsewhere = await Project.create({ environments: {}, ownHome: true });
  before = (await leftovers()).sort();
});

afterAll(() => elsewhere?.remove());

const provision = (app: string, environment: string, ...options: readonly string[]) =>
  elsewhere.start('provision', join(APPS, app), environment, '1', 'm1.tiny', '--cloud', 'sandbox', ...options);

test('all of them are made side by side, each with an address of its own', async () => {
  const made = await Promise.all(WANTED.map(([app, environment]) => provision(app, environment).succeeded()));
  const addresses = made.map(({ stdout }) => stdout.trim());
  expect(new Set(addresses).size).toBe(WANTED.length);
  for (const [index, [, , text]] of WANTED.entries()) {
    expect(await (await fetch(`http://${addresses[index]}/`)).text()).toContain(text);
  }
});

test('a node of its own beside them lets in its maker alone', async () => {
  const args = ['node', 'create', 'RegionOne', 'm1.tiny', 'debian-12', '--name', 'lab', '--cloud', 'sandbox'];
  const { stdout } = await elsewhere.start(...args).succeeded();
  expect(stdout).toMatch(/^172\.\d+\.\d+\.\d+\n$/);
  const folder = elsewhere.file('home', '.local', 'state', 'firesteel', 'clusters', 'lab');
  const said = await elsewhere.start('--dir', folder, 'ssh', 'lab', 'node-0', '--', 'hostname').succeeded();
  expect(said.stdout.trim()).toBe('lab-node-0');
  const again = await elsewhere.firesteel(...args);
  expect(again.status).toBe(2);
  expect(again.text).toContain('there is a node or cluster "lab" already');
});

test('each goes alone, and nothing is left', async () => {
  await elsewhere.start('node', 'delete', 'lab', '--yes').succeeded();
  for (const [app, environment] of WANTED) await provision(app, environment, '--destroy', '--yes').succeeded();
  expect((await leftovers()).sort()).toEqual(before);
});
