import { memoryShareMiB, within } from '../_memory';
import { serverId } from '../_server-id';
import type { NodeContext, NodeInfo } from '../role';
import { GALERA_CERTIFICATE, GALERA_KEY, GALERA_PORTS, MARIADB_DATA, MARIADB_RUN, MARIADB_SOCKET } from './_paths';
import { type GaleraNumbering, galeraNumbering } from './_regions';
import { galeraSettings } from './_settings';

type Lines = Readonly<Record<string, string | number>>;

/**
 * The server's configuration. Who is in the cluster is not in it, because a node that is added would restart all others:
 * the program that starts the server says it.
 */
export function mariadbConf(context: NodeContext): string {
  const { conf, maxConnections } = galeraSettings(context.settings);
  const numbering = galeraNumbering(context);
  return [
    '# Written by firesteel configure; changes made here do not last.',
    ...section('mariadb', {
      ...placeLines(context.node),
      ...memoryLines(context.node, maxConnections),
      ...galeraLines(context),
      ...(numbering && binlogLines(context.node, numbering)),
      ...(numbering?.regions && regionLines()),
      ...conf,
    }),
    // What a new server is sent as a whole goes by TLS too, with the certificate that both sides trust.
    ...section('sst', {
      encrypt: 4,
      tca: GALERA_CERTIFICATE,
      tcert: GALERA_CERTIFICATE,
      tkey: GALERA_KEY,
      sockopt: `,bind=${context.node.address}`,
    }),
  ].join('\n');
}

function section(name: string, lines: Lines): readonly string[] {
  return ['', `[${name}]`, ...Object.entries(lines).map(([key, value]) => `${key} = ${value}`), ''];
}

/** Names of clients are never looked up, so a balancer that only knocks is never locked out for it. */
function placeLines({ address }: NodeInfo): Lines {
  return {
    datadir: MARIADB_DATA,
    socket: MARIADB_SOCKET,
    pid_file: `${MARIADB_RUN}/mariadbd.pid`,
    bind_address: address,
    port: GALERA_PORTS.sql,
    skip_name_resolve: 'ON',
    max_connect_errors: 4_294_967_295,
    log_warnings: 1,
    local_infile: 'OFF',
    symbolic_links: 'OFF',
    character_set_server: 'utf8mb4',
    ssl_ca: GALERA_CERTIFICATE,
    ssl_cert: GALERA_CERTIFICATE,
    ssl_key: GALERA_KEY,
  };
}

/** Half for what InnoDB keeps; a connection takes less than a MiB while it is idle. */
function memoryLines(node: NodeInfo, maxConnections: number): Lines {
  const share = memoryShareMiB(node);
  return {
    max_connections: maxConnections,
    innodb_buffer_pool_size: `${within(48, share < 2048 ? (share - 300) / 3 : share / 2, 1_048_576)}M`,
    innodb_log_file_size: `${within(32, share / 16, 1024)}M`,
    aria_pagecache_buffer_size: '8M',
    key_buffer_size: '4M',
    table_open_cache: within(200, share / 2, 4000),
    performance_schema: 'OFF',
    tmp_table_size: '16M',
    max_heap_table_size: '16M',
  };
}

function galeraLines(context: NodeContext): Lines {
  const { cluster, node } = context;
  const share = memoryShareMiB(node);
  return {
    default_storage_engine: 'InnoDB',
    binlog_format: 'ROW',
    innodb_autoinc_lock_mode: 2,
    wsrep_on: 'ON',
    wsrep_cluster_name: cluster,
    wsrep_node_name: node.name,
    wsrep_node_address: node.address,
    wsrep_slave_threads: within(1, node.vcpus * 2, 16),
    wsrep_retry_autocommit: 3,
    wsrep_sst_method: 'mariabackup',
    // The user of this name comes in by the socket of the machine alone, because it is who runs the server.
    wsrep_sst_auth: 'mysql:',
    wsrep_sst_receive_address: `${node.address}:${GALERA_PORTS.snapshot}`,
    wsrep_provider_options: `"${providerOptions(node, within(64, share / 8, 2048)).join(';')}"`,
  };
}

/** TLS for all that goes between the members. */
export function groupOptions({ address }: NodeInfo): readonly string[] {
  return [
    `gmcast.listen_addr=ssl://${address}:${GALERA_PORTS.group}`,
    'socket.ssl=YES',
    `socket.ssl_ca=${GALERA_CERTIFICATE}`,
    `socket.ssl_cert=${GALERA_CERTIFICATE}`,
    `socket.ssl_key=${GALERA_KEY}`,
  ];
}

/** What is kept of the past, in a file: a node that was away for less than that is not sent everything again. */
function providerOptions(node: NodeInfo, cacheMiB: number): readonly string[] {
  return [
    ...groupOptions(node),
    `ist.recv_addr=${node.address}:${GALERA_PORTS.increments}`,
    `ist.recv_bind=${node.address}:${GALERA_PORTS.increments}`,
    `gcache.size=${cacheMiB}M`,
  ];
}

/**
 * For another cluster that replicates from this one: whichever node it asks, the same transaction has the same GTID. What
 * a node writes for itself alone has a domain of its own.
 */
function binlogLines(node: NodeInfo, { domain, keepDays }: GaleraNumbering): Lines {
  return {
    server_id: domain,
    log_bin: `${MARIADB_DATA}/binlog`,
    log_slave_updates: 'ON',
    sync_binlog: 1,
    binlog_expire_logs_seconds: keepDays * 86_400,
    wsrep_gtid_mode: 'ON',
    wsrep_gtid_domain_id: domain,
    gtid_domain_id: domain * 1000 + serverId(node),
  };
}

/** Whether a region takes writes, and from where it replicates, is never said here; see `GALERA_FOLLOWER_PROGRAM`. */
function regionLines(): Lines {
  return {
    read_only: 'ON',
    skip_slave_start: 'ON',
    relay_log: `${MARIADB_DATA}/relay`,
    relay_log_recovery: 'ON',
    slave_net_timeout: 10,
  };
}
