import { Secret } from '../../operations/secret';
import { sh } from '../../operations/shell';
import type { NodeContext, SecretSpec } from '../role';
import { bootstrap } from './_brokers';
import { trusting } from './_trust';
import { KAFKA_PORTS } from './ports';

export const KAFKA_CONF_DIR = '/etc/kafka';
/** Configuration of broker and controller; holds both secrets. */
export const KAFKA_CONF = `${KAFKA_CONF_DIR}/server.properties`;
/** How root speaks to Kafka as one of its clients. */
export const KAFKA_CLIENT = `${KAFKA_CONF_DIR}/client.properties`;
/** How root speaks to Kafka as one of its brokers, who may do everything. */
export const KAFKA_ADMIN = `${KAFKA_CONF_DIR}/admin.properties`;

/** Roles whose nodes may be clients: they reach the brokers, and may know the login. */
export const KAFKA_CLIENT_ROLES = ['spark-master', 'spark-worker', 'spark-connect', 'jupyter', 'flask-app'];

/** What clients show. */
export const KAFKA_CLIENT_SECRET: SecretSpec = {
  name: 'kafka.client',
  opens: 'password of the Kafka user client',
  bytes: 32,
  sharedWith: KAFKA_CLIENT_ROLES,
  recover: sh`sed -n 's/^listener\.name\.client\..* user_client="\([0-9a-f]*\)";$/\1/p' ${KAFKA_CONF} 2>/dev/null || :`
    .text,
};

/** What brokers and controllers show to each other. */
export const KAFKA_BROKER_SECRET: SecretSpec = {
  name: 'kafka.broker',
  bytes: 32,
  recover: sh`sed -n 's/^listener\.name\.broker\..* user_broker="\([0-9a-f]*\)";$/\1/p' ${KAFKA_CONF} 2>/dev/null || :`
    .text,
};

/** What each listener takes as a login, and what a broker itself shows to others. */
export function serverLogins(context: NodeContext): Readonly<Record<string, string>> {
  const broker = context.secret(KAFKA_BROKER_SECRET.name).reveal();
  const peer = jaas({ username: 'broker', password: broker, user_broker: broker });
  const client = jaas({ user_client: context.secret(KAFKA_CLIENT_SECRET.name).reveal() });
  return {
    'listener.name.client.plain.sasl.jaas.config': client,
    'listener.name.broker.plain.sasl.jaas.config': peer,
    'listener.name.controller.plain.sasl.jaas.config': peer,
  };
}

/**
 * Properties of a client, as Kafka's own tools and libraries for Java read them.
 * @param trusted path of the certificate that it knows brokers by
 */
export function clientProperties(context: NodeContext, trusted: string): Readonly<Record<string, string>> {
  const brokers = context.nodesWith('kafka');
  const password = context.secret(KAFKA_CLIENT_SECRET.name);
  return {
    ...(brokers.length > 0 && { 'bootstrap.servers': bootstrap(brokers) }),
    ...loginProperties('client', password, trusted),
  };
}

/** Properties of one who may do everything; see `clientProperties`. */
export function adminProperties(context: NodeContext, trusted: string): Readonly<Record<string, string>> {
  const brokers = context.nodesWith('kafka');
  return {
    'bootstrap.servers': bootstrap(brokers, KAFKA_PORTS.broker),
    ...loginProperties('broker', context.secret(KAFKA_BROKER_SECRET.name), trusted),
  };
}

/** The password goes over the wire as it is, inside of TLS. */
function loginProperties(username: string, password: Secret, trusted: string): Readonly<Record<string, string>> {
  return {
    'security.protocol': 'SASL_SSL',
    'sasl.mechanism': 'PLAIN',
    'sasl.jaas.config': jaas({ username, password: password.reveal() }),
    ...trusting(trusted),
  };
}

/** One line each, as `key=value`, which other languages read as easily as Java; secret as a whole. */
export function assignments(entries: Readonly<Record<string, string | number>>): Secret {
  const lines = Object.entries(entries).map(([key, value]) => `${key}=${value}\n`);
  return new Secret(`# Written by firesteel configure; changes made here do not last.\n${lines.join('')}`);
}

function jaas(options: Readonly<Record<string, string>>): string {
  const words = Object.entries(options).map(([key, value]) => ` ${key}="${value}"`);
  return `org.apache.kafka.common.security.plain.PlainLoginModule required${words.join('')};`;
}
