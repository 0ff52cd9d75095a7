import { directory } from '../../operations/directory';
import { file } from '../../operations/file';
import type { Operation } from '../../operations/operation';
import { unit } from '../../operations/unit';
import { hardenedUnit } from '../_hardened-unit';
import { pythonProbe, unitActive } from '../_probes';
import { serverId } from '../_server-id';
import type { NodeContext, NodeInfo, Probe, Role } from '../role';
import { certificateFiles, KAFKA_CERTIFICATE, KAFKA_TRUSTED, writeCertificate } from './_certificate';
import { heapMiB, isController, isFirst, KAFKA_HOME_DIR, KAFKA_LOG_CONF, KAFKA_LOG_DIR, kafkaConf } from './_conf';
import { drainBroker } from './_drain';
import { notInClear } from './_in-clear';
import {
  installKafka,
  KAFKA_ARTIFACT,
  KAFKA_CLASS_PATH,
  KAFKA_DIGEST,
  KAFKA_LOG_CONF_FILE,
  KAFKA_UNIT,
  KAFKA_USER,
} from './_install';
import {
  adminProperties,
  assignments,
  clientProperties,
  KAFKA_ADMIN,
  KAFKA_BROKER_SECRET,
  KAFKA_CLIENT,
  KAFKA_CLIENT_ROLES,
  KAFKA_CLIENT_SECRET,
  KAFKA_CONF,
} from './_login';
import { KAFKA_RECORD } from './_record';
import { KAFKA_SETTINGS, topicsConflict } from './_settings';
import { kafkaStorage } from './_storage';
import { KAFKA_HEALTH_TOPIC, kafkaTopics } from './_topics';
import { kafkaVotes } from './_votes';
import { KAFKA_WIRE } from './_wire';
import { KAFKA_PORTS } from './ports';

const NAME = 'kafka';

/**
 * A broker of a Kafka cluster in KRaft mode; the first ones are its controllers too. All speak TLS. Each region has a
 * cluster of its own, which clients of other regions may use.
 */
export const kafka: Role = {
  name: NAME,
  summary: 'Kafka broker; the first 1, 3 or 5 nodes are controllers too (KRaft)',
  settings: KAFKA_SETTINGS,
  minMemoryMiB: 1000,
  exposes: [
    { name: 'client', port: KAFKA_PORTS.client, from: [NAME, ...KAFKA_CLIENT_ROLES], across: KAFKA_CLIENT_ROLES },
    { name: 'broker', port: KAFKA_PORTS.broker, from: [NAME] },
    { name: 'controller', port: KAFKA_PORTS.controller, from: [NAME] },
  ],
  fits: ({ count, settings }) => topicsConflict(settings, count(NAME)),
  secrets: [KAFKA_CLIENT_SECRET, KAFKA_BROKER_SECRET],
  certificate: KAFKA_CERTIFICATE,
  artifacts: () => [KAFKA_ARTIFACT],
  install: installKafka,
  configure: (context) => [
    notInClear(context),
    directory({ path: KAFKA_HOME_DIR, owner: KAFKA_USER, group: KAFKA_USER, mode: 0o750 }),
    directory({ path: KAFKA_LOG_DIR, owner: KAFKA_USER, group: KAFKA_USER, mode: 0o750 }),
    ...writeCertificate(context, KAFKA_USER),
    file({ path: KAFKA_CLIENT, content: assignments(clientProperties(context, KAFKA_TRUSTED)) }),
    file({ path: KAFKA_ADMIN, content: assignments(adminProperties(context, KAFKA_TRUSTED)) }),
    kafkaVotes(context), // before a node is told that it is no controller any more
    file({ path: KAFKA_CONF, content: kafkaConf(context), mode: 0o640, group: KAFKA_USER }),
    kafkaStorage(context),
  ],
  start: (context) => [kafkaUnit(context), ...(isFirst(context) ? [kafkaTopics(context)] : [])],
  health: (context) => [unitActive(KAFKA_UNIT), inCluster(context)],
  drain: (context, leaving = []) => drainBroker(context, leaving),
};

function kafkaUnit(context: NodeContext): Operation {
  const mounts = context.node.volumes.map(({ id, mount }) => `${id} ${mount}`);
  return unit({
    name: KAFKA_UNIT,
    content: unitText(context),
    reads: [
      { path: KAFKA_CONF, content: kafkaConf(context) },
      ...certificateFiles(context),
      { path: KAFKA_LOG_CONF_FILE, content: KAFKA_LOG_CONF },
    ],
    restartOn: [KAFKA_DIGEST, ...mounts],
  });
}

/** A broker that is told to stop hands what it leads to others first, which takes its time. */
function unitText(context: NodeContext): string {
  return hardenedUnit({
    description: `${NAME} of the cluster ${context.cluster}`,
    user: KAFKA_USER,
    exec: `/usr/bin/java ${javaOptions(context).join(' ')} -cp ${KAFKA_CLASS_PATH} kafka.Kafka ${KAFKA_CONF}`,
    directory: KAFKA_HOME_DIR,
    writable: [KAFKA_HOME_DIR],
    extra: ['TimeoutStopSec=120', 'LimitNOFILE=100000'],
  });
}

function javaOptions(context: NodeContext): readonly string[] {
  const heap = heapMiB(context);
  const small = ['-Xms64m', '-Xss512k', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-XX:MaxDirectMemorySize=64m'];
  const large = [`-Xms${heap}m`, '-XX:+UseG1GC', '-XX:MaxGCPauseMillis=20'];
  return [
    ...[`-Xmx${heap}m`, ...(heap < 1024 ? small : large)],
    ...[`-XX:ActiveProcessorCount=${context.node.vcpus}`, '-XX:+ExitOnOutOfMemoryError'],
    `-Dlog4j2.configurationFile=${KAFKA_LOG_CONF_FILE}`,
  ];
}

/** Asked as a client is let in; what is written and read back goes through the leader of its topic, wherever that is. */
function inCluster(context: NodeContext): Probe {
  const code = `${KAFKA_WIRE}${KAFKA_RECORD}
conf, address, own, votes, health, addresses = argv[0], argv[1], int(argv[2]), argv[3] == 'votes', argv[4], json.loads(argv[5])
who = login(conf)
try:
    broker = Broker(address, who)
    leader, voters = broker.quorum()
    brokers, topics = broker.metadata()
except (OSError, Refused) as error:
    fail(f'{address} does not answer: {error}')
if leader not in voters:
    fail('the controllers have no leader')
if votes and own not in voters:
    fail('it has no vote among the controllers yet')
if own not in brokers:
    fail('the controllers do not count it among the brokers')
parts = [(f'{name}-{index}', led, replicas, isr) for name, each in topics.items() for index, led, replicas, isr in each]
lost = sorted(name for name, led, _, _ in parts if led < 0)
if lost:
    fail('nobody leads ' + ', '.join(lost[:3]) + (f' and {len(lost) - 3} more' if len(lost) > 3 else ''))
behind = sorted(name for name, _, replicas, isr in parts if own in replicas and own not in isr)
if behind:
    fail(f'it has yet to catch up with {len(behind)} partitions, {behind[0]} among them')
if health not in topics:
    fail(f'the topic {health} is not there yet')
try:
    keeper = topics[health][0][1]
    write_and_read(broker if keeper == own else Broker(addresses[str(keeper)], who), health)
except (OSError, Refused, KeyError) as error:
    fail(f'a record can not be written and read: {error}')
`;
  const { node, nodesWith } = context;
  const addressOf = ({ address }: NodeInfo): string => `${address}:${KAFKA_PORTS.client}`;
  const addresses = Object.fromEntries(nodesWith(NAME).map((broker) => [serverId(broker), addressOf(broker)]));
  const votes = isController(context) ? 'votes' : 'has none';
  const args = [
    KAFKA_CLIENT,
    addressOf(node),
    String(serverId(node)),
    votes,
    KAFKA_HEALTH_TOPIC,
    JSON.stringify(addresses),
  ];
  return pythonProbe('in the cluster', code, args, KAFKA_UNIT);
}
