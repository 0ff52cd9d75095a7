import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type InitOptions, init } from '../../lifecycle/init';
import { loadEnvironments } from '../../plan/load-environments';
import { FakeCloud, PASSWORD } from '../cloud/_fake-cloud';
import { COMMON, DEV, PUBLIC_KEY } from '../plan/_project';

const mockHome = { dir: '' };
jest.mock('node:os', () => ({ ...jest.requireActual('node:os'), homedir: () => mockHome.dir }));

const flavor = (name: string, ram: number) => ({ id: name, name, vcpus: 1, ram, disk: 10 });
const image = (name: string, more = {}) => ({
  id: name,
  name,
  status: 'active',
  visibility: 'public',
  created_at: '2026-01-01T00:00:00Z',
  ...more,
});
const network = (name: string, external: boolean) => ({ id: name, name, 'router:external': external });

let fake: FakeCloud;
let projectDir: string;

beforeEach(async () => {
  fake = await FakeCloud.start();
  projectDir = mkdtempSync(join(tmpdir(), 'firesteel-init-'));
  mockHome.dir = mkdtempSync(join(tmpdir(), 'firesteel-home-'));
  cloudHas({ networks: [network('public', true), network('lab', false)] });
});

afterEach(async () => {
  await fake.stop();
  for (const dir of [projectDir, mockHome.dir]) rmSync(dir, { recursive: true, force: true });
});

function cloudHas({
  flavors = [flavor('m1.small', 1024), flavor('m1.large', 8192), flavor('m1.medium', 2048)],
  images = [image('debian-12'), image('debian-13'), image('debian-14', { visibility: 'private' }), image('rocky-9')],
  networks,
}: {
  flavors?: unknown[];
  images?: unknown[];
  networks: unknown[];
}): void {
  fake.on('GET', '/compute/v2.1/flavors/detail', { body: { flavors } });
  fake.on('GET', '/image/v2/images', { body: { images } });
  fake.on('GET', '/network/v2.0/networks', { body: { networks } });
}

function options(more: Partial<InitOptions> = {}, env: NodeJS.ProcessEnv = {}): InitOptions {
  const login = { OS_USERNAME: 'demo', OS_PASSWORD: PASSWORD, OS_PROJECT_NAME: 'demo', OS_USER_DOMAIN_ID: 'default' };
  const project = { OS_AUTH_URL: `${fake.url}/v3`, OS_PROJECT_DOMAIN_ID: 'default' };
  return { projectDir, credentials: { env: { ...login, ...project, ...env }, cwd: projectDir }, ...more };
}

function write(common: string, dev = DEV): void {
  mkdirSync(join(projectDir, 'environments'), { recursive: true });
  writeFileSync(join(projectDir, 'environments', 'common.yaml'), common);
  writeFileSync(join(projectDir, 'environments', 'dev.yaml'), dev);
}

const read = (name: string) => readFileSync(join(projectDir, 'environments', name), 'utf8');
const inSsh = (name: string) => join(mockHome.dir, '.ssh', name);

test('the smallest flavor with 2 GiB, the newest public Debian, the one external network', async () => {
  const { files, found } = await init(options());

  expect(files.map(({ written }) => written)).toEqual([true, true]);
  expect(found).toMatchObject({ flavor: 'm1.medium', image: 'debian-13', network: 'public' });
  const [common, dev] = loadEnvironments(projectDir);
  expect(common?.plan).toMatchObject({ network: { kind: 'new', external: 'public' }, access: ['127.0.0.1/32'] });
  expect(dev?.kind === 'cluster' && dev.plan.groups[0]).toMatchObject({ flavor: 'm1.medium', image: 'debian-13' });
});

test("what the user names is taken, as the sandbox's small flavor is", async () => {
  expect((await init(options({ flavor: 'm1.small', workers: 3 }))).found?.flavor).toBe('m1.small');
  expect(read('dev.yaml')).toMatch(/flavor: m1\.small\n {2}count: 3/);
});

test('refuses to choose among several: lists them all and writes nothing', async () => {
  cloudHas({
    flavors: [flavor('a', 2048), flavor('b', 2048)],
    images: [image('Debian 13'), image('Debian 13 GPU')],
    networks: [network('ext-a', true), network('ext-b', true)],
  });

  await expect(init(options())).rejects.toThrow(
    /several flavors[\s\S]*--flavor NAME[\s\S]* {2}a \([\s\S]* {2}b \([\s\S]*several images[\s\S]*Debian 13 GPU[\s\S]*several networks[\s\S]*ext-a\n {2}ext-b/,
  );
  expect(existsSync(join(projectDir, 'environments'))).toBe(false);
  expect(existsSync(inSsh('id_ed25519'))).toBe(false);
});

test('who is logged in over SSH gets access too', async () => {
  const { found } = await init(options({}, { SSH_CONNECTION: '198.51.100.9 50000 192.0.2.1 22' }));

  expect(found?.access.map(({ range }) => range)).toEqual(['127.0.0.1/32', '198.51.100.9/32']);
  expect(read('common.yaml')).toContain('  - 198.51.100.9/32   # where you are logged in');
});

test('a second run leaves the files as they are and asks no cloud', async () => {
  await init(options());
  const before = [read('common.yaml'), read('dev.yaml')];
  const requests = fake.seen.length;

  const { files, ...rest } = await init(options({ flavor: 'm1.large' }));

  expect(files.map(({ written }) => written)).toEqual([false, false]);
  expect(rest).toEqual({});
  expect([read('common.yaml'), read('dev.yaml')]).toEqual(before);
  expect(fake.seen).toHaveLength(requests);
});

describe('the key', () => {
  test('is made where there is none, readable by nobody else, and named', async () => {
    const { madeKey, found } = await init(options());

    expect(madeKey).toBe('~/.ssh/id_ed25519.pub');
    expect(found?.publicKey).toBe(madeKey);
    expect(statSync(inSsh('id_ed25519')).mode & 0o777).toBe(0o600);
    expect(read('common.yaml')).toContain('publicKey: ~/.ssh/id_ed25519.pub');
  });

  test("is the user's own where there is one", async () => {
    mkdirSync(join(mockHome.dir, '.ssh'));
    writeFileSync(inSsh('id_rsa.pub'), PUBLIC_KEY);

    const { madeKey, found } = await init(options());

    expect([madeKey, found?.publicKey]).toEqual([undefined, '~/.ssh/id_rsa.pub']);
    expect(existsSync(inSsh('id_ed25519'))).toBe(false);
  });

  test.each([
    ['none', COMMON.replace(/ssh:\n.*\n/, '')],
    ['the one that is made by default', COMMON.replace(/publicKey: .*/, 'publicKey: ~/.ssh/id_ed25519.pub')],
  ])('is made for files from another machine that name %s', async (_, common) => {
    write(common);
    expect(() => loadEnvironments(projectDir)).toThrow(/ssh\.publicKey/);

    expect((await init(options())).madeKey).toBe('~/.ssh/id_ed25519.pub');

    expect(loadEnvironments(projectDir)).toHaveLength(2);
    expect(read('common.yaml')).toBe(common);
  });

  test.each([
    ['a key itself', COMMON],
    ['a file of their own', COMMON.replace(/publicKey: .*/, 'publicKey: ~/.ssh/work.pub')],
    ['a key pair of the cloud', COMMON.replace(/publicKey: .*/, 'keyPair: mine')],
    ['something that is no plan', 'kind: [common'],
  ])('is not made for files that name %s', async (_, common) => {
    write(common);

    expect((await init(options())).madeKey).toBeUndefined();
    expect(existsSync(join(mockHome.dir, '.ssh'))).toBe(false);
  });

  test('fails with the package to install where ssh-keygen is missing', async () => {
    const { PATH } = process.env;
    process.env.PATH = projectDir;
    try {
      await expect(init(options())).rejects.toThrow(
        'ssh-keygen could not make one: it is missing: install openssh-client, or name a key under ssh.publicKey',
      );
    } finally {
      process.env.PATH = PATH;
    }
  });
});

test('environments that end in .yml are there too', async () => {
  write(COMMON);
  rmSync(join(projectDir, 'environments', 'dev.yaml'));
  writeFileSync(join(projectDir, 'environments', 'dev.yml'), DEV);

  expect((await init(options())).files.map(({ written }) => written)).toEqual([false, false]);
});
