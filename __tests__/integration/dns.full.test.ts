/** Names in the cloud's DNS and in a cluster's own, as BIND and dnsmasq answer for them: on a sandbox of its own, with Designate. */
import { Resolver } from 'node:dns/promises';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { OpenStack, resolveCredentials } from '../../cloud';
import { sandboxSettings } from '../../sandbox';
import { hostResolvers } from '../../sandbox/resolvers';
import { Nodes } from './_nodes';
import { Project } from './_project';
import { start } from './_run';

const MINUTES = 60_000;
const FIRESTEEL = resolve(__dirname, '..', '..', 'bin', 'firesteel.js');

/** One name for two addresses: for the world, and inside. */
const PLAN = `kind: cluster
cloud: sandbox
common: namescommon
image: debian-12
dns:
  public: iot.example
  private: { zone: iot.example, attributes: { view: private } }
  ttl: 60
groups:
  names:
    flavor: m1.tiny
    roles: [dnsmasq]
    floatingIp: true
    fqdn: { public: "ns-{n}.iot.example", private: "ns-{n}.iot.example" }
  app: { flavor: m1.tiny }
`;

jest.setTimeout(12 * MINUTES);

let folder: string;
let env: NodeJS.ProcessEnv;
let project: Project;
let nodes: Nodes;

const sandbox = (...args: readonly string[]) => start(process.execPath, [FIRESTEEL, 'sandbox', ...args], { env });
const net = () => sandboxSettings(env).net;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'firesteel-dns-'));
  const own = { FIRESTEEL_SANDBOX_DIR: join(folder, 'sandbox'), FIRESTEEL_SANDBOX_NET: '172.24.13.0/24' };
  env = { ...process.env, ...own };
  await sandbox('up', '--with', 'dns').succeeded();
  project = await Project.create({ environments: { namescommon: common(), names: PLAN }, env: own });
  await project.start('up', 'names').succeeded();
  nodes = await Nodes.of(project, 'names', 'names-0');
}, 20 * MINUTES);

afterAll(async () => {
  await sandbox('destroy').ended;
  project?.remove();
  rmSync(folder, { recursive: true, force: true });
}, 3 * MINUTES);

function common(): string {
  const { host } = net();
  const nameservers = hostResolvers(host).nameservers.join(', ');
  return `kind: common
cloud: sandbox
ssh: { publicKey: ./key.pub }
access: [${host}/32]
network: { external: public, cidr: 10.91.0.0/24, nameservers: [${nameservers}] }
`;
}

/** What a name server says of a name: its addresses, or the code of its refusal. */
async function asked(server: string, name: string): Promise<readonly string[] | string> {
  const resolver = new Resolver({ timeout: 2000, tries: 3 });
  resolver.setServers([server]);
  return resolver.resolve4(name).catch((error: NodeJS.ErrnoException) => error.code ?? String(error));
}

test('a name is the floating IP to the world, and the fixed address inside', async () => {
  const { dns } = net();
  const { address, floatingIp } = nodes.find('names-0');
  expect(await asked(dns.public, 'ns-0.iot.example')).toEqual([floatingIp]);
  expect(await asked(dns.private, 'ns-0.iot.example')).toEqual([address]);
});

test('a node without a floating IP has a name inside alone', async () => {
  const { dns } = net();
  expect(await asked(dns.private, 'names-app-0.iot.example')).toEqual([nodes.find('app-0').address]);
  expect(await asked(dns.public, 'names-app-0.iot.example')).toBe('ENOTFOUND');
});

test('a second run changes nothing, neither in the cloud nor on the nodes', async () => {
  const { text } = await project.start('plan', 'names', '--to', 'update').succeeded();
  expect(text).toMatch(/no changes|nothing/i);
});

test('zones and records outlive the sandbox’s services', async () => {
  await sandbox('down').succeeded();
  await sandbox('up').succeeded();
  const { address } = nodes.find('names-0');
  expect(await eventually(() => asked(net().dns.private, 'ns-0.iot.example'), [address])).toEqual([address]);
  expect((await sandbox('status').ended).status).toBe(0);
});

/** As the C library finds a name by DNS, without /etc/hosts. */
const found = (node: string, name: string) => nodes.sudo(node, `getent -s hosts:dns hosts ${name} || echo none`);

test('nodes find each other by their own DNS, without /etc/hosts', async () => {
  await project.start('configure', 'names').succeeded();
  const { address } = nodes.find('names-0');
  expect(await found('app-0', 'names-names-0')).toMatch(new RegExp(`^${address} `));
  expect(await found('app-0', 'ns-0.iot.example')).toMatch(new RegExp(`^${address} `));
});

test('and do so after DHCP has said something new, and after a reboot', async () => {
  const { address } = nodes.find('names-0');
  const first = () => nodes.sudo('app-0', 'awk \'$1 == "nameserver" { print $2; exit }\' /etc/resolv.conf');
  await nodes.sudo('app-0', 'echo nameserver 192.0.2.1 >/etc/resolv.conf; dhclient -1 eth0 2>/dev/null');
  expect(await first()).toBe(address);
  await project.start('restart', 'names', 'app-0').succeeded();
  expect(await first()).toBe(address);
  expect(await found('app-0', 'names-names-0')).toMatch(new RegExp(`^${address} `));
});

test('while it is down the cloud’s resolvers are asked, and nobody is locked out', async () => {
  const cloud = hostResolvers(net().host).nameservers;
  await nodes.sudo('names-0', 'systemctl stop dnsmasq');
  try {
    const before = Date.now();
    expect(await found('app-0', 'no-such-name.invalid')).toBe('none');
    expect(Date.now() - before).toBeLessThan(15_000);
    const servers = await nodes.sudo('app-0', 'awk \'$1 == "nameserver" { print $2 }\' /etc/resolv.conf');
    expect(servers.split('\n')).toEqual(expect.arrayContaining([...cloud]));
  } finally {
    await nodes.sudo('names-0', 'systemctl start dnsmasq');
  }
});

test('down removes the records and the zones', async () => {
  await project.destroy('names', 'namescommon');
  const { dns } = net();
  // BIND refuses what is in no zone of its own.
  for (const server of [dns.public, dns.private])
    expect(await eventually(() => asked(server, 'ns-0.iot.example'), 'EREFUSED')).toBe('EREFUSED');
  const furtherFiles = [sandboxSettings(env).clouds];
  const cloud = await OpenStack.connect(await resolveCredentials({ env: {}, cloud: 'sandbox', furtherFiles }));
  expect(await cloud.dns!.zones().finally(() => cloud.close())).toEqual([]);
});

/** Asks until the answer is the wanted one, or half a minute is over. */
async function eventually<T>(ask: () => Promise<T>, wanted: T): Promise<T> {
  for (let tries = 0; ; tries += 1) {
    const answer = await ask();
    if (tries === 30 || JSON.stringify(answer) === JSON.stringify(wanted)) return answer;
    await sleep(1000);
  }
}
