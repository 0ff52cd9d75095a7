import { z } from 'zod';
import { databaseList } from '../_databases';
import { roleSettings } from '../role-settings';
import type { Settings } from '../settings';

const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]{0,62}$/;
const WORD = 'must be up to 63 letters, digits and "_", no digit first';

/** Who owns the databases where the plan names nobody. */
export const MARIADB_OWNER = 'app';

/** Who reads what another region has committed. */
export const MARIADB_REPLICA = 'replication';

/** Where it is written down which region takes writes. */
export const MARIADB_REGIONS = 'firesteel';

/** GTIDs of a group have its number as domain; larger ones are those of single nodes. */
const MOST_DOMAINS = 999;

const database = z.strictObject({
  name: z
    .string()
    .regex(IDENTIFIER, WORD)
    .refine(
      (name) => !['mysql', 'sys', 'performance_schema', 'information_schema'].includes(name.toLowerCase()),
      "is MariaDB's own",
    )
    .refine((name) => name.toLowerCase() !== MARIADB_REGIONS, 'is a name that Firesteel needs'),
  owner: z
    .string()
    .regex(IDENTIFIER, WORD)
    .refine(
      (name) => !['root', 'mysql', 'public', MARIADB_REPLICA].includes(name.toLowerCase()),
      'is a user that MariaDB needs',
    )
    .default(MARIADB_OWNER)
    .describe('User that may do all in it, and logs in with the secret mariadb.app.'),
});

export type GaleraDatabase = z.output<typeof database>;

const OURS = [
  ...['bind_address', 'port', 'socket', 'datadir', 'user', 'pid_file', 'skip_networking', 'plugin_load', 'init_file'],
  ...['ssl_ca', 'ssl_cert', 'ssl_key', 'skip_grant_tables', 'binlog_format', 'innodb_autoinc_lock_mode', 'log_error'],
  ...['read_only', 'relay_log', 'gtid_strict_mode', 'slave_net_timeout'],
  ...['server_id', 'gtid_domain_id', 'log_bin', 'log_slave_updates', 'default_storage_engine', 'skip_name_resolve'],
];

const conf = z
  .record(
    z.string(),
    z
      .union([z.string().regex(/^[^\n\r\0#]*$/, 'must be one line without "#"'), z.number(), z.boolean()])
      .transform(String),
  )
  .superRefine((lines, context) => {
    for (const key of Object.keys(lines)) {
      const message = problemOf(key);
      if (message) context.addIssue({ code: 'custom', path: [key], message });
    }
  });

/** A prefix such as `loose_` or `skip_` would be another name of the same. */
function problemOf(key: string): string | undefined {
  if (!/^[a-z][a-z0-9_]*$/.test(key)) return 'must be the name of a variable, with "_" between its words';
  if (OURS.includes(key) || /^(wsrep|loose|skip|disable|enable|maximum)_/.test(key))
    return 'is not to be changed: the role takes care of it';
  return undefined;
}

const asynchronous = z
  .strictObject({
    domain: z
      .number()
      .int()
      .min(1)
      .max(MOST_DOMAINS)
      .optional()
      .describe('Number of this cluster among those that replicate from each other; no two may have the same.'),
    regions: z
      .array(z.string().min(1))
      .min(2)
      .max(MOST_DOMAINS)
      .refine((names) => new Set(names).size === names.length, 'names a region twice')
      .optional()
      .describe(
        'Regions of this plan, each with a group of its own: one takes writes, the others replicate from it. A place in the ' +
          'list is the number of its transactions for ever: further regions come at the end.',
      ),
    primary: z
      .string()
      .optional()
      .describe('The region that takes writes, the first of the list unless said; "firesteel promote" changes it.'),
    keepDays: z.number().int().min(1).max(99).default(7).describe('How long its binary logs are kept, in days.'),
  })
  .superRefine(({ domain, regions, primary }, context) => {
    const issue = (message: string, path: string[] = []) => context.addIssue({ code: 'custom', path, message });
    if ((domain === undefined) === (regions === undefined))
      issue(
        'needs either "regions", of a plan that is in several, or "domain", of a cluster that others replicate from',
      );
    if (primary === undefined) return;
    if (regions === undefined) issue('is one of "regions", which are missing', ['primary']);
    else if (!regions.includes(primary))
      issue(`"${primary}" is none of "regions", which are ${regions.join(', ')}`, ['primary']);
  })
  .optional()
  .describe(
    'Writes binary logs with one sequence of GTIDs for the whole group, which another one can replicate from; ' +
      'to be set when the cluster is made.',
  );

/** What a plan may say under `settings: { mariadb-galera: … }`. */
export const GALERA_SETTINGS = z.strictObject({
  databases: databaseList(database),
  maxConnections: z
    .number()
    .int()
    .min(10)
    .max(10_000)
    .default(100)
    .describe('Of clients, on each node; a connection takes about a MiB of memory.'),
  conf: conf.default({}).describe('Lines of [mariadb]; a change of them restarts the servers, one after the other.'),
  asynchronous,
});

export type GaleraSettings = z.output<typeof GALERA_SETTINGS>;

export function galeraSettings(settings: Settings): GaleraSettings {
  return roleSettings(settings, 'mariadb-galera', GALERA_SETTINGS);
}
