import { OpenStack } from '../../cloud/openstack';
import { type PreflightRequest, preflight } from '../../cloud/preflight';
import { FakeCloud } from './_fake-cloud';

let fake: FakeCloud;
let cloud: OpenStack;

const subnet = {
  id: 's1',
  name: 'lan-4',
  network_id: 'n1',
  cidr: '10.77.0.0/24',
  ip_version: 4,
  gateway_ip: '10.77.0.1',
};
const port = (id: string, name: string, address: string) => ({
  id,
  name,
  status: 'ACTIVE',
  network_id: 'n1',
  mac_address: 'fa:16:3e:00:00:01',
  fixed_ips: [{ ip_address: address, subnet_id: 's1' }],
});
const floatingIp = (address: string, portId?: string, fixed?: string) => ({
  id: address,
  floating_ip_address: address,
  floating_network_id: 'n0',
  port_id: portId ?? null,
  fixed_ip_address: fixed ?? null,
});

beforeEach(async () => {
  fake = await FakeCloud.start();
  fake.on('GET', '/compute/v2.1/flavors/detail', { body: { flavors: [] } });
  fake.on('GET', '/image/v2/images', { body: { images: [] } });
  fake.on('GET', '/network/v2.0/networks', { body: { networks: [] } });
  fake.on('GET', '/network/v2.0/subnets', ({ query }) => ({
    body: { subnets: query.get('name') === 'lan-4' ? [subnet] : [] },
  }));
  fake.on('GET', '/network/v2.0/ports', {
    body: { ports: [port('p1', 'dev-worker-0', '10.77.0.21'), port('p2', 'db', '10.77.0.22')] },
  });
  fake.on('GET', '/network/v2.0/floatingips', {
    body: {
      floatingips: [
        floatingIp('203.0.113.10'),
        floatingIp('203.0.113.11', 'p1', '10.77.0.21'),
        floatingIp('203.0.113.12', 'p2', '10.77.0.22'),
      ],
    },
  });
  fake.on('GET', '/network/v2.0/security-groups', {
    body: {
      security_groups: [
        { id: 'g1', name: 'web' },
        { id: 'g2', name: 'twice' },
        { id: 'g3', name: 'twice' },
      ],
    },
  });
  cloud = await OpenStack.connect(fake.credentials(), { firstPauseSeconds: 0.01, retries: 1 });
});

afterEach(async () => {
  await cloud.close();
  await fake.stop();
});

async function problems(request: Partial<PreflightRequest>): Promise<string[]> {
  const { problems: found } = await preflight(cloud, { servers: [], ...request });
  return found.map(({ kind, subject, name, message }) => `${kind} ${subject} ${name}: ${message}`);
}

const ownPorts = new Set(['p1']);

test('a floating IP that is free or leads to a node of ours, an address that is free or ours, a group that exists', async () => {
  const fixed = { subnet: 'lan-4', addresses: { 'dev-worker-0': '10.77.0.21', 'dev-worker-1': '10.77.0.23' } };
  const addresses = { floatingIps: ['203.0.113.10', '203.0.113.11'], fixed, ownPorts };
  expect(await problems({ addresses, securityGroups: ['web'] })).toEqual([]);
});

test('refuses floating IPs that the project has not, or others use, and says which are free', async () => {
  expect(await problems({ addresses: { floatingIps: ['203.0.113.12', '203.0.113.99'], ownPorts } })).toEqual([
    'taken floating IP 203.0.113.12: floating IP 203.0.113.12 leads to 10.77.0.22, which is not of this cluster: take it away there first; free are 203.0.113.10',
    'unknown floating IP 203.0.113.99: the project has no floating IP 203.0.113.99; free are 203.0.113.10',
  ]);
});

test('refuses fixed addresses that the subnet has not, has for itself, or has given away', async () => {
  const fixed = { subnet: 'lan-4', addresses: { a: '10.78.0.21', b: '10.77.0.1', c: '10.77.0.22', d: '10.77.0.21' } };
  expect(await problems({ addresses: { fixed, ownPorts } })).toEqual([
    'unusable address 10.78.0.21: 10.78.0.21 is outside of subnet "lan-4" (10.77.0.0/24)',
    'unusable address 10.77.0.1: 10.77.0.1 is the gateway of subnet "lan-4" (10.77.0.0/24)',
    'taken address 10.77.0.22: 10.77.0.22 of subnet "lan-4" (10.77.0.0/24) is taken by port db: give another',
    'taken address 10.77.0.21: 10.77.0.21 of subnet "lan-4" (10.77.0.0/24) is taken by port dev-worker-0: give another',
  ]);
});

test('a subnet that is still to be made is not asked for', async () => {
  const fixed = { subnet: 'firesteel-common', addresses: { a: '10.78.0.21' } };
  expect(await problems({ addresses: { fixed, ownPorts } })).toEqual([]);
});

test('refuses security groups that are not there, or there twice', async () => {
  expect(await problems({ securityGroups: ['wbe', 'twice', 'g1'] })).toEqual([
    expect.stringContaining('unknown security group wbe: there is no security group "wbe". Did you mean "web"?'),
    expect.stringContaining('ambiguous security group twice: there are 2 of the name "twice"'),
    expect.stringContaining('"g1" is an id (security group): write its name, "web"'),
  ]);
});
