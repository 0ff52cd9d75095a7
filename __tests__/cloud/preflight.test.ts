import { OpenStack } from '../../cloud/openstack';
import { type PreflightRequest, preflight } from '../../cloud/preflight';
import { formatQuotaTable, type QuotaRow } from '../../cloud/quota';
import { FakeCloud } from './_fake-cloud';

let fake: FakeCloud;
let cloud: OpenStack;

const flavor = (name: string, ram: number, disk: number, over = {}) => ({
  id: `id-${name}`,
  name,
  vcpus: 2,
  ram,
  disk,
  ...over,
});
const image = (id: string, name: string, over = {}) => ({
  id,
  name,
  status: 'active',
  visibility: 'public',
  min_disk: 0,
  min_ram: 0,
  created_at: '2026-01-01T00:00:00Z',
  ...over,
});
const quotaOf = (used: number, limit: number) => ({ used, limit, reserved: 0 });

const REQUEST: PreflightRequest = {
  servers: [
    { flavor: 'm1.small', image: 'Debian 12', count: 1 },
    { flavor: 'm1.large', image: 'Debian 12', count: 3 },
  ],
  networks: ['private'],
  subnets: ['private-4'],
  externalNetwork: 'public',
  keyPair: 'me',
  needs: { ports: 4, floatingIps: 1, securityGroups: 3 },
};

beforeEach(async () => {
  fake = await FakeCloud.start();
  fake.on('GET', '/compute/v2.1/flavors/detail', {
    body: {
      flavors: [
        flavor('m1.small', 1024, 5),
        flavor('m1.large', 4096, 20),
        flavor('x1', 4096, 20, { 'OS-FLV-DISABLED:disabled': true }),
      ],
    },
  });
  fake.on('GET', '/image/v2/images', {
    body: {
      images: [
        image('i1', 'Debian 12'),
        image('i2', 'Ubuntu', { min_disk: 10, min_ram: 2048 }),
        image('i3', 'Twice'),
        image('i4', 'Twice'),
        image('i5', 'Half', { status: 'saving' }),
      ],
    },
  });
  fake.on('GET', '/network/v2.0/networks', {
    body: {
      networks: [
        { id: 'n1', name: 'public', 'router:external': true },
        { id: 'n2', name: 'private' },
      ],
    },
  });
  const subnet = { network_id: 'n2', cidr: '10.0.0.0/24', ip_version: 4, gateway_ip: '10.0.0.1' };
  fake.on('GET', '/network/v2.0/subnets', { body: { subnets: [{ id: 's1', name: 'private-4', ...subnet }] } });
  fake.on('GET', '/compute/v2.1/os-keypairs', {
    body: { keypairs: [{ keypair: { name: 'me', fingerprint: 'aa:bb', public_key: 'ssh-ed25519 AAAA' } }] },
  });
  limits({});
  fake.on('GET', '/network/v2.0/quotas/project-1/details', {
    body: {
      quota: {
        project_id: 'project-1',
        port: quotaOf(2, 100),
        floatingip: { used: 1, limit: 5, reserved: 1 },
        security_group: quotaOf(1, -1),
      },
    },
  });
  cloud = await OpenStack.connect(fake.credentials(), { firstPauseSeconds: 0.01, retries: 1 });
});

afterEach(async () => {
  await cloud.close();
  await fake.stop();
});

function limits(over: Record<string, number>): void {
  const absolute = {
    maxTotalInstances: 10,
    totalInstancesUsed: 2,
    maxTotalCores: 20,
    totalCoresUsed: 4,
    maxTotalRAMSize: 51200,
    totalRAMUsed: 8192,
    maxTotalKeypairs: 100,
    ...over,
  };
  fake.on('GET', '/compute/v2.1/limits', { body: { limits: { rate: [], absolute } } });
}

const messages = async (over: Partial<PreflightRequest>) =>
  (await preflight(cloud, { ...REQUEST, ...over })).problems.map(({ message }) => message);

test('all is there, and there is room: no problems, and the table', async () => {
  const report = await preflight(cloud, REQUEST);
  expect(report.problems).toEqual([]);
  expect(report.ok).toBe(true);
  expect(report.flavors.get('m1.large')).toMatchObject({ vcpus: 2, ramMiB: 4096 });
  expect(report.quota).toEqual([
    { resource: 'servers', need: 4, used: 2, limit: 10, free: 8, ok: true },
    { resource: 'cores', need: 8, used: 4, limit: 20, free: 16, ok: true },
    { resource: 'memoryMiB', need: 13312, used: 8192, limit: 51200, free: 43008, ok: true },
    { resource: 'keyPairs', need: 0, used: 1, limit: 100, free: 99, ok: true },
    { resource: 'ports', need: 4, used: 2, limit: 100, free: 98, ok: true },
    { resource: 'floatingIps', need: 1, used: 2, limit: 5, free: 3, ok: true },
    { resource: 'securityGroups', need: 3, used: 1, limit: -1, free: -1, ok: true },
  ]);
});

test('refuses ids, by which no stack finds anything, and says the names', async () => {
  expect(
    await messages({
      servers: [{ flavor: 'id-m1.small', image: 'i3', count: 1 }],
      networks: ['n2'],
      externalNetwork: 'n1',
    }),
  ).toEqual([
    '"id-m1.small" is an id (flavor): write its name, "m1.small"',
    '"i3" is an id (image): write its name, "Twice"',
    '"n2" is an id (network): write its name, "private"',
    '"n1" is an id (external network): write its name, "public"',
  ]);
});

test('fails with every unknown name at once, each with what was meant and what exists', async () => {
  const found = await messages({
    servers: [{ flavor: 'm1.smal', image: 'debian 21', count: 1 }],
    networks: ['privat'],
    subnets: ['private'],
    externalNetwork: 'private',
    keyPair: 'you',
  });
  expect(found).toEqual([
    'there is no flavor "m1.smal". Did you mean "m1.small"? There are: m1.large, m1.small, x1',
    'there is no image "debian 21". Did you mean "Debian 12"? There are: Debian 12, Half, Twice, Ubuntu',
    'there is no network "privat". Did you mean "private"? There are: private, public',
    'there is no subnet "private". Did you mean "private-4"? There are: private-4',
    'there is no external network "private". There are: public',
    'there is no key pair "you". There are: me',
  ]);
});

test('fails for a name that several images have, with their ids', async () => {
  expect(await messages({ servers: [{ flavor: 'm1.large', image: 'Twice', count: 1 }] })).toEqual([
    'there are 2 of the name "Twice" (image: i3, i4); give one of them a name of its own',
  ]);
});

test('fails for a flavor that is too small for the image, an image that is not ready, a disabled flavor', async () => {
  const servers = [
    { flavor: 'm1.small', image: 'Ubuntu', count: 1 },
    { flavor: 'x1', image: 'Half', count: 2 },
  ];
  expect(await messages({ servers })).toEqual([
    'flavor "m1.small" has 1024 MiB of memory, image "Ubuntu" needs 2048 MiB',
    'flavor "m1.small" has a disk of 5 GiB, image "Ubuntu" needs 10 GiB',
    'image "Half" can\'t be booted: its status is saving',
    'flavor "x1" is disabled',
  ]);
});

test('of servers that boot from a volume, that has to be large enough, and not the flavor’s disk', async () => {
  const server = (rootGiB: number) => [{ flavor: 'x1', image: 'Ubuntu', count: 1, rootGiB }];
  const disks = async (rootGiB: number) =>
    (await messages({ servers: server(rootGiB) })).filter((message) => message.includes('disk'));
  expect(await disks(10)).toEqual([]);
  expect(await disks(9)).toEqual(['a root disk of 9 GiB is too small for image "Ubuntu": ask for at least 10 GiB']);
});

test('load balancers where there is Octavia; fails where there is none, and names the other way', async () => {
  const loadBalancers = [{ name: 'web', tag: 'webserver' }];
  const [problem] = (await preflight(cloud, { ...REQUEST, loadBalancers })).problems;
  expect(problem).toMatchObject({ kind: 'unusable', subject: 'load balancer', name: 'webserver' });
  expect(problem!.message).toBe(
    'load balancer "web": the cloud has no load balancer service (Octavia); give a group the role haproxy, and it is served by its nodes ("by: haproxy")',
  );
  fake.services.push('load-balancer');
  const withOctavia = await OpenStack.connect(fake.credentials());
  expect((await preflight(withOctavia, { ...REQUEST, loadBalancers })).problems).toEqual([]);
  await withOctavia.close();
});

test('fails for each quota that is too small, with need and free', async () => {
  limits({ maxTotalCores: 10, maxTotalRAMSize: 9000 });
  const report = await preflight(cloud, { ...REQUEST, needs: { floatingIps: 4 } });
  expect(report.ok).toBe(false);
  expect(report.problems.map(({ kind, subject }) => `${kind} ${subject}`)).toEqual([
    'quota cores',
    'quota memoryMiB',
    'quota floatingIps',
  ]);
  expect(report.problems[0].message).toContain('8 needed, 6 free (4 of 10 used)');
});

test('used beyond a lowered quota leaves nothing, and unlimited stays unlimited', async () => {
  limits({ maxTotalInstances: 1, maxTotalCores: -1 });
  const { quota } = await preflight(cloud, REQUEST);
  expect(quota.find(({ resource }) => resource === 'servers')).toMatchObject({ free: 0, ok: false });
  expect(quota.find(({ resource }) => resource === 'cores')).toMatchObject({ free: -1, ok: true });
});

test('without the details extension what is used is counted, of this project only', async () => {
  fake.handlers.delete('GET /network/v2.0/quotas/project-1/details');
  fake.on('GET', '/network/v2.0/quotas/project-1', { body: { quota: { port: 3, floatingip: 2 } } });
  fake.on('GET', '/network/v2.0/floatingips', { body: { floatingips: [] } });
  fake.on('GET', '/network/v2.0/ports', ({ query }) => {
    const port = { id: 'p1', name: '', status: 'ACTIVE', network_id: 'n2', mac_address: 'fa:16:3e:00:00:01' };
    return { body: { ports: query.get('project_id') === 'project-1' ? [port] : [port, { ...port, id: 'p2' }] } };
  });
  const { quota } = await preflight(cloud, REQUEST);
  expect(quota.find(({ resource }) => resource === 'ports')).toMatchObject({ used: 1, limit: 3, free: 2, ok: false });
});

test('volumes where there is block storage; fails where there is none and they are asked for', async () => {
  const needs = { volumes: 2, volumeGiB: 600 };
  expect(await messages({ needs })).toEqual([expect.stringContaining('the cloud has no block storage')]);
  fake.services.push('volumev3');
  const absolute = { maxTotalVolumes: 10, totalVolumesUsed: 1, maxTotalVolumeGigabytes: 1000, totalGigabytesUsed: 500 };
  fake.on('GET', '/volume/v3/project-1/limits', { body: { limits: { rate: [], absolute } } });
  const withVolumes = await OpenStack.connect(fake.credentials());
  const report = await preflight(withVolumes, { ...REQUEST, needs });
  await withVolumes.close();
  expect(report.quota.slice(-2)).toEqual([
    { resource: 'volumes', need: 2, used: 1, limit: 10, free: 9, ok: true },
    { resource: 'volumeGiB', need: 600, used: 500, limit: 1000, free: 500, ok: false },
  ]);
  expect(report.problems.map(({ subject }) => subject)).toEqual(['volumeGiB']);
});

test('a cloud that hides its quotas is noted, not stopped at', async () => {
  fake.on('GET', '/network/v2.0/quotas/project-1/details', {
    status: 403,
    body: { NeutronError: { message: 'policy' } },
  });
  const report = await preflight(cloud, REQUEST);
  expect(report.ok).toBe(true);
  expect(report.notes).toEqual([expect.stringContaining('the quota of networks could not be read')]);
});

test('the table as text, all rows or what is needed only', () => {
  const row = (resource: QuotaRow['resource'], need: number, used: number, limit: number): QuotaRow => {
    const free = limit < 0 ? -1 : limit - used;
    return { resource, need, used, limit, free, ok: free < 0 || need <= free };
  };
  const rows = [row('cores', 8, 4, 10), row('memoryMiB', 13312, 0, -1), row('routers', 0, 1, 10)];
  expect(formatQuotaTable(rows)).toBe(
    [
      'resource       need       free',
      'cores             8          6  4 of 10 used  2 too few',
      'memory (MiB)  13312  unlimited  0 used',
      'routers           0          9  1 of 10 used',
    ].join('\n'),
  );
  expect(formatQuotaTable(rows, { needed: true })).not.toContain('routers');
});
