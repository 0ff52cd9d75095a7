import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { readUserConfig, writeCliConfig } from '../../tools/cli-config';
import { Scratch } from './_scratch';

let scratch: Scratch;
beforeEach(() => {
  scratch = new Scratch();
});
afterEach(() => scratch.remove());

const mirror = { kind: 'mirror', folder: '/the "mirror"' } as const;

test('the usual file counts, for OpenTofu its own first', async () => {
  const terraform = scratch.file('home/.terraformrc', 'disable_checkpoint = true\n');
  expect(await readUserConfig('opentofu', scratch.env)).toMatchObject({ file: terraform });
  const tofu = scratch.file('home/.tofurc', '');
  expect(await readUserConfig('opentofu', scratch.env)).toMatchObject({ file: tofu });
  expect(await readUserConfig('terraform', scratch.env)).toMatchObject({
    file: terraform,
    text: 'disable_checkpoint = true\n',
  });
});

test('TF_CLI_CONFIG_FILE stands for the usual file, even when it is not there', async () => {
  scratch.file('home/.terraformrc', 'disable_checkpoint = true\n');
  const file = scratch.file('own.tfrc', 'plugin_cache_dir = "/x"\n');
  expect(await readUserConfig('terraform', { ...scratch.env, TF_CLI_CONFIG_FILE: file })).toMatchObject({
    file,
    unusable: false,
  });
  const missing = await readUserConfig('terraform', {
    ...scratch.env,
    TF_CLI_CONFIG_FILE: join(scratch.dir, 'missing'),
  });
  expect(missing).toEqual({ text: '', installsProviders: false, unusable: true });
});

test.each([
  ['HCL', 'provider_installation {\n  direct {}\n}'],
  ['JSON', '{ "provider_installation": { "direct": {} } }'],
])('what the user says about providers in %s is the user’s business', async (_kind, text) => {
  scratch.file('home/.terraformrc', text);
  expect(await readUserConfig('terraform', scratch.env)).toMatchObject({ installsProviders: true });
});

test('the mirror is added to what the user has, readable by nobody else', async () => {
  scratch.file('home/.terraformrc', 'credentials "app.example.org" {\n  token = "t"\n}\n');
  const user = await readUserConfig('terraform', scratch.env);
  const file = await writeCliConfig(user, mirror, scratch.env);
  expect(readFileSync(file, 'utf8')).toBe(`credentials "app.example.org" {
  token = "t"
}

provider_installation {
  filesystem_mirror {
    path    = "/the \\"mirror\\""
    include = ["registry.terraform.io/terraform-provider-openstack/openstack", "registry.opentofu.org/terraform-provider-openstack/openstack"]
  }
  direct {
    exclude = ["registry.terraform.io/terraform-provider-openstack/openstack", "registry.opentofu.org/terraform-provider-openstack/openstack"]
  }
}
`);
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test('what we wrote ourselves is not taken for the user’s', async () => {
  const none = await readUserConfig('terraform', scratch.env);
  const ours = await writeCliConfig(none, mirror, scratch.env);
  const again = await readUserConfig('terraform', { ...scratch.env, TF_CLI_CONFIG_FILE: ours });
  expect(again).toEqual({ text: '', installsProviders: false, unusable: true });
  expect(await writeCliConfig(again, mirror, scratch.env)).toBe(ours);
});
