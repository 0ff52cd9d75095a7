import { isIPv4 } from 'node:net';
import { z } from 'zod';
import type { NodeContext } from '../role';
import { roleSettings } from '../role-settings';

export const DNSMASQ_DIR = '/etc/dnsmasq-cluster';
export const DNSMASQ_CONF = `${DNSMASQ_DIR}/dnsmasq.conf`;
export const DNSMASQ_HOSTS = `${DNSMASQ_DIR}/hosts`;
export const DNSMASQ_PORT = 53;
export const DNSMASQ_USER = 'dnsmasq-cluster';

/** What a plan says under `settings: { dnsmasq: … }`. */
export const DNSMASQ_SETTINGS = z.strictObject({
  upstream: z
    .array(z.string().refine(isIPv4, { error: ({ input }) => `"${input}" is no IPv4 address` }))
    .default([])
    .describe('Who is asked for all other names; absent: whoever the cloud tells the node of dnsmasq to ask.'),
});

/** Names without a dot are the cluster's own, and asked of nobody else. */
export function dnsmasqConf({ node, settings }: NodeContext): string {
  const { upstream } = roleSettings(settings, 'dnsmasq', DNSMASQ_SETTINGS);
  return `# Written by firesteel configure; changes made here do not last.
listen-address=${node.address}
bind-interfaces
port=${DNSMASQ_PORT}
no-hosts
addn-hosts=${DNSMASQ_HOSTS}
domain-needed
bogus-priv
local-ttl=10
cache-size=2000
dns-forward-max=300
log-facility=-
pid-file=/run/${DNSMASQ_USER}/dnsmasq.pid
${upstream.length > 0 ? 'no-resolv\n' : ''}${upstream.map((address) => `server=${address}\n`).join('')}`;
}

/**
 * All nodes by their names, as in their /etc/hosts; but that one may lack nodes that came later, and calls its own machine
 * 127.0.1.1, which would be another one's own.
 */
export function dnsmasqHosts({ nodes }: NodeContext): string {
  const lines = nodes.map(
    ({ address, hostname, name, aliases = [] }) => `${[address, ...aliases, hostname, name].join(' ')}\n`,
  );
  return `# Written by firesteel configure; changes made here do not last.\n${lines.join('')}`;
}
