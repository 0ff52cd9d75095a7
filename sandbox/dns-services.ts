import { PORTS } from './config/context';
import { DNS_POOLS } from './config/dns';
import { uwsgi } from './services';
import type { SandboxNet } from './settings';
import type { ProgramSpec, ServiceSpec } from './supervisor';

/** BIND and Designate; need MariaDB, RabbitMQ, the schema and the service user. */
export function dnsServices(net: SandboxNet): ServiceSpec[] {
  const designate = (name: string): ServiceSpec => ({
    name: `designate-${name}`,
    argv: [`designate-${name}`, '--config-file', '/etc/designate/designate.conf'],
  });
  return [
    bind(net),
    {
      name: 'designate-api',
      argv: uwsgi(net, PORTS.dns, '/usr/bin/designate-api-wsgi', 1, 4),
      ready: { tcp: [net.api, PORTS.dns] },
    },
    ...['central', 'worker', 'producer', 'mdns'].map(designate),
  ];
}

/** It has an address for each of its views; one of them may be that of the APIs. */
function bind(net: SandboxNet): ServiceSpec {
  const script = [
    ...DNS_POOLS.map((pool) => `ip addr replace ${net.dns[pool]}/24 dev br-ext`),
    'install -d -o bind -g bind /run/named /var/cache/bind',
    'chown -R bind:bind /etc/bind',
    'exec named -g -u bind -c /etc/bind/named.conf',
  ];
  return { name: 'bind', argv: ['sh', '-euc', script.join('\n')], ready: { tcp: [net.dns.private, 53] } };
}

/** Tasks that make or upgrade what Designate keeps in its data base; each bears being run again. */
export const DNS_SCHEMA: ProgramSpec = {
  name: 'schema-designate',
  argv: ['sh', '-euc', 'mkdir -p /run/lock/designate\ndesignate-manage database sync'],
  env: {},
};

/** Designate's own central has to take it, and is not there at once. */
export const DNS_POOLS_TASK: ProgramSpec = {
  name: 'designate-pools',
  argv: [
    'sh',
    '-euc',
    'for try in 1 2 3 4 5 6 7 8 9; do designate-manage pool update && exit 0; sleep 2; done; exit 1',
  ],
  env: {},
};
