/** Runs that are cut off, and plans that would lose something: nothing is lost, and the next run goes on. */
import type { ConfigureResult } from '../../lifecycle/configure';
import type { UpResult } from '../../lifecycle/up';
import { leftovers } from './_leftovers';
import { Nodes } from './_nodes';
import { commonYaml, Project } from './_project';
import type { Ended, Running } from './_run';

const MINUTES = 60_000;
const CLUSTER = `kind: spark
cloud: sandbox
common: cutcommon
image: debian-12
master: { flavor: m1.small }
workers: { flavor: m1.small, count: 2 }
`;

let project: Project;

jest.setTimeout(10 * MINUTES);

beforeAll(async () => {
  project = await Project.create({
    environments: { cutcommon: commonYaml({ cidr: '10.94.0.0/24' }), cut: CLUSTER },
  });
});

afterAll(async () => {
  await project?.remove('cut', 'cutcommon');
}, 10 * MINUTES);

function lastLine<T>({ stdout }: Ended): T {
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as T;
}

/** A run that has come to the first resource of this kind; every step is told with `--json`. */
async function runningUntil(what: RegExp, ...args: readonly string[]): Promise<Running> {
  const running = project.start(...args, '--json');
  await running.line((line) => what.test(line));
  return running;
}

test('Ctrl-C while servers are being made: Terraform ends by itself and its state is whole', async () => {
  const running = await runningUntil(/security group cut-worker created/, 'up', 'cut');

  running.kill('SIGINT');
  const ended = await running.ended;

  expect(ended.status).toBe(130);
  expect(lastLine(ended)).toMatchObject({ exitCode: 130, error: expect.stringContaining('in the state of cut') });
  const { resources } = project.json<{ resources: unknown[] }>('terraform.cut.tfstate');
  expect(resources.length).toBeGreaterThan(0);
});

test('the next up goes on from there and ends with a healthy cluster', async () => {
  const result = lastLine<UpResult>(await project.start('up', 'cut', '--json').succeeded());

  expect(result.configured).toMatchObject({ failed: 0, nodes: [{ ok: true }, { ok: true }, { ok: true }] });
  expect((await leftovers()).filter((thing) => /^server cut-/.test(thing))).toHaveLength(3);
  expect((await project.firesteel('status', 'cut')).status).toBe(0);
});

test('Ctrl-C while nodes are configured ends at once, and the next configure finishes', async () => {
  const nodes = await Nodes.of(project, 'cut');
  await nodes.sudo('worker-1', 'systemctl stop spark-worker; rm /etc/spark/daemon.conf');
  const running = await runningUntil(/"phase":"configure"/, 'configure', 'cut');

  running.kill('SIGINT');

  expect((await running.ended).status).toBe(130);
  await project.start('configure', 'cut').succeeded();
  expect((await project.firesteel('status', 'cut')).status).toBe(0);
});

test('a dry run tells what would be changed, where, and changes nothing', async () => {
  const nodes = await Nodes.of(project, 'cut');
  await nodes.sudo('worker-0', 'printf "# by hand\\n" >>/etc/spark/daemon.conf');

  const [first, second] = [
    lastLine<ConfigureResult>(await project.start('configure', 'cut', '--dry-run', '--json').succeeded()),
    lastLine<ConfigureResult>(await project.start('configure', 'cut', '--dry-run', '--json').succeeded()),
  ];

  const changed = first.nodes.filter((node) => node.changed > 0);
  expect(changed.map(({ name }) => name)).toEqual(['worker-0']);
  expect(changed[0]!.changes.map(({ description }) => description)).toContain('write /etc/spark/daemon.conf');
  expect(second.changed).toBe(first.changed);
  await project.start('configure', 'cut').succeeded();
});

test('up refuses a plan that would delete a server, names it, and touches nothing', async () => {
  const register = project.json('environments', 'cut.nodes.json');
  project.write('cut', CLUSTER.replace('count: 2', 'count: 1'));

  const { status, stderr } = await project.firesteel('up', 'cut');

  expect(status).toBe(3);
  expect(stderr).toContain('server cut-worker-1 would be deleted');
  expect(stderr).not.toContain('cut-worker-0');
  expect(project.json('environments', 'cut.nodes.json')).toEqual(register);
  project.write('cut', CLUSTER);
  expect((await project.firesteel('status', 'cut')).status).toBe(0);
});

test('killed while it destroys: Terraform ends by itself, and the next down leaves nothing', async () => {
  const running = await runningUntil(/1\/\d+ .* deleted/, 'down', 'cut', '--yes');
  running.kill('SIGKILL');
  await running.ended;

  await untilSucceeds(() => project.firesteel('down', 'cut', '--yes'));
  await project.start('down', 'cutcommon', '--yes').succeeded();

  expect((await leftovers()).filter((thing) => / (firesteel-)?cut/.test(thing))).toEqual([]);
});

/** While the Terraform of the run before is still at it, the message says so. */
async function untilSucceeds(run: () => Promise<Ended>): Promise<void> {
  for (let tries = 0; tries < 20; tries++) {
    const { status, stderr } = await run();
    if (status === 0) return;
    expect(stderr).toContain('in use by another run');
  }
  throw new Error('the state was still in use after all tries');
}
