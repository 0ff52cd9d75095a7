import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';
import { Secret } from '../../operations/secret';
import { sh } from '../../operations/shell';
import type { NodeContext, SecretSpec } from '../role';
import { POSTGRESQL_CONF_DIR, POSTGRESQL_PORT } from './_paths';
import { ownersOf, POSTGRESQL_REPLICATOR, postgresqlSettings } from './_settings';

/** What a standby logs in with at the primary. libpq wants it to be the reader's alone. */
export const REPLICATION_LOGIN = `${POSTGRESQL_CONF_DIR}/replication.pgpass`;
/** What the owners of the databases log in with, for root on this node and for the probe. */
export const APP_LOGIN = `${POSTGRESQL_CONF_DIR}/app.pgpass`;

/** Of the role `replicator`. */
export const POSTGRESQL_REPLICATION: SecretSpec = {
  name: 'postgresql.replication',
  bytes: 32,
  recover: sh`sed -n 's/^.*:replicator:\([0-9a-f]*\)$/\1/p' ${REPLICATION_LOGIN} 2>/dev/null | head -n 1`.text,
};

/** Of every role that owns a database. */
export const POSTGRESQL_APP: SecretSpec = {
  name: 'postgresql.app',
  opens: 'password of the owners of the PostgreSQL databases',
  bytes: 32,
  sharedWith: ['spark-master', 'spark-worker', 'spark-connect', 'jupyter', 'flask-app'],
  recover: sh`sed -n 's/^.*:app:\([0-9a-f]*\)$/\1/p' ${APP_LOGIN} 2>/dev/null | head -n 1`.text,
};

export function replicationLogin(context: NodeContext): Secret {
  return pgpass([POSTGRESQL_REPLICATOR], context.secret(POSTGRESQL_REPLICATION.name));
}

export function appLogin(context: NodeContext): Secret {
  return pgpass(ownersOf(postgresqlSettings(context.settings)), context.secret(POSTGRESQL_APP.name));
}

/** The secrets are hexadecimal, so nothing in them needs to be escaped. */
function pgpass(users: readonly string[], secret: Secret): Secret {
  return new Secret(users.map((user) => `*:${POSTGRESQL_PORT}:*:${user}:${secret.reveal()}\n`).join(''));
}

/** As many as PostgreSQL itself takes; the secrets are random, so none more are needed. */
const ITERATIONS = 4096;

/**
 * What PostgreSQL keeps of a password (RFC 5803), made here so that the password itself never comes near SQL, whose text
 * may end in a log. The salt follows from the secret and the role, so that the same comes out every time.
 */
export function scramVerifier(role: string, secret: Secret): string {
  const password = secret.reveal();
  const salt = createHmac('sha256', password).update(`salt of ${role}`).digest().subarray(0, 16);
  const salted = pbkdf2Sync(password, salt, ITERATIONS, 32, 'sha256');
  const key = (name: string): Buffer => createHmac('sha256', salted).update(name).digest();
  const stored = createHash('sha256').update(key('Client Key')).digest('base64');
  return `SCRAM-SHA-256$${ITERATIONS}:${salt.toString('base64')}$${stored}:${key('Server Key').toString('base64')}`;
}
