import { OpenStack } from '../../cloud/openstack';
import { type PreflightRequest, preflight } from '../../cloud/preflight';
import { FakeCloud } from './_fake-cloud';

jest.setTimeout(30_000); // several logins, and the machine may be busy

let fake: FakeCloud;

const zone = (id: string, name: string, attributes = {}) => ({ id, name, status: 'ACTIVE', attributes });
const ZONES = [
  zone('z1', 'iot.example.'),
  zone('z2', 'two.example.', { view: 'public' }),
  zone('z3', 'two.example.', { view: 'private' }),
];

beforeEach(async () => {
  fake = await FakeCloud.start();
  fake.on('GET', '/compute/v2.1/flavors/detail', { body: { flavors: [] } });
  fake.on('GET', '/image/v2/images', { body: { images: [] } });
  fake.on('GET', '/network/v2.0/networks', { body: { networks: [] } });
});

afterEach(() => fake.stop());

type Zone = NonNullable<PreflightRequest['dns']>['zones'][number];

function withDns(zones: readonly object[] = ZONES, quota: object = { zones: 4, zone_recordsets: 5 }): void {
  fake.services.push('dns');
  fake.on('GET', '/dns/v2/zones', { body: { zones } });
  fake.on('GET', '/dns/v2/quotas/project-1', { body: quota });
}

async function problems(asked: Partial<Zone> & Pick<Zone, 'name'>, needs: PreflightRequest['needs'] = {}) {
  const cloud = await OpenStack.connect(fake.credentials());
  const zones = [{ attributes: {}, state: 'new' as const, records: 1, ...asked }];
  const report = await preflight(cloud, { servers: [], dns: { zones }, needs }).finally(() => cloud.close());
  return report.problems.map(({ kind, message }) => `${kind}: ${message}`);
}

test('fails where the cloud has no DNS, and says what is there without', async () => {
  expect(await problems({ name: 'iot.example.' })).toEqual([
    expect.stringMatching(/^unusable: the cloud has no DNS service \(Designate\): leave "dns:" out; .*dnsmasq/),
  ]);
});

test('a zone that is new, one that is made, and one that the project has are all well', async () => {
  withDns();
  expect(await problems({ name: 'new.example.' })).toEqual([]);
  expect(await problems({ name: 'iot.example.', state: 'made' })).toEqual([]);
  expect(await problems({ name: 'iot.example.', state: 'existing' })).toEqual([]);
  expect(await problems({ name: 'two.example.', state: 'existing', id: 'z3' })).toEqual([]);
});

test('a new one may be called as another is that has other name servers', async () => {
  withDns();
  expect(await problems({ name: 'iot.example.', attributes: { view: 'private' } })).toEqual([]);
  expect(await problems({ name: 'two.example.', attributes: { view: 'private' } })).toHaveLength(1);
});

test('fails for a new one that is there, one that is not, and one that may be either of two', async () => {
  withDns();
  expect(await problems({ name: 'iot.example.' })).toEqual([
    expect.stringContaining('taken: the project has a zone "iot.example." already, and the state of this cluster'),
  ]);
  expect(await problems({ name: 'iots.example.', state: 'existing' })).toEqual([
    expect.stringContaining('unknown: the project has no zone "iots.example.". Did you mean "iot.example."?'),
  ]);
  expect(await problems({ name: 'two.example.', state: 'existing' })).toEqual([
    expect.stringContaining(
      'ambiguous: the project has 2 zones "two.example.": say the id of one as "existing": z2, z3',
    ),
  ]);
});

test('fails for more zones or records than the quota allows', async () => {
  withDns();
  expect(await problems({ name: 'new.example.', records: 4 }, { dnsZones: 2 })).toEqual([
    expect.stringContaining('quota: the zone new.example. would have 6 record sets, and the quota is 5 a zone'),
    expect.stringContaining('quota: quota of DNS zones: 2 needed, 1 free (3 of 4 used)'),
  ]);
});

test('a cloud that hides its quota is not stopped at', async () => {
  withDns();
  fake.on('GET', '/dns/v2/quotas/project-1', { status: 403, body: { message: 'policy' } });
  expect(await problems({ name: 'new.example.', records: 4000 }, { dnsZones: 1 })).toEqual([]);
});
