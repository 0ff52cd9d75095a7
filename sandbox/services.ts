import { internalAddress, PORTS, SECOND_HOST_NAME } from './config/context';
import type { Resolvers } from './resolvers';
import type { SandboxNet } from './settings';
import type { ServiceSpec } from './supervisor';

const BOX = '/var/lib/firesteel/box';
const NEUTRON = ['--config-file', '/etc/neutron/neutron.conf'];
const ML2 = ['--config-file', '/etc/neutron/plugins/ml2/ml2_conf.ini'];
const LINUXBRIDGE = ['--config-file', '/etc/neutron/plugins/ml2/linuxbridge_agent.ini'];
const NOVA = ['--config-file', '/etc/nova/nova.conf'];
const NOVA_DATABASES = ['--config-file', '/etc/nova/databases.conf'];
const NOVA_COMPUTE = ['python3', `${BOX}/nova_compute_lxc.py`, ...NOVA];

/** What everything else stands on. They need nobody. */
export function baseServices(resolvers: Resolvers): ServiceSpec[] {
  const forward = resolvers.forwarder ? [forwarder(resolvers.forwarder)] : [];
  return [
    { name: 'mariadb', argv: ['mariadbd'], ready: { tcp: ['127.0.0.1', 3306] } },
    rabbitmq(),
    {
      name: 'memcached',
      argv: ['memcached', '-u', 'memcache', '-l', internalAddress(1), '-m', '64'],
      ready: { tcp: [internalAddress(1), 11211] },
    },
    { name: 'virtlogd', argv: ['virtlogd'], ready: { unix: '/run/libvirt/virtlogd-sock' } },
    { name: 'libvirtd', argv: ['libvirtd'], ready: { unix: '/run/libvirt/libvirt-sock' } },
    ...forward,
  ];
}

function rabbitmq(): ServiceSpec {
  return {
    name: 'rabbitmq',
    argv: [
      'setpriv',
      '--reuid=rabbitmq',
      '--regid=rabbitmq',
      '--clear-groups',
      '/usr/lib/rabbitmq/bin/rabbitmq-server',
    ],
    env: {
      HOME: '/var/lib/rabbitmq',
      RABBITMQ_NODENAME: 'rabbit@localhost',
      ERL_EPMD_ADDRESS: '127.0.0.1',
      // An idle Erlang must not spin: the machine's cores are the guests'.
      RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '+sbwt none +sbwtdcpu none +sbwtdio none',
    },
    ready: { tcp: [internalAddress(1), 5672] },
  };
}

// In the host's network, where the host's own resolver is; ends with the sandbox all the same.
function forwarder({ listen, servers }: NonNullable<Resolvers['forwarder']>): ServiceSpec {
  const dnsmasq = [
    'dnsmasq',
    '--keep-in-foreground',
    '--conf-file=/dev/null',
    '--no-hosts',
    '--no-resolv',
    '--bind-interfaces',
  ];
  const where = [
    `--listen-address=${listen}`,
    '--except-interface=lo',
    ...servers.map((server) => `--server=${server}`),
  ];
  return { name: 'dns-forwarder', argv: ['nsenter', '--net=/run/firesteel/host-net', ...dnsmasq, ...where] };
}

/** The APIs: need their data bases, and RabbitMQ. */
export function apiServices(
  net: SandboxNet,
): Record<'keystone' | 'placement' | 'glance' | 'nova' | 'neutron', ServiceSpec> {
  const at = (port: number) => ({ tcp: [net.api, port] as const });
  return {
    keystone: {
      name: 'keystone',
      argv: uwsgi(net, PORTS.identity, '/usr/bin/keystone-wsgi-public', 2, 2),
      ready: at(PORTS.identity),
    },
    placement: {
      name: 'placement',
      argv: uwsgi(net, PORTS.placement, '/usr/bin/placement-api', 1, 4),
      ready: at(PORTS.placement),
    },
    glance: {
      name: 'glance-api',
      argv: ['glance-api', '--config-file', '/etc/glance/glance-api.conf'],
      ready: at(PORTS.image),
    },
    nova: { name: 'nova-api', argv: ['nova-api', ...NOVA, ...NOVA_DATABASES], ready: at(PORTS.compute) },
    neutron: { name: 'neutron-server', argv: ['neutron-server', ...NEUTRON, ...ML2], ready: at(PORTS.network) },
  };
}

/** A WSGI application of Debian's as a program. */
export function uwsgi(net: SandboxNet, port: number, file: string, processes: number, threads: number): string[] {
  const counts = ['--processes', String(processes), '--threads', String(threads)];
  const flags = [
    '--master',
    '--lazy-apps',
    '--enable-threads',
    '--die-on-term',
    '--need-app',
    '--no-orphans',
    '--disable-logging',
  ];
  // Without "Connection: close" other services reuse connections that uwsgi has dropped, and get a 503.
  const http = ['--buffer-size', '65535', '--listen', '100', '--add-header', 'Connection: close'];
  return ['uwsgi_python3', ...flags, ...counts, ...http, '--http-socket', `${net.api}:${port}`, '--wsgi-file', file];
}

/** What does the work; needs the APIs, and the service users. */
export function workers(): ServiceSpec[] {
  const agent = (name: string, file: string) => ({
    name: `neutron-${name}-agent`,
    argv: [`neutron-${name}-agent`, ...NEUTRON, '--config-file', `/etc/neutron/${file}`],
  });
  return [
    { name: 'nova-conductor', argv: ['nova-conductor', ...NOVA, ...NOVA_DATABASES] },
    { name: 'nova-scheduler', argv: ['nova-scheduler', ...NOVA, ...NOVA_DATABASES] },
    agent('linuxbridge', 'plugins/ml2/linuxbridge_agent.ini'),
    agent('l3', 'l3_agent.ini'),
    agent('dhcp', 'dhcp_agent.ini'),
    agent('metadata', 'metadata_agent.ini'),
    { name: 'nova-compute', argv: [...NOVA_COMPUTE] },
  ];
}

/** The process that is the second node; {@link secondNodeServices} live in its namespaces. */
export function secondNode(): ServiceSpec {
  const own = ['unshare', '--mount', '--net', '--uts', '--pid', '--fork', '--kill-child', '--mount-proc'];
  const argv = [...own, '--propagation', 'slave', 'bash', `${BOX}/second-node.sh`];
  return { name: SECOND_HOST_NAME, argv, ready: { file: '/proc/{pid}/root/run/ready' } };
}

/** @param pid of the second node, inside the sandbox */
export function secondNodeServices(pid: number): ServiceSpec[] {
  const on = (name: string, argv: readonly string[], socket?: string): ServiceSpec => ({
    name: `${SECOND_HOST_NAME}-${name}`,
    argv: ['nsenter', '-t', String(pid), '-m', '-n', '-u', `--pid=/proc/${pid}/ns/pid_for_children`, '--', ...argv],
    // Seen from outside its mount namespace
    ...(socket ? { ready: { unix: `/proc/${pid}/root/run/libvirt/${socket}` } } : {}),
  });
  return [
    on('virtlogd', ['virtlogd'], 'virtlogd-sock'),
    on('libvirtd', ['libvirtd'], 'libvirt-sock'),
    on('neutron-linuxbridge-agent', [
      'neutron-linuxbridge-agent',
      ...NEUTRON,
      ...LINUXBRIDGE,
      '--config-file',
      '/etc/neutron/compute-2.ini',
    ]),
    on('nova-compute', [...NOVA_COMPUTE, '--config-file', '/etc/nova/compute-2.conf']),
  ];
}
