import { directory } from '../../operations/directory';
import { file } from '../../operations/file';
import type { Operation } from '../../operations/operation';
import { unit } from '../../operations/unit';
import { user } from '../../operations/user';
import { hardenedUnit } from '../_hardened-unit';
import { pythonProbe, unitActive } from '../_probes';
import { serverId } from '../_server-id';
import type { NodeContext, NodeInfo, Probe, Role } from '../role';
import { digestOf, installSpark, sparkArtifacts } from '../spark/_install';
import { SPARK_HOME } from '../spark/paths';
import { ZOOKEEPER_DATA_DIR, ZOOKEEPER_LOG_CONF, zookeeperConf } from './_conf';
import {
  serverLogins,
  ZOOKEEPER_CLIENT_SECRET,
  ZOOKEEPER_CONF_DIR,
  ZOOKEEPER_LOGIN_OPTIONS,
  ZOOKEEPER_LOGINS,
  ZOOKEEPER_PEER_SECRET,
} from './_login';
import { ZOOKEEPER_PORTS } from './ports';

const NAME = 'zookeeper';
const UNIT = `${NAME}.service`;
const USER = NAME;
const CONF = `${ZOOKEEPER_CONF_DIR}/zoo.cfg`;
const LOG_CONF = `${ZOOKEEPER_CONF_DIR}/log4j2.properties`;
const ID = `${ZOOKEEPER_DATA_DIR}/myid`;

/** One server of the quorum that knows which Spark master leads; it comes with Spark, whose client of it is as old. */
export const zookeeper: Role = {
  name: NAME,
  summary: 'ZooKeeper server; several Spark masters agree through it on who leads',
  minMemoryMiB: 500,
  exposes: [
    { name: 'client', port: ZOOKEEPER_PORTS.client, from: ['spark-master'] },
    { name: 'peer', port: ZOOKEEPER_PORTS.peer, from: [NAME] },
    { name: 'election', port: ZOOKEEPER_PORTS.election, from: [NAME] },
  ],
  fits: ({ count }) => quorumConflict(count(NAME)),
  secrets: [ZOOKEEPER_CLIENT_SECRET, ZOOKEEPER_PEER_SECRET],
  artifacts: sparkArtifacts,
  install: (machine) => [
    ...installSpark(machine),
    user({ name: USER, home: ZOOKEEPER_DATA_DIR }),
    directory({ path: ZOOKEEPER_CONF_DIR }),
    file({ path: LOG_CONF, content: ZOOKEEPER_LOG_CONF }),
  ],
  configure: (context) => [
    directory({ path: ZOOKEEPER_DATA_DIR, owner: USER, group: USER, mode: 0o750 }),
    file({ path: ID, content: `${serverId(context.node)}\n` }),
    file({ path: CONF, content: zookeeperConf(context) }),
    file({ path: ZOOKEEPER_LOGINS, content: serverLogins(context), mode: 0o640, group: USER }),
  ],
  start: (context) => [zookeeperUnit(context)],
  health: (context) => [unitActive(UNIT), inQuorum(context)],
};

const QUORUMS = [1, 3, 5];

function quorumConflict(servers: number): string | undefined {
  if (QUORUMS.includes(servers)) return undefined;
  return `must be on 1, 3 or 5 nodes, got ${servers}: more than half of them have to live`;
}

function zookeeperUnit(context: NodeContext): Operation {
  const mounts = context.node.volumes.map(({ id, mount }) => `${id} ${mount}`);
  return unit({
    name: UNIT,
    content: unitText(context),
    reads: [
      { path: CONF, content: zookeeperConf(context) },
      { path: ZOOKEEPER_LOGINS, content: serverLogins(context) },
      { path: LOG_CONF, content: ZOOKEEPER_LOG_CONF },
      { path: ID, content: `${serverId(context.node)}\n` },
    ],
    restartOn: [digestOf(context.settings.spark), ...mounts],
  });
}

function unitText({ cluster, node }: NodeContext): string {
  return hardenedUnit({
    description: `${NAME} of the cluster ${cluster}`,
    user: USER,
    exec: `/usr/bin/java ${javaOptions(node).join(' ')} -cp ${SPARK_HOME}/jars/* org.apache.zookeeper.server.quorum.QuorumPeerMain ${CONF}`,
    directory: ZOOKEEPER_DATA_DIR,
    writable: [ZOOKEEPER_DATA_DIR],
  });
}

/** What it keeps for a cluster is a few kilobytes for each worker and application. */
function javaOptions({ vcpus, memoryMiB }: NodeInfo): readonly string[] {
  return [
    ...[`-Xmx${memoryMiB < 2048 ? 128 : 256}m`, '-Xms32m', '-Xss512k', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'],
    ...[`-XX:ActiveProcessorCount=${vcpus}`, '-XX:+ExitOnOutOfMemoryError'],
    ...[`-Djava.security.auth.login.config=${ZOOKEEPER_LOGINS}`, ...ZOOKEEPER_LOGIN_OPTIONS],
    ...[`-Dlog4j2.configurationFile=${LOG_CONF}`, '-Dzookeeper.jmx.log4j.disable=true'],
  ];
}

function inQuorum({ node, nodesWith }: NodeContext): Probe {
  const code = `
address, port, servers = argv[0], int(argv[1]), int(argv[2])
try:
    with socket.create_connection((address, port), timeout=10) as server:
        server.sendall(b'srvr')
        answer = server.makefile().read()
except OSError as error:
    fail(f'{address}:{port} does not answer: {error}')
mode = re.search(r'^Mode: (.*)$', answer, re.M)
if not mode:
    fail('it is in no quorum: ' + (answer.strip() or 'it says nothing'))
if (mode.group(1) == 'standalone') != (servers == 1):
    fail(f'it is {mode.group(1)}, and should be one of {servers}')
`;
  const servers = String(nodesWith(NAME).length);
  return pythonProbe('in a quorum', code, [node.address, String(ZOOKEEPER_PORTS.client), servers], UNIT);
}
