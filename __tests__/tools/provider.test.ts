import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pinnedDigest, pinnedVersion } from '../../tools/go-build';
import { platformName, thisPlatform } from '../../tools/platform';
import type { ToolEvent } from '../../tools/progress';
import { findProvider, PROVIDER_ADDRESSES } from '../../tools/provider';
import { Answers, Scratch } from './_scratch';

const MODULE = {
  folder: join(__dirname, '..', '..', 'tools', 'provider'),
  module: 'github.com/terraform-provider-openstack/terraform-provider-openstack',
  main: 'github.com/terraform-provider-openstack/terraform-provider-openstack',
};
const { os, arch } = thisPlatform();
const DOWNLOAD = `/v1/providers/terraform-provider-openstack/openstack/${pinnedVersion(MODULE)}/download/${os}/${arch}`;

let scratch: Scratch;
let registry: Answers;
let url: string;
let events: ToolEvent[];

beforeEach(async () => {
  scratch = new Scratch();
  registry = new Answers();
  url = await registry.listen();
  events = [];
});

afterEach(async () => {
  await registry.close();
  scratch.remove();
});

const find = (env: NodeJS.ProcessEnv = {}) =>
  findProvider({
    product: 'terraform',
    registry: url,
    env: { ...scratch.env, ...env },
    onProgress: (event) => events.push(event),
  });

function registryWorks(): void {
  registry.answers[DOWNLOAD] = JSON.stringify({ download_url: `${url}/archive.zip` });
  registry.answers['/archive.zip'] = 'zip';
}

/** What a build before this one left in the cache. */
function builtBefore(): string {
  const name = `provider-openstack-${pinnedVersion(MODULE)}-${platformName(thisPlatform())}-${pinnedDigest(MODULE)}`;
  const folder = join(scratch.cache, 'tools', name);
  for (const address of PROVIDER_ADDRESSES) mkdirSync(join(folder, address), { recursive: true });
  return folder;
}

test('where the registry answers nothing has to be done, and it is not asked again today', async () => {
  registryWorks();
  expect(await find()).toEqual({ kind: 'registry' });
  expect(registry.asked).toEqual([`GET ${DOWNLOAD}`, 'HEAD /archive.zip']);
  expect(await find()).toEqual({ kind: 'registry' });
  expect(registry.asked).toHaveLength(2);
});

test('where the registry does not answer there is a mirror', async () => {
  const folder = builtBefore();
  await registry.close();
  expect(await find()).toEqual({ kind: 'mirror', folder });
  expect(events).toEqual([
    expect.objectContaining({ subject: 'provider', text: expect.stringContaining('registry can') }),
  ]);
});

test('a registry whose archives can’t be had is none', async () => {
  registry.answers[DOWNLOAD] = JSON.stringify({ download_url: `${url}/blocked.zip` });
  const folder = builtBefore();
  expect(await find()).toEqual({ kind: 'mirror', folder });
});

test('the page of a captive portal is no registry', async () => {
  registry.answers[DOWNLOAD] = '<html>Please log in</html>';
  const folder = builtBefore();
  expect(await find()).toEqual({ kind: 'mirror', folder });
});

test('a machine that built it stays with what it built', async () => {
  const folder = builtBefore();
  await find();
  registryWorks();
  expect(await find()).toEqual({ kind: 'mirror', folder });
});

test('FIRESTEEL_PROVIDER decides and is not remembered', async () => {
  const folder = builtBefore();
  expect(await find({ FIRESTEEL_PROVIDER: 'build' })).toEqual({ kind: 'mirror', folder });
  expect(await find({ FIRESTEEL_PROVIDER: 'registry' })).toEqual({ kind: 'registry' });
  expect(registry.asked).toEqual([]);
  expect(() => readFileSync(join(scratch.cache, 'tools', 'provider-source-terraform.json'))).toThrow('ENOENT');
});

test('refuses another FIRESTEEL_PROVIDER', async () => {
  await expect(find({ FIRESTEEL_PROVIDER: '1.54.1' })).rejects.toThrow(
    'FIRESTEEL_PROVIDER is "1.54.1"; it can be auto, registry, build.',
  );
});

test('fails with what to install when it has to be built and there is no Go', async () => {
  await expect(find()).rejects.toThrow(
    /terraform-provider-openstack 1\.54\.1 has to be built here, and there is no Go/,
  );
});
