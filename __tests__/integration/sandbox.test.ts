import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { openOutside, reset, runOutside, type SandboxEvent, sandboxSettings, status, up } from '../../sandbox';
import { ApiClient } from '../../sandbox/_api';
import { Box } from '../../sandbox/box';
import { passwords } from '../../sandbox/passwords';
import { LoneServer } from './_lone-server';

const END_SECONDS = 30;
const settings = sandboxSettings();
const login = (user: 'sandbox' | 'admin') => ApiClient.login(settings.net, user, passwords(settings.stateDir)[user]);

/** Kills a service's process with no chance to say goodbye. The kernel takes a moment to take it down. */
async function kill(name: string): Promise<void> {
  const box = Box.find(settings)!;
  const find = async () => (await box.supervisor.list()).find((program) => program.name === name)!;
  const { pid } = await find();
  execFileSync('nsenter', ['-t', String(box.pid), '-m', '-p', 'kill', '-KILL', String(pid)]);
  for (const end = Date.now() + END_SECONDS * 1000; (await find()).running; await sleep(50))
    if (Date.now() > end) throw new Error(`${name} (${pid}) still runs ${END_SECONDS} s after it was killed`);
}

test('everything runs, and a second up finds nothing to do', async () => {
  const events: SandboxEvent[] = [];
  const info = await up({ onEvent: (event) => events.push(event) });
  expect(events.filter((event) => event.kind === 'repair')).toEqual([]);
  const now = await status();
  expect(now).toMatchObject({ state: 'up', hostNetwork: [], info });
  expect(now.services.filter((service) => !service.running)).toEqual([]);
  expect(now.endpoints.map(({ name, ok }) => [name, ok])).toEqual(
    ['identity', 'image', 'placement', 'compute', 'network'].map((name) => [name, true]),
  );
});

test('the cloud has what users are promised, and its passwords are their owner’s alone', async () => {
  expect(fs.statSync(settings.clouds).mode & 0o777).toBe(0o600);
  const client = await login('sandbox');
  const { flavors } = await client.get<{ flavors: Record<string, unknown>[] }>('compute', '/flavors/detail');
  const sizes = flavors.map(({ name, vcpus, ram, disk }) => [name, vcpus, ram, disk].join(' ')).sort();
  expect(sizes).toEqual(['m1.large 4 4096 20', 'm1.medium 2 2048 10', 'm1.small 1 1024 5', 'm1.tiny 1 512 3']);
  const { images } = await client.get<{ images: Record<string, unknown>[] }>('image', '/images?name=debian-12');
  expect(images).toEqual([
    expect.objectContaining({
      status: 'active',
      visibility: 'public',
      os_distro: 'debian',
      os_version: '12',
      os_admin_user: 'debian',
    }),
  ]);
  const { networks } = await client.get<{ networks: Record<string, unknown>[] }>('network', '/networks?name=public');
  expect(networks).toEqual([expect.objectContaining({ 'router:external': true, status: 'ACTIVE' })]);
});

test('quotas are real: one that is used up refuses', async () => {
  const [admin, client] = await Promise.all([login('admin'), login('sandbox')]);
  const path = `/os-quota-sets/${client.projectId}`;
  await admin.put('compute', path, { quota_set: { key_pairs: 0 } });
  try {
    await expect(client.post('compute', '/os-keypairs', { keypair: { name: 'too-many' } })).rejects.toMatchObject({
      details: [expect.stringMatching(/quota/i)],
    });
  } finally {
    await admin.delete('compute', path);
  }
});

test('a service that died is named, and started again by up', async () => {
  await kill('neutron-metadata-agent');
  const dead = await status();
  expect(dead.state).toBe('degraded');
  expect(dead.services.filter((service) => !service.running)).toEqual([
    expect.objectContaining({ name: 'neutron-metadata-agent', problem: 'was killed (SIGKILL)' }),
  ]);
  const repairs: SandboxEvent[] = [];
  await up({ onEvent: (event) => event.kind === 'repair' && repairs.push(event) });
  expect(repairs).toEqual([
    { kind: 'repair', service: 'neutron-metadata-agent', message: 'was killed (SIGKILL); started again' },
  ]);
  expect((await status()).state).toBe('up');
});

test('what was taken off the host is put back by up', async () => {
  execFileSync('nft', ['delete', 'table', 'ip', settings.natTable]);
  expect(await status()).toMatchObject({
    state: 'degraded',
    hostNetwork: [expect.stringContaining(settings.natTable)],
  });
  await up();
  expect((await status()).state).toBe('up');
});

test('reset removes all that the project has, says what, and leaves the cloud', async () => {
  const client = await login('sandbox');
  const { network } = await client.post<{ network: { id: string } }>('network', '/networks', {
    network: { name: 'left' },
  });
  const subnet = { network_id: network.id, name: 'left', ip_version: 4, cidr: '10.77.0.0/24' };
  const made = await client.post<{ subnet: { id: string } }>('network', '/subnets', { subnet });
  const { networks } = await client.get<{ networks: { id: string }[] }>('network', '/networks?name=public');
  const router = { name: 'left', external_gateway_info: { network_id: networks[0].id } };
  const { router: there } = await client.post<{ router: { id: string } }>('network', '/routers', { router });
  await client.put('network', `/routers/${there.id}/add_router_interface`, { subnet_id: made.subnet.id });
  await client.post('network', '/ports', { port: { network_id: network.id, name: 'left' } });
  await client.post('network', '/floatingips', { floatingip: { floating_network_id: networks[0].id } });
  await client.post('network', '/security-groups', { security_group: { name: 'left' } });
  await client.post('compute', '/os-keypairs', { keypair: { name: 'left' } });
  await client.post('compute', '/os-server-groups', { server_group: { name: 'left', policy: 'soft-anti-affinity' } });

  const removed = await reset();
  const kinds = ['floating IP', 'key pair', 'network', 'port', 'router', 'security group', 'server group'];
  expect(removed.map(({ what }) => what).sort()).toEqual(kinds);
  expect(removed.filter(({ what }) => what !== 'floating IP').every(({ name }) => name === 'left')).toBe(true);
  expect(await reset()).toEqual([]);
});

describe('a server that Nova switches off and on', () => {
  const UNIT = `[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh -c 'echo started >>/var/lib/kept'
ExecStop=/bin/sh -c 'echo stopped >>/var/lib/kept'
[Install]
WantedBy=multi-user.target
`;
  let server: LoneServer;

  beforeAll(async () => {
    const client = await login('sandbox');
    server = await LoneServer.boot(client, settings.net);
    // Its DHCP server has the mounts that there are when it starts, also that of the server's disk.
    await makeServedNetwork(client);
    await server.run(`cat >/etc/systemd/system/kept.service <<'X'\n${UNIT}X\nsystemctl enable --now kept`);
  });

  afterAll(async () => {
    server?.remove();
    await reset();
  });

  async function makeServedNetwork(client: ApiClient): Promise<void> {
    type Made = { network: { id: string } };
    const { network } = await client.post<Made>('network', '/networks', { network: { name: 'beside' } });
    const subnet = { name: 'beside', network_id: network.id, ip_version: 4, cidr: '10.78.0.0/24' };
    await client.post('network', '/subnets', { subnet });
    await client.post('network', '/ports', { port: { name: 'beside', network_id: network.id } });
    const query = `/ports?network_id=${network.id}&device_owner=network:dhcp&status=ACTIVE`;
    for (const end = Date.now() + END_SECONDS * 1000; ; await sleep(300)) {
      if ((await client.get<{ ports: unknown[] }>('network', query)).ports.length > 0) return;
      if (Date.now() > end) throw new Error(`no DHCP server within ${END_SECONDS} s`);
    }
  }

  /** What its disk has of the unit's starts and stops, what runs, and its address inside. */
  async function state(): Promise<string[]> {
    await server.answers();
    const address = "ip -4 -o address show eth0 scope global | awk '{ print $4 }'";
    const lines = await server.run(`cat /var/lib/kept; systemctl is-active kept; systemctl --failed -q; ${address}`);
    return lines.split('\n');
  }

  test.each<[what: string, ends: string[], ...steps: [action: object, status: string][]]>([
    ['os-stop and os-start', ['stopped'], [{ 'os-stop': null }, 'SHUTOFF'], [{ 'os-start': null }, 'ACTIVE']],
    ['a soft reboot', ['stopped'], [{ reboot: { type: 'SOFT' } }, 'ACTIVE']],
    ['a hard reboot', [], [{ reboot: { type: 'HARD' } }, 'ACTIVE']],
  ])('is itself again after %s: disk, units, both addresses, host keys', async (_, ends, ...steps) => {
    const before = await state();
    const [active, address] = before.slice(-2);

    for (const [action, status] of steps) await server.act(action, status);

    expect(await state()).toEqual([...before.slice(0, -2), ...ends, 'started', active, address]);
    expect(active).toBe('active');
    expect(address).toMatch(/^10\.76\.0\.\d+\/24$/);
  });
});

describe('outside', () => {
  test('is an address of its own on the public network, and leaves nothing behind', async () => {
    const outside = await openOutside();
    expect(outside.address).toBe(settings.net.outsideFirst);
    const shown = await outside.run(['ip', '-4', '-o', 'addr', 'show', 'dev', 'eth0']);
    expect(shown.stdout).toContain(`${settings.net.outsideFirst}/24`);
    await outside.close();
    expect(execFileSync('ip', ['netns', 'list'], { encoding: 'utf8' })).not.toContain(settings.id);
  });

  test('reaches what the sandbox offers there', async () => {
    const probe = `exec 3<>/dev/tcp/${settings.net.api}/5000 && echo open`;
    expect(await runOutside(['bash', '-c', probe])).toMatchObject({ code: 0, stdout: 'open\n' });
  });
});
