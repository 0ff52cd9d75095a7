import { createHash } from 'node:crypto';
import type { Change, Operation } from '../../operations/operation';
import { Secret } from '../../operations/secret';
import { lines, type Shell, sh } from '../../operations/shell';
import type { NodeContext, SecretSpec } from '../role';
import { wordpressDatabase } from '../wordpress/_settings';
import { GALERA_STATE, MARIADB_APP_LOGIN, MARIADB_SOCKET } from './_paths';
import { galeraRegions, MARIADB_REPLICATION } from './_regions';
import { type GaleraDatabase, galeraSettings, MARIADB_OWNER, MARIADB_REPLICA } from './_settings';

/** Of every user that owns a database. */
export const MARIADB_APP: SecretSpec = {
  name: 'mariadb.app',
  opens: 'password of the owners of the MariaDB databases',
  bytes: 32,
  sharedWith: ['wordpress', 'flask-app'],
  recover: sh`sed -n 's/^password = //p' ${MARIADB_APP_LOGIN} 2>/dev/null || :`.text,
};

export interface GaleraObjectsFact {
  readonly databases: ReadonlySet<string>;
  /** Digest of what the server keeps of its password, by user; hexadecimal SHA-256. */
  readonly users: ReadonlyMap<string, string>;
  /** `DATABASE USER` of those who may do all in a database. */
  readonly grants: ReadonlySet<string>;
}

/** How long the group may take to come together. Seconds. */
const READY_WITHIN = 600;

/** A session of root, whom the server knows by its socket; SQL comes from standard input, or by `-e`. */
export function mariadb(args: readonly string[] = []): Shell {
  return sh`mariadb --no-defaults --protocol=socket --socket=${MARIADB_SOCKET} --user=root -NB --raw ${args}`;
}

/** Those of the plan, and the one that the cluster's WordPress needs. */
export function galeraDatabases({ settings, nodesWith }: NodeContext): readonly GaleraDatabase[] {
  const { databases } = galeraSettings(settings);
  const wordpress = nodesWith('wordpress').length > 0 ? [wordpressDatabase(settings)] : [];
  const named = databases.map(({ name }) => name);
  return [...databases, ...wordpress.filter(({ name }) => !named.includes(name))];
}

/** One user is always there, for whoever makes databases of their own. */
export function galeraUsers(context: NodeContext): readonly string[] {
  return [...new Set([MARIADB_OWNER, ...galeraDatabases(context).map(({ owner }) => owner)])];
}

/** What a client of this node's server, such as the probe, logs in with. */
export function appLogin(context: NodeContext): Secret {
  const password = context.secret(MARIADB_APP.name).reveal();
  return new Secret(`# Written by firesteel configure.\n[client]\nuser = ${MARIADB_OWNER}\npassword = ${password}\n`);
}

/** The databases and their users: made on one server, and by the group on all. */
export function galeraObjects(context: NodeContext): Operation<GaleraObjectsFact> {
  return {
    kind: 'mariadb-objects',
    name: 'databases and users',
    fact: { script: FACT, parse, bare: { databases: new Set(), users: new Map(), grants: new Set() } },
    changes: (fact) => [...missingUsers(context, fact), ...missingDatabases(context, fact)],
  };
}

/** Of a server that does not run yet nothing is known, and all is to be made: each change finds out for itself. */
const FACT = sh`
  ${mariadb([
    '-e',
    "select concat('user ', user, ' ', sha2(json_value(priv, '$.authentication_string'), 256)) from mysql.global_priv " +
      "where host = '%' and json_value(priv, '$.authentication_string') is not null; " +
      "select concat('database ', schema_name) from information_schema.schemata; " +
      "select concat('grant ', replace(db, '\\\\', ''), ' ', user) from mysql.db where host = '%' and create_priv = 'Y'",
  ])} 2>/dev/null || :
`.text;

function parse(stdout: string): GaleraObjectsFact {
  const words = stdout.split('\n').map((line) => line.split(' '));
  const of = (kind: string): readonly string[][] =>
    words.filter(([first]) => first === kind).map((line) => line.slice(1));
  return {
    databases: new Set(of('database').map(([name]) => name!)),
    users: new Map(of('user').map(([name, digest]) => [name!, digest!])),
    grants: new Set(of('grant').map((pair) => pair.join(' '))),
  };
}

function missingUsers(context: NodeContext, { users }: GaleraObjectsFact): readonly Change[] {
  const owners = galeraUsers(context).map((user) => ({ user, secret: context.secret(MARIADB_APP.name), rights: '' }));
  const all = galeraRegions(context.settings) ? [...owners, replica(context)] : owners;
  return all
    .map((one) => ({ ...one, kept: passwordHash(one.secret) }))
    .filter(({ user, kept }) => users.get(user) !== createHash('sha256').update(kept).digest('hex'))
    .map(({ user, kept, rights }) => ({
      description: `let ${user} log in`,
      script: sql(
        `create user if not exists '${user}'@'%';\n${rights}alter user '${user}'@'%' identified by password '${kept}';\n`,
      ),
    }));
}

/** Reads all that there is, over TLS alone, and changes nothing. */
function replica(context: NodeContext): { readonly user: string; readonly secret: Secret; readonly rights: string } {
  const user = `'${MARIADB_REPLICA}'@'%'`;
  return {
    user: MARIADB_REPLICA,
    secret: context.secret(MARIADB_REPLICATION.name),
    rights:
      `alter user ${user} require ssl;\n` +
      `grant select, show view, trigger, event, replication slave, binlog monitor on *.* to ${user};\n`,
  };
}

/** What MariaDB keeps of a password, made here so that the password itself never comes near SQL, which binary logs keep. */
function passwordHash(secret: Secret): string {
  const sha1 = (data: string | Buffer): Buffer => createHash('sha1').update(data).digest();
  return `*${sha1(sha1(secret.reveal())).toString('hex').toUpperCase()}`;
}

/** In a grant `_` stands for any letter, unless it is escaped. */
function missingDatabases(context: NodeContext, fact: GaleraObjectsFact): readonly Change[] {
  return galeraDatabases(context)
    .filter(({ name, owner }) => !fact.databases.has(name) || !fact.grants.has(`${name} ${owner}`))
    .map(({ name, owner }) => ({
      description: `make the database ${name} of ${owner}`,
      script: sql(
        `create database if not exists \`${name}\` character set utf8mb4;\n` +
          `grant all privileges on \`${name.replaceAll('_', '\\_')}\`.* to '${owner}'@'%';\n`,
      ),
    }));
}

function sql(text: string): string {
  return lines(
    sh`
      left=${READY_WITHIN}
      until [ "$(${mariadb(['-e', "show global status like 'wsrep_ready'"])} 2>/dev/null | cut -f 2)" = ON ]; do
        left=$((left - 1))
        if [ "$left" -le 0 ]; then
          echo ${`MariaDB takes no queries after ${READY_WITHIN} s`} >&2
          cat ${GALERA_STATE} >&2
          exit 69
        fi
        sleep 1
      done
    `,
    sh`printf %s ${new Secret(text)} | ${mariadb()}`,
  ).text;
}
