import { parse } from 'yaml';
import { renderCloudsYaml } from '../../sandbox/clouds-yaml';
import { configFiles } from '../../sandbox/config';
import type { ConfigContext } from '../../sandbox/config/context';
import { renderIni } from '../../sandbox/config/ini';
import { DNS_POOLS_TASK, DNS_SCHEMA, dnsServices } from '../../sandbox/dns-services';
import { schemaTasks } from '../../sandbox/schemas';
import { apiServices, baseServices, secondNode, secondNodeServices, workers } from '../../sandbox/services';
import { sandboxSettings } from '../../sandbox/settings';

const NAMES = ['admin', 'sandbox', 'glance', 'placement', 'nova', 'neutron', 'database', 'rabbitmq', 'metadata'];
const DNS_NAMES = ['designate', 'rndc', 'tsig'];
const passwords = Object.fromEntries([
  ...[...NAMES, ...DNS_NAMES].map((name) => [name, `secret-of-${name}`]),
  ['libvirtUuid', 'a-uuid'],
]);
const { net } = sandboxSettings({ FIRESTEEL_SANDBOX_NET: '172.24.9.0/24' });
const context = { net, passwords, nameservers: ['192.0.2.53'], extras: [] } as unknown as ConfigContext;
const files = configFiles(context);
const withDns = configFiles({ ...context, extras: ['dns'] });

/** Sections and values of an oslo.config file. */
function ini(name: string, among = files): Record<string, Record<string, string>> {
  const sections: Record<string, Record<string, string>> = {};
  let current = '';
  for (const line of among[name].split('\n')) {
    const section = /^\[(.*)\]$/.exec(line)?.[1];
    if (section) {
      current = section;
      sections[current] = {};
    } else if (line.includes(' ='))
      sections[current][line.split(' =')[0]] = line.split(' =').slice(1).join(' =').trim();
  }
  return sections;
}

describe('configuration of the control plane', () => {
  test('no password of one user is another’s, and all of them are used', () => {
    const all = Object.values(files).join('\n');
    for (const name of NAMES.filter((one) => !['admin', 'sandbox'].includes(one)))
      expect(all).toContain(`secret-of-${name}`);
    expect(ini('neutron/neutron.conf').nova.password).toBe('secret-of-nova');
    expect(ini('neutron/neutron.conf').keystone_authtoken.password).toBe('secret-of-neutron');
    expect(ini('neutron/metadata_agent.ini').DEFAULT.metadata_proxy_shared_secret).toBe(
      ini('nova/nova.conf').neutron.metadata_proxy_shared_secret,
    );
  });

  test('nova runs containers with real quotas, and nova-compute has no data base', () => {
    const nova = ini('nova/nova.conf');
    expect(nova.libvirt).toMatchObject({ virt_type: 'lxc', images_type: 'raw', snapshot_image_format: 'qcow2' });
    expect(nova.quota.driver).toBeUndefined();
    expect(Number(nova.quota.instances)).toBeGreaterThan(100);
    expect(nova.database).toBeUndefined();
    expect(nova.api_database).toBeUndefined();
    expect(Object.keys(ini('nova/databases.conf'))).toEqual(['api_database', 'database']);
  });

  test('neutron’s quotas are numbers that a pre-flight can compare with', () => {
    const quotas = Object.values(ini('neutron/neutron.conf').quotas).map(Number);
    expect(quotas).toHaveLength(7);
    expect(Math.min(...quotas)).toBeGreaterThanOrEqual(100);
  });

  test('APIs listen on the sandbox’s own address only; nobody but the nodes reaches messages, cache and data', () => {
    for (const [name, text] of Object.entries(withDns))
      expect([name, text]).not.toEqual([name, expect.stringContaining('0.0.0.0')]);
    expect(ini('nova/nova.conf').DEFAULT.osapi_compute_listen).toBe('172.24.9.2');
    expect(files['rabbitmq/rabbitmq.conf']).toContain('listeners.tcp.default = 169.254.64.1:5672');
    expect(files['mysql/mariadb.conf.d/99-firesteel.cnf']).toContain('bind-address = 127.0.0.1');
  });

  test('the host’s DNS servers are what guests get where a subnet names none', () => {
    expect(ini('neutron/dhcp_agent.ini').DEFAULT.dnsmasq_dns_servers).toBe('192.0.2.53');
    expect(files['resolv.conf']).toBe('nameserver 192.0.2.53\n');
  });

  test('an empty value is written, for oslo to unset a default', () => {
    expect(renderIni({ DEFAULT: { log_dir: '', workers: 1, debug: false } })).toBe(
      '[DEFAULT]\nlog_dir =\nworkers = 1\ndebug = false\n',
    );
  });
});

describe('DNS besides', () => {
  test('is in no file of a sandbox without it, and changes none of the others but the list of data bases', () => {
    expect(Object.values(files).join('\n')).not.toContain('designate');
    const { 'mysql/firesteel.sql': _, ...plain } = files;
    const { 'mysql/firesteel.sql': sql, ...others } = withDns;
    expect(others).toMatchObject(plain);
    expect(sql).toContain('CREATE DATABASE IF NOT EXISTS designate;');
  });

  test('has a pool for public zones and one for private ones, each with a view of BIND at an address of its own', () => {
    const pools = JSON.parse(withDns['designate/pools.yaml']) as {
      attributes: object;
      targets: { options: object }[];
    }[];
    expect(pools.map(({ attributes, targets: [target] }) => [attributes, target.options])).toEqual([
      [{ view: 'public' }, expect.objectContaining({ host: '172.24.9.2', view: 'public' })],
      [{ view: 'private' }, expect.objectContaining({ host: '172.24.9.3', view: 'private' })],
    ]);
    const named = withDns['bind/named.conf'];
    expect(named).toContain('view "private" {\n  match-destinations { 172.24.9.3; };');
    expect(named).toContain('recursion no;');
    expect(ini('designate/designate.conf', withDns)['service:central'].scheduler_filters).toMatch(/^attribute,/);
  });

  test('keys are of this sandbox, in base64', () => {
    const secret = (name: string) => Buffer.from(`secret-of-${name}`).toString('base64');
    expect(withDns['bind/rndc.key']).toContain(`secret "${secret('rndc')}";`);
    expect(withDns['bind/named.conf']).toContain(`secret "${secret('tsig')}";`);
    expect(ini('designate/designate.conf', withDns).keystone_authtoken.password).toBe('secret-of-designate');
  });
});

describe('services', () => {
  const resolvers = { nameservers: ['172.24.9.1'], forwarder: { listen: '172.24.9.1', servers: ['127.0.0.53'] } };
  const services = [
    ...baseServices(resolvers),
    ...Object.values(apiServices(net)),
    ...workers(),
    secondNode(),
    ...secondNodeServices(7),
    ...dnsServices(net),
  ];

  test('each has a name of its own', () => {
    const names = services.map((service) => service.name);
    expect(new Set(names).size).toBe(names.length);
  });

  test('no password is on a command line', () => {
    const programs = [...services, ...Object.values(schemaTasks(context)), DNS_SCHEMA, DNS_POOLS_TASK];
    for (const { name, argv } of programs)
      expect([name, argv.join(' ')]).not.toEqual([name, expect.stringContaining('secret-of')]);
  });

  test('a forwarder runs only where guests can’t ask the host’s own servers', () => {
    const named = (list: typeof services) => list.find((service) => service.name === 'dns-forwarder');
    expect(named(services)?.argv).toEqual(
      expect.arrayContaining(['--listen-address=172.24.9.1', '--server=127.0.0.53']),
    );
    expect(named(baseServices({ nameservers: ['192.0.2.53'] }))).toBeUndefined();
  });
});

test('clouds.yaml has the two clouds, with their own passwords', () => {
  const { clouds } = parse(renderCloudsYaml(context));
  expect(clouds.sandbox).toEqual({
    auth: {
      auth_url: 'http://172.24.9.2:5000/v3',
      username: 'sandbox',
      password: 'secret-of-sandbox',
      project_name: 'sandbox',
      user_domain_name: 'Default',
      project_domain_name: 'Default',
    },
    region_name: 'RegionOne',
    identity_api_version: 3,
  });
  expect(clouds.admin.auth).toMatchObject({ username: 'admin', password: 'secret-of-admin', project_name: 'admin' });
});
