import { createHash } from 'node:crypto';
import type { Change, Operation } from '../../operations/operation';
import type { Secret } from '../../operations/secret';
import { lines, sh } from '../../operations/shell';
import type { NodeContext } from '../role';
import { POSTGRESQL_APP, POSTGRESQL_REPLICATION, scramVerifier } from './_logins';
import { isOurSlot, slotOf, standbysOf } from './_members';
import { POSTGRESQL_SOCKETS, pgAsRoot, psql } from './_paths';
import { ownersOf, POSTGRESQL_REPLICATOR, postgresqlSettings } from './_settings';

export interface ObjectsFact {
  /** Digest of what the server keeps of its password, by role; hexadecimal SHA-256. */
  readonly roles: ReadonlyMap<string, string>;
  /** Owner by database. */
  readonly databases: ReadonlyMap<string, string>;
  /** Names of the slots that standbys have. */
  readonly slots: readonly string[];
}

/** How long the server may take to come up, after a crash too. Seconds. */
const READY_WITHIN = 600;

/**
 * What the primary holds besides its users' data: the logins of standbys and of the owners of databases, the databases, and
 * no slot of a node that is gone, for which it would keep more and more.
 */
export function postgresqlObjects(context: NodeContext): Operation<ObjectsFact> {
  return {
    kind: 'postgresql-objects',
    name: 'logins, databases and slots',
    fact: { script: FACT, parse, bare: { roles: new Map(), databases: new Map(), slots: [] } },
    changes: (fact) => [
      ...missingLogins(context, fact),
      ...missingDatabases(context, fact),
      ...strayedSlots(context, fact),
    ],
  };
}

/** Names with blanks are nobody's of ours. */
const QUESTION = `
select 'role', rolname, encode(sha256(convert_to(coalesce(rolpassword, ''), 'UTF8')), 'hex')
  from pg_authid where rolcanlogin and rolname ~ '^\\S+$';
select 'database', datname, pg_get_userbyid(datdba) from pg_database
  where not datistemplate and datname || pg_get_userbyid(datdba) ~ '^\\S+$';
select 'slot', slot_name, slot_type from pg_replication_slots where slot_type = 'physical';
`;

/** Of a server that does not run yet nothing is known, and all is to be made: each change finds out for itself. */
const FACT = sh`printf %s ${QUESTION} | ${psql(['-F', ' '])} 2>/dev/null || :`.text;

function parse(stdout: string): ObjectsFact {
  const words = stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split(' '));
  const broken = words.find((line) => line.length !== 3);
  if (broken) throw new Error(`expected what the server holds, got ${JSON.stringify(broken.join(' ').slice(0, 200))}`);
  const pairs = (kind: string): [string, string][] =>
    words.filter(([first]) => first === kind).map(([, name, value]) => [name!, value!]);
  return {
    roles: new Map(pairs('role')),
    databases: new Map(pairs('database')),
    slots: pairs('slot').map(([name]) => name),
  };
}

function missingLogins(context: NodeContext, { roles }: ObjectsFact): readonly Change[] {
  const owners = ownersOf(postgresqlSettings(context.settings));
  const wanted: readonly [string, string, Secret][] = [
    [POSTGRESQL_REPLICATOR, 'login replication', context.secret(POSTGRESQL_REPLICATION.name)],
    ...owners.map((owner): [string, string, Secret] => [owner, 'login', context.secret(POSTGRESQL_APP.name)]),
  ];
  return wanted.flatMap(([role, rights, secret]) => {
    const verifier = scramVerifier(role, secret);
    if (roles.get(role) === createHash('sha256').update(verifier).digest('hex')) return [];
    return [{ description: `let ${role} log in`, script: sql(loginSql(role, rights, verifier)) }];
  });
}

/** Should a statement fail, its text is not for the log. */
function loginSql(role: string, rights: string, verifier: string): string {
  return `set log_min_error_statement = panic;
select 'create role "${role}"' where not exists (select from pg_roles where rolname = '${role}') \\gexec
alter role "${role}" ${rights} password '${verifier}';
`;
}

function missingDatabases(context: NodeContext, { databases }: ObjectsFact): readonly Change[] {
  return postgresqlSettings(context.settings)
    .databases.filter(({ name, owner }) => databases.get(name) !== owner)
    .map(({ name, owner }) => ({
      description: `make the database ${name} of ${owner}`,
      script: sql(`select 'create database "${name}" owner "${owner}"'
  where not exists (select from pg_database where datname = '${name}') \\gexec
alter database "${name}" owner to "${owner}";
revoke all on database "${name}" from public;
`),
    }));
}

function strayedSlots(context: NodeContext, { slots }: ObjectsFact): readonly Change[] {
  const wanted = standbysOf(context).map(slotOf);
  return slots
    .filter((slot) => isOurSlot(slot) && !wanted.includes(slot))
    .map((slot) => ({
      description: `keep nothing any more for ${slot}, whose node is gone`,
      script:
        sql(`select pg_terminate_backend(active_pid, 10000) from pg_replication_slots where slot_name = '${slot}' and active;
select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name = '${slot}';
`),
    }));
}

function sql(text: string): string {
  const ready = pgAsRoot('pg_isready', ['-q', '-h', POSTGRESQL_SOCKETS]);
  return lines(
    sh`
      left=${READY_WITHIN}
      until ${ready}; do
        left=$((left - 1))
        if [ "$left" -le 0 ]; then
          echo ${`PostgreSQL does not answer after ${READY_WITHIN} s`} >&2
          journalctl --no-pager -q -o cat -n 10 -u postgresql.service >&2
          exit 69
        fi
        sleep 1
      done
    `,
    sh`printf %s ${text} | ${psql()} >/dev/null`,
  ).text;
}
