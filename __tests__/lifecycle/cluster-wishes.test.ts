import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ClusterProject, type Settings } from '../../lifecycle/cluster-project';
import { type ClusterWishes, settleCluster } from '../../lifecycle/cluster-wishes';
import { loadEnvironment } from '../../plan/load-environments';
import { FakeCloud } from '../cloud/_fake-cloud';

const NETWORKS = [
  { id: 'n0', name: 'public', 'router:external': true },
  { id: 'n1', name: 'lab' },
  { id: 'n2', name: 'twin' },
  { id: 'n3', name: 'twin' },
  { id: 'n4', name: 'wide' },
];
const subnet = (id: string, name: string, network: string) => ({
  ...{ id, name, network_id: network, cidr: '10.0.0.0/24', ip_version: 4, gateway_ip: '10.0.0.1' },
});
const SUBNETS = [subnet('s1', 'lab-4', 'n1'), subnet('s4', 'a', 'n4'), subnet('s5', 'b', 'n4')];
const PORT = {
  ...{ id: 'p1', name: '', status: 'ACTIVE', network_id: 'n1', mac_address: 'fa:16:3e:00:00:01' },
  ...{ device_id: 'r1', device_owner: 'network:router_interface' },
};

let home: string;
let fake: FakeCloud;
let project: ClusterProject;
const warnings: string[] = [];

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'firesteel-wishes-'));
  project = ClusterProject.named('demo', { HOME: home });
  warnings.length = 0;
  fake = await FakeCloud.start();
  fake.on('GET', '/network/v2.0/networks', { body: { networks: NETWORKS } });
  fake.on('GET', '/network/v2.0/subnets', ({ query }) => ({
    body: { subnets: SUBNETS.filter(({ network_id }) => network_id === query.get('network_id')) },
  }));
  fake.on('GET', '/network/v2.0/ports', ({ query }) => ({
    body: { ports: query.get('network_id') === 'n1' ? [PORT] : [] },
  }));
  fake.on('GET', '/network/v2.0/routers', {
    body: { routers: [{ id: 'r1', name: 'way', external_gateway_info: { network_id: 'n0' } }] },
  });
});
afterEach(async () => {
  await fake.stop();
  rmSync(home, { recursive: true });
});

const NEW: ClusterWishes = { slaves: 2, flavor: 'm1.small', image: 'debian-12', network: 'lab', key: 'ada' };

function settle(wishes: ClusterWishes) {
  const env = {
    ...{ OS_AUTH_URL: `${fake.url}/v3`, OS_USERNAME: 'ada', OS_PASSWORD: 'correct-horse', OS_PROJECT_NAME: 'lab' },
    ...{ OS_USER_DOMAIN_NAME: 'Default', OS_PROJECT_DOMAIN_NAME: 'Default', HOME: home },
  };
  return settleCluster(project, wishes, {
    credentials: { env, cwd: home, home },
    onProgress: ({ state, text }) => state === 'warn' && warnings.push(text ?? ''),
  });
}

/** Written, as the start of a cluster does. */
async function write(wishes: ClusterWishes): Promise<void> {
  const settled = await settle(wishes);
  project.open();
  project.write(settled);
}

const wanted = (settings: Settings, ...path: readonly string[]) =>
  settings.find(([at]) => at.join('.') === path.join('.'))?.[1];

test('a new cluster is what is said, with what only the cloud knows, and may be reached from here only', async () => {
  await write(NEW);

  const common = loadEnvironment(project.dir, 'demo-common');
  expect(common.plan).toMatchObject({
    network: { kind: 'existing', network: 'lab', subnet: 'lab-4', external: 'public' },
    keyPair: { kind: 'existing', name: 'ada' },
    access: ['127.0.0.1/32'],
  });
  expect(loadEnvironment(project.dir, 'demo')).toMatchObject({
    plan: {
      common: 'demo-common',
      groups: [
        { name: 'master', flavor: 'm1.small', image: 'debian-12', floatingIps: 'new' },
        { name: 'worker', flavor: 'm1.small', numbers: [0, 1], floatingIps: 'none' },
      ],
    },
  });
});

test('refuses a new cluster of which too little is said, with all that is missing', async () => {
  await expect(settle({ flavor: 'm1.small' })).rejects.toThrow(
    'there is no cluster "demo" yet; to make it, say also --slaves, --image, --network, --key',
  );
});

test('what is not said of one that is there stays, and asks no cloud', async () => {
  await write({ ...NEW, slaveFlavor: 'm1.large', masterIps: ['203.0.113.9'], securityGroups: ['web'] });
  fake.seen.length = 0;

  await write({ slaves: 5, flavor: 'm1.tiny' });

  expect(fake.seen).toEqual([]);
  expect(project.said('cluster', 'workers')).toEqual({ flavor: 'm1.large', count: 5 });
  expect(project.said('cluster', 'master')).toEqual({ flavor: 'm1.tiny', count: 1, floatingIp: ['203.0.113.9'] });
  expect(project.said('cluster', 'securityGroups')).toEqual(['web']);
  expect(project.said('common', 'access')).toEqual(['127.0.0.1/32']);
});

test('slaves follow the flavor of all, until they have been given one of their own', async () => {
  await write(NEW);
  expect(wanted((await settle({ flavor: 'm1.tiny' })).cluster, 'workers', 'flavor')).toBe('m1.tiny');
});

test('several masters get an address each, and a ZooKeeper beside them', async () => {
  await write({ ...NEW, masters: 3, masterIps: ['none'] });

  expect(project.said('cluster', 'master', 'floatingIp')).toEqual(['none', 'new', 'new']);
  expect(project.said('cluster', 'zookeeper')).toEqual({ onMasters: true });
  expect(loadEnvironment(project.dir, 'demo').kind).toBe('cluster');
});

test('another key takes the file of the former one with it', async () => {
  await write({ ...NEW, privateKeyFile: '/keys/ada' });
  await write({ key: 'bob' });

  expect(project.said('common', 'ssh')).toEqual({ keyPair: 'bob' });
});

test.each<[string, Partial<ClusterWishes>, string]>([
  ['a network that is not there', { network: 'lap' }, 'there is no network "lap" (the nearest is "lab")'],
  ['a name that several networks have', { network: 'n2' }, 'which 2 networks have (n2, n3)'],
  [
    'a subnet that has to be chosen',
    { network: 'wide' },
    'several IPv4 subnets: choose with --subnet one of a (10.0.0.0/24), b',
  ],
  ['a subnet that is not there', { subnet: 'c' }, 'has no IPv4 subnet "c": there are lab-4'],
  ['an external network that is none', { external: 'twin' }, "can't be found by its name"],
  [
    'an external network that is an inner one',
    { external: 'wide' },
    'is no external one, which floating IPs come from: there are public',
  ],
  ['more addresses than masters', { masterIps: ['new', 'new'] }, '--master-ips has 2 addresses for 1 master'],
  [
    'more addresses than slaves',
    { slaveIps: ['10.0.0.5', '10.0.0.6', '10.0.0.7'] },
    '--slave-ips has 3 addresses for 2 slaves',
  ],
])('refuses %s', async (_what, wishes, message) => {
  await expect(settle({ ...NEW, ...wishes })).rejects.toThrow(message);
  expect(project.exists).toBe(false);
});

test('a network and its subnet may be named by their ids', async () => {
  const { common } = await settle({ ...NEW, network: 'n4', subnet: 's5' });

  expect(wanted(common, 'network', 'existing')).toBe('wide');
  expect(wanted(common, 'network', 'subnet')).toBe('b');
  // No router of ours leads there: the one external network there is.
  expect(wanted(common, 'network', 'external')).toBe('public');
});

test('refuses new floating IPs where no external network is known, and takes none', async () => {
  fake.on('GET', '/network/v2.0/networks', { body: { networks: NETWORKS.slice(1) } });

  await expect(settle({ ...NEW, network: 'wide', subnet: 'a' })).rejects.toThrow('name it with --external');
  const { common } = await settle({ ...NEW, network: 'wide', subnet: 'a', masterIps: ['none'] });
  expect(wanted(common, 'network', 'external')).toBeUndefined();
});

test('refuses to move to another cloud', async () => {
  await write(NEW);

  await expect(settle({ cloud: 'other' })).rejects.toThrow(
    'cluster "demo" is in the cloud of the shell, and can\'t be moved to "other"',
  );
});
