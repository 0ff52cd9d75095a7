import type { NodeContext, NodeInfo } from '../role';
import { roleSettings } from '../role-settings';
import { checkOf, HAPROXY_SETTINGS, type HaproxyFrontend } from './_settings';
import { HAPROXY_CHECK } from './check';

export const HAPROXY_CONF = '/etc/haproxy/haproxy.cfg';
/** What probes ask; root's and haproxy's alone. */
export const HAPROXY_SOCKET = '/run/haproxy/stats.sock';
/** The page with the state of all servers, for the operator. */
export const HAPROXY_PAGE = 8404;
/** A path of that page that is answered with 200 while haproxy works, whatever its servers do. */
export const HAPROXY_ALIVE = '/alive';

/** haproxy.cfg. @throws {Error} when a frontend has no servers, or a port of this node is another service's already */
export function haproxyConf(context: NodeContext): string {
  return [
    '# Written by firesteel configure; changes made here do not last.',
    ...section('global', global(context.node)),
    ...section('defaults', DEFAULTS),
    ...section('frontend stats_page', page(context.node)),
    ...haproxyFrontends(context).flatMap((frontend) => listen(frontend, context)),
    '',
  ].join('\n');
}

export function haproxyFrontends({ settings }: Pick<NodeContext, 'settings'>): readonly HaproxyFrontend[] {
  return roleSettings(settings, 'haproxy', HAPROXY_SETTINGS).frontends;
}

function global({ memoryMiB, vcpus }: NodeInfo): readonly string[] {
  return [
    'log stdout format raw daemon notice',
    `maxconn ${maxConnections(memoryMiB)}`,
    `nbthread ${vcpus}`,
    `stats socket ${HAPROXY_SOCKET} mode 600 level operator`,
    'hard-stop-after 60s',
  ];
}

/** A connection takes two buffers of 16 KiB and some state: a quarter of the memory is theirs at most. */
function maxConnections(memoryMiB: number): number {
  return Math.min(20_000, Math.floor((memoryMiB / 4) * 25));
}

/** So long a machine may acknowledge nothing before connections to it count as broken, and what was asked is asked of another. */
const GONE_SECONDS = 3;

const DEFAULTS = [
  'log global',
  'option dontlognull',
  'timeout connect 1s',
  'timeout queue 10s',
  'timeout client 60s',
  'timeout server 60s',
  'timeout http-request 10s',
  'timeout tunnel 1h',
  `timeout check ${HAPROXY_CHECK.timeoutMs}`,
  'option srvtcpka',
  'srvtcpka-idle 1s',
  'srvtcpka-intvl 1s',
  `srvtcpka-cnt ${GONE_SECONDS - 1}`,
  'retries 3',
  'option redispatch 1',
  `default-server ${serverOptions()}`,
];

function serverOptions(): string {
  const { everyMs, afterFailureMs, failures, successes } = HAPROXY_CHECK;
  return `check inter ${everyMs} fastinter ${afterFailureMs} fall ${failures} rise ${successes} tcp-ut ${GONE_SECONDS}s`;
}

function page({ address }: NodeInfo): readonly string[] {
  return [
    'mode http',
    `bind ${address}:${HAPROXY_PAGE}`,
    'stats enable',
    'stats uri /',
    'stats refresh 5s',
    'stats hide-version',
    `monitor-uri ${HAPROXY_ALIVE}`,
  ];
}

function listen(frontend: HaproxyFrontend, context: NodeContext): readonly string[] {
  const { name, port, balance } = frontend;
  const { address, virtualIp } = context.node;
  const servers = serversOf(frontend, context).map((server, index) => {
    const backup = balance === 'first' && index > 0 ? ' backup' : '';
    return `server ${server.name} ${server.address}:${frontend.backend.port}${backup}`;
  });
  return section(`listen ${name}`, [
    `mode ${frontend.mode}`,
    ...[address, ...(virtualIp === undefined ? [] : [virtualIp])].map((bound) => `bind ${bound}:${port}`),
    `balance ${balance}`,
    ...(frontend.mode === 'http' ? HTTP : TCP),
    ...checkLines(checkOf(frontend), context.cluster),
    ...servers,
  ]);
}

/**
 * haproxy is what the world talks to: who a client is, is what haproxy sees. A request that can be repeated is, on another
 * server, until one has answered; any other only while nothing of it was sent. None is broken off because its server was
 * found to be down meanwhile: it may still be connecting, and would have been handed to another.
 */
const HTTP = [
  'http-request set-header X-Forwarded-For %[src]',
  'http-request set-header X-Forwarded-Proto http',
  'http-request del-header X-Forwarded-Host',
  'http-request disable-l7-retry unless { method GET HEAD OPTIONS }',
  'retry-on conn-failure empty-response junk-response 502 503',
];

/** Of database connections and the like, which are silent for long; who has one learns at once that its server is down. */
const TCP = [
  'option clitcpka',
  'timeout client 1h',
  'timeout server 1h',
  'default-server on-marked-down shutdown-sessions',
];

function checkLines(check: string, cluster: string): readonly string[] {
  if (check === 'tcp') return [];
  return [
    'option httpchk',
    `http-check send meth GET uri ${check} ver HTTP/1.1 hdr Host ${cluster}`,
    'http-check expect ! rstatus ^5',
  ];
}

function serversOf({ name, port, backend }: HaproxyFrontend, { node, nodes }: NodeContext): readonly NodeInfo[] {
  const who = backend.role === undefined ? `the tag ${backend.tag}` : `the role ${backend.role}`;
  const servers = nodes.filter(({ roles, tags }) =>
    backend.role === undefined ? tags.includes(backend.tag!) : roles.includes(backend.role),
  );
  if (servers.length === 0) throw new Error(`haproxy: the frontend ${name} has no servers: no node has ${who}`);
  if (servers.some((server) => server.name === node.name && port === backend.port)) {
    throw new Error(`haproxy: the frontend ${name} and its server on ${node.name} would both listen on port ${port}`);
  }
  return servers;
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return ['', title, ...lines.map((line) => `    ${line}`)];
}
