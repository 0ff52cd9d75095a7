/** An image with Spark in it: built, looked into, and a cluster made from it that reaches nothing. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ListedImage } from '../../lifecycle/image/list';
import type { UpResult } from '../../lifecycle/up';
import { buildImage, keepBuildsApart, listImages, ofBuilds } from './_image-builds';
import { ImageFiles } from './_image-files';
import { leftovers } from './_leftovers';
import { commonYaml, Project } from './_project';
import { lastLine, type Running } from './_run';
import { SandboxCloud } from './_sandbox-cloud';
import { cutPower } from './_sudden-end';

const MINUTES = 60_000;
const PI = 'local:/opt/spark/examples/src/main/python/pi.py';
const NAME = 'firesteel-spark';
/** How files of OpenSSH's keys begin, in base64; programs have the same words in clear. */
const PRIVATE_KEY = Buffer.from('openssh-key-v1').toString('base64').slice(0, 18);
const PUBLIC_KEY = 'ssh-ed25519 AAAA';
const FIRESTEEL = join(__dirname, '..', '..', 'bin', 'firesteel.js');

/** Nodes that never reach a package mirror. */
const BAKED = `# new servers start from the image
kind: spark
cloud: sandbox
common: imgcommon
image: debian-12 # a plain one
egress: none
master: { flavor: m1.small }
workers: { flavor: m1.small, count: 1 }
`;

let project: Project;
let cloud: SandboxCloud;

jest.setTimeout(10 * MINUTES);

beforeAll(async () => {
  project = await Project.create({ environments: { imgcommon: commonYaml({ cidr: '10.99.0.0/24' }), baked: BAKED } });
  keepBuildsApart(project);
  cloud = await SandboxCloud.open();
});

afterAll(async () => {
  await cloud?.close();
  project?.remove();
});

const build = (...args: readonly string[]): Running => buildImage(project, ...args);
const images = (): Promise<ListedImage[]> => listImages(project);
/** What builds have made in the cloud, by kind and name, and what they keep on this machine. */
async function made(): Promise<string[]> {
  const state = project.file('state', 'firesteel', 'images');
  const folders = existsSync(state) ? project.files(state) : [];
  return [...(await ofBuilds(cloud)), ...folders];
}

describe('refuses before anything is made', () => {
  test.each<readonly [what: string, args: readonly string[], message: RegExp]>([
    [
      'an image that there isn’t',
      ['--image', 'debian-21'],
      /there is no image "debian-21"\. Did you mean "debian-12"\?/,
    ],
    ['a flavor that is too small', ['--flavor', 'm1.tiny'], /flavor "m1\.tiny" has 512 MiB of memory, role \S+ needs/],
    ['a role that installs nothing', ['--roles', 'bastion'], /role bastion can't be baked/],
    ['a name that plans would not know', ['--name', 'spark'], /no image can be called "spark": the name begins/],
  ])('%s', async (_, args, message) => {
    const { status, stdout } = await build(...args).ended;
    expect(lastLine<{ error: string }>({ stdout }).error).toMatch(message);
    expect(status).toBe(2);
  });

  test('Packer missing, or another program of that name, or without its plugin', async () => {
    const withPacker = async (packer: string) => {
      const run = project.program(process.execPath, [FIRESTEEL, 'image', 'build', '--json'], {
        FIRESTEEL_PACKER: packer,
      });
      const { status, stdout } = await run.ended;
      expect(status).toBe(2);
      return lastLine<{ error: string }>({ stdout }).error;
    };
    expect(await withPacker('/nonexistent/packer')).toMatch(/^Packer is not installed.*apt-get install packer/);
    expect(await withPacker('/bin/true')).toMatch(/^"\/bin\/true" is not HashiCorp's Packer/);
    expect(await withPacker(packerWithoutPlugin())).toMatch(
      /^Packer 1\.11\.2 has no plugin for OpenStack: install it with/,
    );
  });

  test('of all that nothing is left', async () => {
    expect(await made()).toEqual([]);
    expect(await leftovers()).toEqual([]);
  });
});

describe('a build that is interrupted', () => {
  test('cleans up after Ctrl-C', async () => {
    const running = build('--roles', 'memcached');
    await running.line((line) => line.includes('"phase":"install"'));
    expect(await made()).toEqual(expect.arrayContaining([expect.stringMatching(/^server firesteel-image-/)]));
    running.kill('SIGINT');
    expect((await running.ended).status).toBe(130);
    expect(await made()).toEqual([]);
  });

  test('leaves what it made when the machine goes down, and the next one clears it away', async () => {
    const running = build('--roles', 'memcached');
    await running.line((line) => line.includes('"phase":"connect"'));
    await cutPower(running.pid);
    await running.ended;
    const kinds = (await made()).map((line) => line.split(' firesteel-image-')[0]);
    expect(kinds).toEqual(expect.arrayContaining(['server', 'port', 'security group']));

    const { text } = await project.firesteel('image', 'rm', NAME);
    expect(text).toContain('which a build that was cut off had left, is deleted');
    expect(await made()).toEqual([]);
    const rest = (await leftovers()).filter((line) => /^(server|key pair|floating IP) /.test(line));
    expect(rest).toEqual(['key pair firesteel-imgcommon']);
  });
});

describe('an image for an environment', () => {
  let built: ListedImage;
  let files: ImageFiles;

  beforeAll(async () => {
    await build('--for', 'baked', '--name', NAME).succeeded();
    [built] = (await images()) as [ListedImage];
    files = await ImageFiles.of(cloud, built.id);
  }, 10 * MINUTES);

  afterAll(() => files?.close());

  test('says what is in it, and nothing else is left of the build', async () => {
    expect(built).toMatchObject({
      name: NAME,
      status: 'active',
      kind: 'baked',
      roles: ['node', 'spark-master', 'spark-history', 'spark-worker'],
      software: [expect.stringMatching(/^spark-\d/)],
      source: 'debian-12',
      servers: {},
    });
    expect(await made()).toEqual([]);
  });

  test('has no key, no identity, nothing that cloud-init or a log remembers', async () => {
    expect(files.below('/etc/ssh').filter((path) => path.includes('ssh_host'))).toEqual([]);
    for (const folder of ['/root/.ssh', '/home/debian/.ssh', '/var/lib/dhcp', '/tmp', '/var/tmp', '/var/log'])
      expect([folder, files.below(folder)]).toEqual([folder, []]);
    for (const folder of ['/var/lib/cloud', '/var/lib/apt/lists', '/var/cache/firesteel', '/var/lib/firesteel'])
      expect([folder, files.below(folder)]).toEqual([folder, []]);
    expect(files.text('/etc/machine-id')).toBe('');
    expect(files.text('/etc/hostname')).toBe('localhost\n');
    const known = ['/var/lib/dbus/machine-id', '/var/lib/systemd/random-seed', '/var/lib/systemd/credential.secret'];
    const there = [...files.below('/var/lib/dbus'), ...files.below('/var/lib/systemd')];
    expect(there.filter((path) => known.includes(path))).toEqual([]);
    expect(await files.holding('openssh-key-v1')).toContain('/usr/bin/ssh-keygen');
    expect(await files.holding('firesteel-image-', PRIVATE_KEY, PUBLIC_KEY)).toEqual([]);
  });

  test('has Spark unpacked', () => {
    expect(files.below('/opt').filter((path) => path.endsWith('/bin/spark-class'))).toHaveLength(1);
  });
});

describe('a cluster from it', () => {
  test('the environment names it, with its comments kept', async () => {
    const { stdout } = await project.start('image', 'use', NAME, 'baked').succeeded();
    expect(stdout).toContain(`new servers of baked start from ${NAME}`);
    expect(stdout).not.toContain('the newest image');
    expect(readFileSync(project.file('environments', 'baked.yaml'), 'utf8')).toBe(BAKED.replace('debian-12', NAME));
    const { status, text } = await project.firesteel('image', 'use', 'firesteel-sparc', 'baked');
    expect(text).toContain('has no image "firesteel-sparc" (did you mean "firesteel-spark"?)');
    expect(status).toBe(2);
  });

  test('comes to Pi with nothing fetched, and no mirror reached', async () => {
    const ended = await project.start('up', 'baked', '--json').succeeded();
    expect(lastLine<UpResult>(ended).configured).toMatchObject({ failed: 0 });
    expect(ended.stdout).not.toMatch(/"phase":"(artifacts|fetch|repack|mirrors)"/);
    const changes = lastLine<UpResult>(ended).configured!.nodes.flatMap((node) => node.changes);
    expect(changes.filter(({ operation }) => /^(apt-packages|archive) /.test(operation))).toEqual([]);
    const job = await project.start('submit', 'baked', PI).succeeded();
    expect(job.text).toMatch(/Pi is roughly 3\.1/);
    const again = lastLine<UpResult>(await project.start('up', 'baked', '--json').succeeded());
    expect(again).toMatchObject({ applied: 0, configured: { changed: 0, failed: 0 } });
  });

  test('stands on it: it is not deleted', async () => {
    expect(await images()).toEqual([expect.objectContaining({ name: NAME, servers: { baked: 2 } })]);
    const { status, text } = await project.firesteel('image', 'rm', NAME);
    expect(text).toMatch(
      /refused: servers were made from these images.*\n {2}- firesteel-spark of .*used by baked \(2\)/,
    );
    expect(status).toBe(3);
    expect(await images()).toHaveLength(1);
  });
});

/**
 * A program that answers as Packer 1.11 without the plugin does: the Packer of the distribution has it built in, and the
 * other takes many minutes to build. What it says was taken from the real one.
 */
function packerWithoutPlugin(): string {
  const file = project.file('state', 'packer-1.11');
  const script = `#!/bin/sh
if [ "$1" = version ]; then echo 'Packer v1.11.2'; exit 0; fi
echo 'Error: Failed to initialize build "openstack"'
echo
echo 'The builder openstack is unknown by Packer, and is likely part of a plugin'
echo 'that is not installed.'
exit 1
`;
  mkdirSync(project.file('state'), { recursive: true });
  writeFileSync(file, script, { mode: 0o755 });
  return file;
}
