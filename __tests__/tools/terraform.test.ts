import { join } from 'node:path';
import { pinnedDigest, pinnedVersion } from '../../tools/go-build';
import { platformName, thisPlatform } from '../../tools/platform';
import type { ToolEvent } from '../../tools/progress';
import { findTerraform } from '../../tools/terraform';
import { Scratch } from './_scratch';

const OPENTOFU = {
  folder: join(__dirname, '..', '..', 'tools', 'opentofu'),
  module: 'github.com/opentofu/opentofu',
  main: 'github.com/opentofu/opentofu/cmd/tofu',
};

let scratch: Scratch;
let events: ToolEvent[];
beforeEach(() => {
  scratch = new Scratch();
  events = [];
});
afterEach(() => scratch.remove());

const find = (env: NodeJS.ProcessEnv = {}) =>
  findTerraform({ env: { ...scratch.env, ...env }, onProgress: (event) => events.push(event) });

/** What a build before this one left in the cache. */
function builtBefore(): string {
  const version = pinnedVersion(OPENTOFU);
  return scratch.file(
    `cache/tools/opentofu-${version}-${platformName(thisPlatform())}-${pinnedDigest(OPENTOFU)}/tofu`,
    '',
    0o755,
  );
}

test('terraform on PATH comes before tofu', async () => {
  const path = scratch.program('terraform', 'echo "Terraform v1.11.4"; echo "on linux_amd64"');
  scratch.program('tofu', 'echo "OpenTofu v1.10.10"');
  expect(await find()).toEqual({ path, product: 'terraform', version: '1.11.4', from: 'path' });
  expect(events).toEqual([]);
});

test('tofu on PATH does as well', async () => {
  const path = scratch.program('tofu', 'echo "OpenTofu v1.9.0"');
  expect(await find()).toEqual({ path, product: 'opentofu', version: '1.9.0', from: 'path' });
});

test('a terraform that is too old is passed over, and said so', async () => {
  const old = scratch.program('terraform', 'echo "Terraform v1.5.7"');
  scratch.program('tofu', 'echo "OpenTofu v1.10.10"');
  expect(await find()).toMatchObject({ product: 'opentofu' });
  expect(events).toEqual([
    { subject: 'terraform', phase: 'find', state: 'warn', text: `${old} is 1.5.7, older than 1.6.0: it is not used` },
  ]);
});

test('TERRAFORM_BINARY_NAME comes before everything on PATH', async () => {
  scratch.program('terraform', 'echo "Terraform v1.11.4"');
  const path = scratch.program('my-tofu', 'echo "OpenTofu v1.10.1"');
  expect(await find({ TERRAFORM_BINARY_NAME: 'my-tofu' })).toEqual({
    path,
    product: 'opentofu',
    version: '1.10.1',
    from: 'variable',
  });
  expect(await find({ TERRAFORM_BINARY_NAME: path })).toMatchObject({ path });
});

test('it is asked its version without the user’s configuration, which may not be there', async () => {
  scratch.program(
    'terraform',
    'test -z "$TF_CLI_CONFIG_FILE" && test "$CHECKPOINT_DISABLE" = 1 && echo "Terraform v1.11.4"',
  );
  expect(await find({ TF_CLI_CONFIG_FILE: '/nowhere' })).toMatchObject({ version: '1.11.4' });
});

test('FIRESTEEL_TERRAFORM=build takes the built one although there is another', async () => {
  scratch.program('terraform', 'echo "Terraform v1.11.4"');
  const path = builtBefore();
  expect(await find({ FIRESTEEL_TERRAFORM: 'build' })).toEqual({
    path,
    product: 'opentofu',
    version: pinnedVersion(OPENTOFU),
    from: 'build',
  });
});

test('one that was built before is taken, and no network asked', async () => {
  const path = builtBefore();
  expect(await find({ https_proxy: 'http://127.0.0.1:1' })).toMatchObject({ path, from: 'build' });
  expect(events).toEqual([]);
});

test.each([
  ['which is not there', 'nothing', undefined, '"nothing", and there is no such program'],
  ['which is too old', 'old', 'echo "Terraform v1.5.7"', '"old", which is 1.5.7; 1.6.0 or newer is needed'],
  ['which is something else', 'other', 'echo hello', 'names neither Terraform nor OpenTofu'],
  ['which does not run', 'broken', 'exit 3', 'names neither Terraform nor OpenTofu'],
])('refuses a TERRAFORM_BINARY_NAME %s', async (_what, name, script, message) => {
  if (script) scratch.program(name, script);
  await expect(find({ TERRAFORM_BINARY_NAME: name })).rejects.toThrow(message);
});

test('refuses another FIRESTEEL_TERRAFORM', async () => {
  await expect(find({ FIRESTEEL_TERRAFORM: 'yes' })).rejects.toThrow(
    'FIRESTEEL_TERRAFORM is "yes"; it can be auto, release, build.',
  );
});

test('fails with what to install when it has to be built and there is no Go', async () => {
  await expect(find({ FIRESTEEL_TERRAFORM: 'build' })).rejects.toThrow(
    /OpenTofu|opentofu.* has to be built here, and there is no Go.*Install Go/s,
  );
});
