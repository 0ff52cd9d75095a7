import { createHash } from 'node:crypto';
import type { Secret } from '../../operations/secret';
import { memoryShareMiB, within } from '../_memory';
import { requireDifferentIds, serverId } from '../_server-id';
import type { NodeContext, NodeInfo } from '../role';
import { tlsOfServer } from './_certificate';
import { assignments, serverLogins } from './_login';
import { kafkaSettings } from './_settings';
import { KAFKA_PORTS } from './ports';

/** Home of the user kafka; a volume mounted here holds all that grows. */
export const KAFKA_HOME_DIR = '/var/lib/kafka';
/** Records and metadata; not the home itself, because a volume's `lost+found` would be taken for a partition. */
export const KAFKA_LOG_DIR = `${KAFKA_HOME_DIR}/data`;

/**
 * Nodes that agree on what the cluster is; all are brokers besides. More than half of them have to live, so an even number
 * would cost one and bear no more.
 */
export function controllers({ nodesWith }: NodeContext): readonly NodeInfo[] {
  const nodes = inOrder(nodesWith('kafka'));
  return nodes.slice(0, nodes.length >= 5 ? 5 : nodes.length >= 3 ? 3 : 1);
}

/** In the order of their ids, whatever order the plan has them in. */
function inOrder(nodes: readonly NodeInfo[]): readonly NodeInfo[] {
  return [...nodes].sort((a, b) => serverId(a) - serverId(b));
}

/** Whether the node is the one that all others are told of the cluster by. */
export function isFirst(context: NodeContext): boolean {
  return controllers(context)[0]!.name === context.node.name;
}

export function isController(context: NodeContext): boolean {
  return controllers(context).some(({ name }) => name === context.node.name);
}

/** `10.0.0.11:9094,10.0.0.12:9094` */
export function controllerAddresses(context: NodeContext): string {
  return controllers(context)
    .map(({ address }) => `${address}:${KAFKA_PORTS.controller}`)
    .join(',');
}

/**
 * Always the same for the same name and region: a UUID as Kafka writes it, one that begins with no hyphen.
 * @param region @default - that of a cluster in one region
 */
export function clusterId(cluster: string, region?: string): string {
  const name = region === undefined ? cluster : `${cluster} in ${region}`;
  const bytes = createHash('sha256').update(`firesteel kafka ${name}`).digest().subarray(0, 16);
  bytes[0]! &= 0x7f;
  return bytes.toString('base64url');
}

/** On how many brokers a partition lies where nothing else is said. */
export function defaultReplication(brokers: number): number {
  return Math.min(3, brokers);
}

/** How many brokers must have a record before it counts as written: one of three may be away. */
export function minInSync(replication: number): number {
  return replication >= 3 ? 2 : 1;
}

/**
 * Text of server.properties.
 * @throws {Error} when two nodes would have the same id
 */
export function kafkaConf(context: NodeContext): Secret {
  requireDifferentIds(context.nodesWith('kafka'), 'kafka');
  return assignments({
    ...membership(context),
    ...listeners(context),
    ...tlsOfServer(),
    ...serverLogins(context),
    ...access(),
    ...replication(context),
    ...storage(context),
  });
}

function membership(context: NodeContext): Readonly<Record<string, string | number>> {
  const controller = isController(context);
  return {
    'process.roles': controller ? 'broker,controller' : 'broker',
    'node.id': serverId(context.node),
    'controller.quorum.bootstrap.servers': controllerAddresses(context),
    ...(controller && { 'controller.quorum.auto.join.enable': 'true' }),
  };
}

function listeners(context: NodeContext): Readonly<Record<string, string>> {
  const { address } = context.node;
  const client = (host: string): string => `CLIENT://${host}:${KAFKA_PORTS.client}`;
  const broker = `BROKER://${address}:${KAFKA_PORTS.broker}`;
  const controller = isController(context) ? [`CONTROLLER://${address}:${KAFKA_PORTS.controller}`] : [];
  return {
    listeners: [client(address), broker, ...controller].join(','),
    'advertised.listeners': [client(toldToClients(context.node)), broker, ...controller].join(','),
    'listener.security.protocol.map': 'CLIENT:SASL_SSL,BROKER:SASL_SSL,CONTROLLER:SASL_SSL',
    'inter.broker.listener.name': 'BROKER',
    'controller.listener.names': 'CONTROLLER',
    'sasl.enabled.mechanisms': 'PLAIN',
    'sasl.mechanism.inter.broker.protocol': 'PLAIN',
    'sasl.mechanism.controller.protocol': 'PLAIN',
  };
}

/**
 * What clients are told to find a broker by. Those of other regions reach it by another address, so in several regions it is
 * its name; where there is one, its address is better, which also those know who were there before it.
 */
function toldToClients({ address, hostname, region }: NodeInfo): string {
  return region === undefined ? address : hostname;
}

/** Clients may do what `_kafka-topics` lets them: nothing that concerns brokers. */
function access(): Readonly<Record<string, string>> {
  return {
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'super.users': 'User:broker',
    'allow.everyone.if.no.acl.found': 'false',
    'auto.create.topics.enable': 'false',
  };
}

function replication({ nodesWith }: NodeContext): Readonly<Record<string, number>> {
  const factor = defaultReplication(nodesWith('kafka').length);
  return {
    'default.replication.factor': factor,
    'min.insync.replicas': minInSync(factor),
    'offsets.topic.replication.factor': factor,
    'transaction.state.log.replication.factor': factor,
    'transaction.state.log.min.isr': minInSync(factor),
    'share.coordinator.state.topic.replication.factor': factor,
    'share.coordinator.state.topic.min.isr': minInSync(factor),
  };
}

/** The cleaner's buffer is part of the heap, and by itself it would be 128 MiB. */
function storage(context: NodeContext): Readonly<Record<string, string | number>> {
  const { retentionHours, retentionMiB } = kafkaSettings(context.settings);
  return {
    'log.dirs': KAFKA_LOG_DIR,
    'log.retention.hours': retentionHours,
    ...(retentionMiB !== undefined && { 'log.retention.bytes': retentionMiB * 2 ** 20 }),
    'log.cleaner.dedupe.buffer.size': Math.min(128, Math.floor(heapMiB(context) / 8)) * 2 ** 20,
  };
}

/** The rest of the memory is the system's, which keeps in it what consumers are about to read. */
export function heapMiB({ node, settings }: NodeContext): number {
  return kafkaSettings(settings).heapMiB ?? within(192, Math.floor(memoryShareMiB(node) / 4), 4096);
}

/** What is wrong is told, and of all else how the quorum fares. */
export const KAFKA_LOG_CONF = `# Written by firesteel configure; changes made here do not last.
rootLogger.level = warn
rootLogger.appenderRef.console.ref = console
logger.server.name = kafka.server.KafkaRaftServer
logger.server.level = info
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{yy/MM/dd HH:mm:ss} %p %c{1}: %m%n%ex{short}
`;
