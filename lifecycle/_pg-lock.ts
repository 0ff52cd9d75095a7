import type { Client } from 'pg';
import type { LockHolder } from './_lock-holder';

/** The settings of the pg backend that we give it. */
export interface PgSettings {
  readonly conn_str?: string;
  readonly schema_name?: string;
}

/** Terraform keeps one state a schema, under this name. */
const WORKSPACE = 'default';
/** Terraform's lock for a state that is not there yet, whatever its schema. */
const TERRAFORM_CREATES = '-1';
const PATIENCE_MILLISECONDS = 5_000;

/** What a connection string does not say, the variables of PostgreSQL's clients say, to Terraform and to us. */
const FROM_SHELL = {
  host: 'PGHOST',
  port: 'PGPORT',
  user: 'PGUSER',
  password: 'PGPASSWORD',
  sslmode: 'PGSSLMODE',
  sslrootcert: 'PGSSLROOTCERT',
  sslcert: 'PGSSLCERT',
  sslkey: 'PGSSLKEY',
} as const;

/**
 * Who holds the lock of a state that PostgreSQL keeps. Terraform itself does not say: as holder it names the one who
 * asked. undefined where nobody holds it any more.
 * @throws {Error} when the data base can't be asked
 */
export async function findPgLockHolder(settings: PgSettings, env: NodeJS.ProcessEnv): Promise<LockHolder | undefined> {
  const { Client } = await import('pg');
  const client = new Client({
    connectionString: connectionString(settings, env),
    connectionTimeoutMillis: PATIENCE_MILLISECONDS,
    query_timeout: PATIENCE_MILLISECONDS,
    application_name: 'firesteel',
  });
  client.on('error', () => undefined); // a connection that breaks fails its query
  await client.connect();
  try {
    return await askForHolder(client, settings.schema_name ?? env.PG_SCHEMA_NAME ?? 'terraform_remote_state');
  } finally {
    await client.end();
  }
}

/** A lock is a number: that of the state's row, or while there is none, one that stands for its making. */
async function askForHolder(client: Client, schema: string): Promise<LockHolder | undefined> {
  const table = `${client.escapeIdentifier(schema)}.states`;
  const rows = await client.query<{ id: string }>(`SELECT id FROM ${table} WHERE name = $1`, [WORKSPACE]);
  const locks = [...rows.rows.map(({ id }) => id), TERRAFORM_CREATES, openTofuCreates(schema)];
  const holders = await client.query<HolderRow>(HOLDERS, [locks]);
  const [holder] = holders.rows;
  return holder && inWords(holder);
}

interface HolderRow {
  readonly application_name: string;
  readonly usename: string | null;
  readonly client_addr: string | null;
  readonly since: string | null;
}

/** The number of an advisory lock stands in two halves. What others may not see of a connection is null. */
const HOLDERS = `
  SELECT application_name, usename, host(client_addr) AS client_addr,
         to_char(backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS "UTC"') AS since
  FROM pg_locks JOIN pg_stat_activity USING (pid)
  WHERE locktype = 'advisory' AND granted
    AND pg_locks.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND (classid::bigint << 32 | objid::bigint) = ANY ($1::bigint[])
  ORDER BY backend_start
  LIMIT 1`;

function inWords({ application_name, usename, client_addr, since }: HolderRow): LockHolder {
  const [operation, who] = application_name.split(SIGNATURE_BREAK);
  const login = [usename && `as ${usename}`, client_addr && `from ${client_addr}`].filter(Boolean).join(' ');
  const person = [who, login].filter(Boolean).join(' ');
  return {
    ...(operation !== '' && operation !== undefined && { operation }),
    ...(person !== '' && { who: person }),
    ...(since !== null && { since }),
  };
}

const SIGNATURE_BREAK = ' by ';

/** The name under which the data base shows a run of ours to others: who does what. It keeps 63 characters. */
export function pgSignature(command: string, who: string): string {
  return `terraform ${command}${SIGNATURE_BREAK}${who}`;
}

/** FNV-1, 32 bits, of the schema and the table's name. */
function openTofuCreates(schema: string): string {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(`${schema}\0states`)) hash = (Math.imul(hash, 0x01000193) ^ byte) >>> 0;
  return String(-hash);
}

/** Terraform's client encrypts unless told otherwise, and so does ours; neither says what certificates it trusts. */
function connectionString({ conn_str }: PgSettings, env: NodeJS.ProcessEnv): string {
  const url = new URL(conn_str ?? env.PG_CONN_STR ?? 'postgres://');
  const said = { host: url.hostname, port: url.port, user: url.username, password: url.password };
  for (const [name, variable] of Object.entries(FROM_SHELL)) {
    const value = env[variable];
    if (!value || url.searchParams.has(name) || said[name as keyof typeof said]) continue;
    url.searchParams.set(name, value);
  }
  if (!url.searchParams.has('sslmode')) url.searchParams.set('sslmode', 'require');
  url.searchParams.set('uselibpqcompat', 'true');
  if (url.pathname.length <= 1 && env.PGDATABASE) url.pathname = `/${encodeURIComponent(env.PGDATABASE)}`;
  return url.href;
}
