import { z } from 'zod';
import { databaseList } from '../_databases';
import { roleSettings } from '../role-settings';
import type { Settings } from '../settings';

const IDENTIFIER = /^[a-z_][a-z0-9_]{0,62}$/;
const WORD = 'must be up to 63 of a-z, 0-9 and "_", no digit first';

/** Who owns the databases where the plan names nobody. */
export const POSTGRESQL_OWNER = 'app';
/** Who standbys log in as. */
export const POSTGRESQL_REPLICATOR = 'replicator';

const database = z.strictObject({
  name: z
    .string()
    .regex(IDENTIFIER, WORD)
    .refine((name) => !['postgres', 'template0', 'template1'].includes(name), "is PostgreSQL's own"),
  owner: z
    .string()
    .regex(IDENTIFIER, WORD)
    .refine(
      (name) => name !== 'postgres' && name !== POSTGRESQL_REPLICATOR && name !== 'public' && !name.startsWith('pg_'),
      'is a role that PostgreSQL or its standbys need',
    )
    .default(POSTGRESQL_OWNER)
    .describe('Role that owns it and logs in with the secret postgresql.app.'),
});

/** Why a line of the user's own would break what the role takes care of. */
const REFUSED: Readonly<Record<string, string>> = {
  ...refused('where clients come in is the role’s business', ['listen_addresses', 'port', 'unix_socket_directories']),
  ...refused('the role says where everything lies', [
    ...['data_directory', 'config_file', 'hba_file', 'ident_file', 'external_pid_file'],
    ...['include', 'include_dir', 'include_if_exists'],
  ]),
  ...refused('nobody comes in without TLS and SCRAM', [
    ...['ssl', 'ssl_cert_file', 'ssl_key_file', 'ssl_ca_file', 'password_encryption', 'db_user_namespace'],
  ]),
  ...refused('the standbys are the role’s business', [
    ...['primary_conninfo', 'primary_slot_name', 'hot_standby', 'max_wal_senders', 'max_replication_slots'],
    'recovery_target_timeline',
  ]),
  ...refused('say it as maxConnections, which the standbys need too', ['max_connections']),
};

function refused(why: string, keys: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(keys.map((key) => [key, why]));
}

const conf = z
  .record(
    z.string(),
    z.union([z.string().regex(/^[^\n\r\0]*$/, 'must be one line'), z.number(), z.boolean()]).transform(String),
  )
  .superRefine((lines, context) => {
    for (const [key, value] of Object.entries(lines)) {
      const message = problemOf(key, value);
      if (message) context.addIssue({ code: 'custom', path: [key], message });
    }
  });

function problemOf(key: string, value: string): string | undefined {
  if (!/^[A-Za-z_][A-Za-z0-9_.]*$/.test(key)) return 'must be the name of a parameter';
  const why = REFUSED[key.toLowerCase()] ?? (isMinimalWal(key, value) ? 'standbys need more than that' : undefined);
  return why && `is not to be changed: ${why}`;
}

function isMinimalWal(key: string, value: string): boolean {
  return key.toLowerCase() === 'wal_level' && !['replica', 'logical'].includes(value);
}

/** What a plan may say under `settings.postgresql`. */
export const POSTGRESQL_SETTINGS = z.strictObject({
  databases: databaseList(database),
  maxConnections: z
    .number()
    .int()
    .min(10)
    .max(5000)
    .default(100)
    .describe('Of clients, on each node; a session takes a few MiB of memory.'),
  conf: conf
    .default({})
    .describe('Lines of postgresql.conf; a change of them restarts the servers, one after the other.'),
});

export type PostgresqlSettings = z.output<typeof POSTGRESQL_SETTINGS>;

export function postgresqlSettings(settings: Settings): PostgresqlSettings {
  return roleSettings(settings, 'postgresql', POSTGRESQL_SETTINGS);
}

/** Roles that own databases, each once; one is always there for whoever makes databases of their own. */
export function ownersOf({ databases }: PostgresqlSettings): readonly string[] {
  return [...new Set([POSTGRESQL_OWNER, ...databases.map(({ owner }) => owner)])];
}
