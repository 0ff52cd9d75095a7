/** The way without our command line: plain cdktf makes and destroys the servers, and `firesteel configure` does the rest. */
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { leftovers } from './_leftovers';
import { commonYaml, Project, sparkYaml } from './_project';
import { type Ended, lastLine } from './_run';

const MINUTES = 60_000;
const CDKTF = join(__dirname, '..', '..', 'node_modules', '.bin', 'cdktf');
const DEV = sparkYaml({ common: 'plaincommon' });

jest.setTimeout(10 * MINUTES);

let project: Project;
let shell: NodeJS.ProcessEnv;

beforeAll(async () => {
  project = await Project.create({
    environments: { plaincommon: commonYaml({ cidr: '10.92.0.0/24' }), plain: DEV },
  });
  shell = lastLine(await project.start('tools', 'env', '--json').succeeded());
});

function cdktf(...args: readonly string[]): Promise<Ended> {
  return project.program(CDKTF, args, shell).succeeded();
}

test('nothing can be configured before it is deployed, and the message says what to do', async () => {
  const { status, text } = await project.firesteel('configure', 'plain');

  expect(status).toBe(1);
  expect(text).toMatch(/plain.*(not|never).*deployed/s);
  expect(text).toContain('firesteel up plain');
});

test('cdktf deploys common, shows what dev will be, and deploys it', async () => {
  expect((await cdktf('deploy', 'plaincommon', '--auto-approve')).text).toContain('Apply complete!');
  const { text } = await cdktf('diff', 'plain');
  expect(stripVTControlCharacters(text)).toMatch(/Plan: [1-9]\d* to add, 0 to change, 0 to destroy/);
  expect((await cdktf('deploy', 'plain', '--auto-approve')).text).toContain('Apply complete!');
});

test('cdktf diff right after the deploy finds no changes', async () => {
  for (const stack of ['plaincommon', 'plain']) {
    const { text } = await cdktf('diff', stack);
    expect(stripVTControlCharacters(text)).toContain('No changes. Your infrastructure matches the configuration.');
  }
});

test('configure refuses a plan that is not the one deployed, and says what to do', async () => {
  project.write('plain', DEV.replace('count: 1', 'count: 2'));

  const { status, text } = await project.firesteel('configure', 'plain');

  expect(status).not.toBe(0);
  expect(text).toContain('firesteel up plain');
  project.write('plain', DEV);
});

test('configure finishes the job', async () => {
  expect(lastLine(await project.start('configure', 'plain', '--json').succeeded())).toMatchObject({
    failed: 0,
    nodes: [{ name: 'master-0' }, { name: 'worker-0' }],
  });
  expect((await project.firesteel('status', 'plain')).status).toBe(0);
});

test('cdktf destroy leaves nothing in the project', async () => {
  await cdktf('destroy', 'plain', '--auto-approve');
  await cdktf('destroy', 'plaincommon', '--auto-approve');

  expect(await leftovers()).toEqual([]);
});

afterAll(() => project?.remove());
