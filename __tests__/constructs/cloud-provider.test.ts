import { TerraformStack, Testing } from 'cdktf';
import { CloudProvider } from '../../constructs/cloud-provider';
import { templateOf } from './_template';

function providerOf(props: { cloud?: string; region?: string }) {
  const stack = new TerraformStack(Testing.app(), 'dev');
  new CloudProvider(stack, 'openstack', props);
  return templateOf(stack).json;
}

describe('CloudProvider', () => {
  test('asks for every version that is known to fit, not for that of the bindings', () => {
    expect(providerOf({}).terraform.required_providers.openstack).toEqual({
      source: 'terraform-provider-openstack/openstack',
      version: '>= 1.54.1, < 4.0.0',
    });
  });

  test('names an entry of clouds.yaml and a region, and nothing secret', () => {
    expect(providerOf({ cloud: 'mycloud', region: 'RegionOne' }).provider).toEqual({
      openstack: [{ cloud: 'mycloud', region: 'RegionOne' }],
    });
  });

  test("leaves all to the shell's variables where no cloud is named", () => {
    expect(providerOf({}).provider).toEqual({ openstack: [{}] });
  });
});
