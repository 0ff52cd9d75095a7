import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pinnedDigest, pinnedVersion } from '../../tools/go-build';
import { platformName, thisPlatform } from '../../tools/platform';
import { PROVIDER_ADDRESSES } from '../../tools/provider';
import { toolEnvironment } from '../../tools/tool-environment';
import { Scratch } from './_scratch';

let scratch: Scratch;
let terraform: string;
beforeEach(() => {
  scratch = new Scratch();
  terraform = scratch.program('terraform', 'echo "Terraform v1.11.4"');
});
afterEach(() => scratch.remove());

const always = () => ({ TERRAFORM_BINARY_NAME: terraform, CHECKPOINT_DISABLE: '1', OS_USE_OCTAVIA: 'true' });
const variables = (env: NodeJS.ProcessEnv) => toolEnvironment({ env: { ...scratch.env, ...env } });

/** What a build before this one left in the cache. */
function builtBefore(): string {
  const pinned = {
    folder: join(__dirname, '..', '..', 'tools', 'provider'),
    module: 'github.com/terraform-provider-openstack/terraform-provider-openstack',
    main: '',
  };
  const folder = join(
    scratch.cache,
    'tools',
    `provider-openstack-${pinnedVersion(pinned)}-${platformName(thisPlatform())}-${pinnedDigest(pinned)}`,
  );
  for (const address of PROVIDER_ADDRESSES) mkdirSync(join(folder, address), { recursive: true });
  return folder;
}

test('with the registry Terraform finds the provider by itself', async () => {
  expect(await variables({ FIRESTEEL_PROVIDER: 'registry' })).toEqual(always());
});

test('a configuration file that is not there is stood in for by an empty one, so that nothing warns', async () => {
  const found = await variables({ FIRESTEEL_PROVIDER: 'registry', TF_CLI_CONFIG_FILE: '/nowhere/.terraformrc' });
  expect(found).toEqual({ ...always(), TF_CLI_CONFIG_FILE: expect.any(String) });
  expect(readFileSync(found.TF_CLI_CONFIG_FILE!, 'utf8')).toBe('');
});

test('without it, both init and lock are told where the mirror is', async () => {
  const folder = builtBefore();
  const found = await variables({
    FIRESTEEL_PROVIDER: 'build',
    TF_CLI_ARGS_providers_lock: '-no-color -fs-mirror=/old',
  });
  expect(found).toEqual({
    ...always(),
    TF_CLI_CONFIG_FILE: expect.any(String),
    TF_CLI_ARGS_providers_lock: `-no-color -fs-mirror=${folder}`,
  });
  expect(readFileSync(found.TF_CLI_CONFIG_FILE!, 'utf8')).toContain(`path    = "${folder}"`);
});

test('a user who installs providers in another way is left alone', async () => {
  scratch.file(
    'home/.terraformrc',
    'provider_installation {\n  network_mirror { url = "https://mirror.example.org/" }\n}\n',
  );
  expect(await variables({ FIRESTEEL_PROVIDER: 'build' })).toEqual(always());
});
