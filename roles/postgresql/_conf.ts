import { memoryShareMiB, within } from '../_memory';
import type { NodeContext, NodeInfo } from '../role';
import { primaryConninfo, slotOf } from './_members';
import { POSTGRESQL_CERTIFICATE, POSTGRESQL_HBA, POSTGRESQL_KEY, POSTGRESQL_PORT, POSTGRESQL_SOCKETS } from './_paths';
import { POSTGRESQL_REPLICATOR, postgresqlSettings } from './_settings';

/** Roles whose nodes may connect, besides the servers to each other. */
export const POSTGRESQL_CLIENTS = [
  ...['postgresql', 'spark-master', 'spark-worker', 'spark-connect', 'jupyter', 'flask-app', 'haproxy'],
];

/** Standbys that one primary can have; a number that grew with them would restart the primary for each new one. */
export const MAX_STANDBYS = 30;

/**
 * postgresql.conf. A standby needs at least the primary's `max_…`, so these are no node's own. What a standby is told of its
 * primary is read by standbys alone, and written on the primary too, for the day when it becomes one.
 */
export function postgresqlConf(context: NodeContext): string {
  const { cluster, node, settings } = context;
  const { maxConnections, conf } = postgresqlSettings(settings);
  const lines: Readonly<Record<string, string | number>> = {
    listen_addresses: node.address,
    port: POSTGRESQL_PORT,
    unix_socket_directories: POSTGRESQL_SOCKETS,
    hba_file: POSTGRESQL_HBA,
    cluster_name: `${cluster}/${node.name}`,
    ssl: 'on',
    ssl_cert_file: POSTGRESQL_CERTIFICATE,
    ssl_key_file: POSTGRESQL_KEY,
    password_encryption: 'scram-sha-256',
    wal_level: 'replica',
    max_wal_senders: MAX_STANDBYS * 2 + 4,
    max_replication_slots: MAX_STANDBYS * 2 + 4,
    // A standby that is gone for long must not fill the disk of the primary; it is copied anew when it comes back.
    max_slot_wal_keep_size: '2GB',
    hot_standby: 'on',
    primary_conninfo: primaryConninfo(context),
    primary_slot_name: slotOf(node),
    max_connections: maxConnections,
    ...memoryLines(node, maxConnections),
    max_parallel_workers: node.vcpus,
    max_parallel_workers_per_gather: within(0, node.vcpus / 2, 4),
    log_destination: 'stderr',
    log_line_prefix: '[%p] %q%u@%d ',
    log_timezone: 'UTC',
    timezone: 'UTC',
    lc_messages: 'C',
    ...conf,
  };
  const text = Object.entries(lines).map(([key, value]) => `${key} = ${quoted(String(value))}\n`);
  return `# Written by firesteel configure; changes made here do not last.\n${text.join('')}`;
}

/** PostgreSQL's own advice: a quarter for its buffers; the rest is the file cache of the system, and sessions. */
function memoryLines(node: NodeInfo, maxConnections: number): Readonly<Record<string, string>> {
  const share = memoryShareMiB(node);
  return {
    shared_buffers: `${within(32, share / 4, 16_384)}MB`,
    effective_cache_size: `${within(64, share / 2, 1_048_576)}MB`,
    maintenance_work_mem: `${within(16, share / 16, 1024)}MB`,
    work_mem: `${within(2, share / 4 / maxConnections, 64)}MB`,
  };
}

function quoted(value: string): string {
  return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}

/**
 * pg_hba.conf: the superuser comes from this machine alone, everybody else by TLS with a SCRAM password. Clients are named
 * by their addresses. Standbys are not: a new one would have to wait for a primary that waits, in its turn, until all
 * others are finished; that nobody else gets as far as the login is the firewall's part.
 */
export function postgresqlHba({ nodes }: NodeContext): string {
  const clients = nodes.filter(({ roles }) => roles.some((role) => POSTGRESQL_CLIENTS.includes(role)));
  const rules = [
    ['local', 'all', 'postgres', '', 'peer'],
    ['local', 'all', 'all', '', 'scram-sha-256'],
    ['host', 'all', 'postgres', 'all', 'reject'],
    ['hostssl', 'replication,postgres', POSTGRESQL_REPLICATOR, 'samenet', 'scram-sha-256'],
    ['host', 'all,replication', POSTGRESQL_REPLICATOR, 'all', 'reject'],
    ...clients.map(({ address }) => ['hostssl', 'all', 'all', `${address}/32`, 'scram-sha-256']),
  ];
  const lines = rules.map((fields) => `${fields.filter((field) => field !== '').join(' ')}\n`);
  return `# Written by firesteel configure; changes made here do not last.\n${lines.join('')}`;
}
