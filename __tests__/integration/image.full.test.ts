/** Two builds at once, one through a bastion, one whose builder alone is killed, and an image that is out of date. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ConfigureResult } from '../../lifecycle/configure';
import type { ListedImage } from '../../lifecycle/image/list';
import type { UpResult } from '../../lifecycle/up';
import { buildImage, keepBuildsApart, listImages, ofBuilds } from './_image-builds';
import { Nodes } from './_nodes';
import { commonYaml, Project } from './_project';
import { lastLine, type Running } from './_run';
import { SandboxCloud } from './_sandbox-cloud';

const MINUTES = 60_000;

/** With a bastion that leads to nodes, and to build servers. */
const GATE = `kind: cluster
cloud: sandbox
common: imgcommon
image: debian-12
groups:
  gate: { flavor: m1.tiny, roles: [bastion], floatingIp: true }
`;

const cache = (packages: readonly string[]) => `kind: cluster
cloud: sandbox
common: imgcommon
image: firesteel-memcached
groups:
  cache: { flavor: m1.tiny, roles: [memcached] }
apt: { packages: [${packages.join(', ')}] }
`;

let project: Project;
let cloud: SandboxCloud;

jest.setTimeout(15 * MINUTES);

beforeAll(async () => {
  project = await Project.create({
    environments: { imgcommon: commonYaml({ cidr: '10.99.0.0/24' }), gate: GATE, cache: cache([]) },
  });
  keepBuildsApart(project);
  cloud = await SandboxCloud.open();
  await project.start('up', 'gate').succeeded();
});

afterAll(async () => {
  await cloud?.close();
  project?.remove();
});

const build = (...args: readonly string[]): Running => buildImage(project, ...args);
const images = (): Promise<ListedImage[]> => listImages(project);

test('two at once, of which one goes through a bastion, have nothing in common', async () => {
  const direct = build('--roles', 'memcached', '--flavor', 'm1.tiny');
  const through = build(
    '--roles',
    'memcached',
    '--flavor',
    'm1.tiny',
    '--name',
    'firesteel-gated',
    '--through',
    'gate',
  );
  await Promise.all([direct.succeeded(), through.succeeded()]);
  expect((await images()).map(({ name }) => name)).toEqual(['firesteel-gated', 'firesteel-memcached']);
  expect(await ofBuilds(cloud)).toEqual([]);
  const rules = await cloud.api.network.securityGroupRules();
  expect(rules.filter(({ description }) => description.startsWith('firesteel-image-'))).toEqual([]);
});

test('where the builder alone is killed, Packer cleans up by itself, or is ended by the next build', async () => {
  const running = build('--roles', 'memcached', '--flavor', 'm1.tiny');
  await running.line((line) => line.includes('"phase":"install"'));
  running.kill('SIGKILL');
  await running.ended;
  for (let waited = 0; (await ofBuilds(cloud)).some((line) => line.startsWith('server ')); waited++) {
    expect(waited).toBeLessThan(120);
    await sleep(1000);
  }
  await project.firesteel('image', 'rm', 'firesteel-nothing');
  expect(await ofBuilds(cloud)).toEqual([]);
});

test('a cluster from an image that fits opens no mirror, though it might', async () => {
  const ended = await project.start('up', 'cache', '--json').succeeded();
  expect(lastLine<UpResult>(ended).configured).toMatchObject({ failed: 0 });
  expect(ended.stdout).not.toContain('"phase":"mirrors"');
  const [image] = (await images()).filter(({ name }) => name === 'firesteel-memcached');
  expect(image!.servers).toEqual({ cache: 1 });
});

test('what the image lacks is said, and brought up', async () => {
  project.write('cache', cache(['tree']));
  const checked = await project.start('validate', 'cache').succeeded();
  expect(checked.text).toContain(
    'has node as the plan does not want it any more: configure installs that on each node',
  );
  const { stdout } = await project.start('up', 'cache', '--json').succeeded();
  expect(lastLine<UpResult>({ stdout }).configured).toMatchObject({ failed: 0 });
  expect(stdout).toContain('"phase":"mirrors","state":"start"');
  const nodes = await Nodes.of(project, 'cache', 'cache-0');
  expect(await nodes.sudo('cache-0', 'tree --version')).toMatch(/^tree v/);
});

test('of several images the newest that fits goes before newer ones, and outdated nodes get it', async () => {
  await build('--for', 'cache', '--image', 'debian-12', '--flavor', 'm1.tiny').succeeded();
  const fitting = (await images()).find(({ servers, name }) => name === 'firesteel-memcached' && !servers.cache)!;
  await build('--roles', 'memcached', '--flavor', 'm1.tiny').succeeded();
  expect((await images()).filter(({ name }) => name === 'firesteel-memcached')).toHaveLength(3);
  await project.start('node', 'replace', 'cache', '--outdated').succeeded();
  const after = (await images()).find(({ id }) => id === fitting.id)!;
  expect(after.servers).toEqual({ cache: 1 });
  const again = lastLine<ConfigureResult>(await project.start('configure', 'cache', '--json').succeeded());
  expect(again).toMatchObject({ changed: 0, failed: 0 });
});

test('those that nobody stands on are deleted, and no other', async () => {
  await project
    .start('image', 'rm', 'firesteel-gated', 'firesteel-memcached', '--force', '--keep', '2', '--yes')
    .succeeded();
  const left = await images();
  expect(left.map(({ name }) => name)).toEqual(expect.arrayContaining(['firesteel-memcached', 'firesteel-gated']));
  expect((await project.firesteel('image', 'rm', 'debian-12')).status).toBe(2);
});
