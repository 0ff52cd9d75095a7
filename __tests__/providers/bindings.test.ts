import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { OpenstackProvider } from '@cdktf/provider-openstack/lib/provider';
import { App, TerraformStack, Testing } from 'cdktf';

const home = join(__dirname, '..', '..', 'providers', 'openstack');

test('the provider is required in all the versions that our stacks are valid for', () => {
  const stack = new TerraformStack(new App(), 'dev');
  new OpenstackProvider(stack, 'openstack', { cloud: 'x' });
  expect(JSON.parse(Testing.synth(stack)).terraform.required_providers).toEqual({
    openstack: { source: 'terraform-provider-openstack/openstack', version: '>= 1.54.1, < 4.0.0' },
  });
});

test('every resource and data source of the schema has a file of its own, with types', () => {
  const { provider_schemas } = JSON.parse(readFileSync(join(home, 'schema.json'), 'utf8'));
  const { resource_schemas, data_source_schemas } =
    provider_schemas['registry.terraform.io/terraform-provider-openstack/openstack'];
  const folder = (name: string) => name.replaceAll('_', '-');
  const expected = [
    'provider',
    ...Object.keys(resource_schemas).map((name) => folder(name.replace(/^openstack_/, ''))),
    ...Object.keys(data_source_schemas).map((name) => `data-${folder(name)}`),
  ];
  const lib = join(home, 'lib');
  const found = readdirSync(lib).filter((name) => !name.startsWith('.'));
  expect(found.sort()).toEqual(expected.sort());
  const incomplete = found.filter(
    (name) => !existsSync(join(lib, name, 'index.js')) || !existsSync(join(lib, name, 'index.d.ts')),
  );
  expect(incomplete).toEqual([]);
});

test('one resource loads itself and cdktf, none of the others', () => {
  const script = `require('@cdktf/provider-openstack/lib/compute-instance-v2');
    console.log(Object.keys(require.cache).filter((file) => file.includes('/openstack/lib/')).length)`;
  expect(execFileSync(process.execPath, ['-e', script], { cwd: home, encoding: 'utf8' })).toBe('1\n');
});
