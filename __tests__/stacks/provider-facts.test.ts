import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { misfits, PROVIDER_FACTS } from './_facts';

const TESTS = join(__dirname, '..');

/** Everything that the snapshots of stacks and examples hold, by the snapshot's name. */
function snapshots(): [name: string, json: Record<string, Record<string, object>>][] {
  return ['stacks', 'examples'].flatMap((room) => {
    const dir = join(TESTS, room, '__snapshots__');
    const files = readdirSync(dir).filter((file) => file.endsWith('.snap'));
    return files.flatMap((file) =>
      Object.entries(require(join(dir, file)) as Record<string, string>).map(
        ([name, text]): [string, Record<string, Record<string, object>>] => [name, JSON.parse(text)],
      ),
    );
  });
}

describe.each(PROVIDER_FACTS)('provider $provider', (facts) => {
  test.each(snapshots())('takes "%s"', (_name, json) => expect(misfits(json, facts)).toEqual([]));
});

test('no snapshot has what one version of the provider has not', () => {
  const types = new Set(snapshots().flatMap(([, json]) => Object.keys({ ...json.resource, ...json.data })));
  expect(types.size).toBeGreaterThan(10);
  const removed = PROVIDER_FACTS.flatMap(({ only_here }) => only_here.resources);
  expect(removed).toContain('openstack_compute_floatingip_associate_v2');
  expect(removed.filter((type) => types.has(type))).toEqual([]);
});

describe('misfits', () => {
  const [facts] = PROVIDER_FACTS as [(typeof PROVIDER_FACTS)[number]];
  const port = { network_id: 'n', fixed_ip: [{ subnet_id: 's' }], lifecycle: {} };
  const found = (body: object, type = 'openstack_networking_port_v2') =>
    misfits({ resource: { [type]: { x: body } } }, facts);

  test('finds none in what fits', () => expect(found(port)).toEqual([]));

  test.each<[string, object, string]>([
    ['an attribute that is not there', { ...port, hue: 'red' }, 'port_v2.hue: not there'],
    ['an attribute that is only read', { ...port, all_fixed_ips: [] }, 'port_v2.all_fixed_ips: computed'],
    ['an attribute of a block', { ...port, fixed_ip: [{ subnet_id: 's', hue: 1 }] }, 'port_v2.fixed_ip.hue: not there'],
    ['what is missing', { fixed_ip: [{}] }, 'port_v2.network_id: required'],
    ['what is missing in a block', { ...port, fixed_ip: [{}] }, 'port_v2.fixed_ip.subnet_id: required'],
  ])('finds %s', (_what, body, misfit) => {
    expect(found(body)).toContain(`resource openstack_networking_${misfit}`);
  });

  test('finds a type that is not there, and what a provider does not take', () => {
    expect(found({}, 'openstack_compute_floatingip_v9')).toEqual([
      'resource openstack_compute_floatingip_v9: not there',
    ]);
    expect(misfits({ provider: { openstack: [{ password_file: 'x' }] } }, facts)).toEqual([
      'provider.password_file: not there',
    ]);
  });
});
