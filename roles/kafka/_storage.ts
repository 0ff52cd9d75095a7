import type { Operation } from '../../operations/operation';
import { type Shell, sh } from '../../operations/shell';
import { python } from '../_python';
import { serverId } from '../_server-id';
import type { NodeContext } from '../role';
import { clusterId, isController, isFirst, KAFKA_LOG_DIR } from './_conf';
import { KAFKA_USER, kafkaTool } from './_install';
import { KAFKA_ADMIN, KAFKA_CONF } from './_login';
import { KAFKA_WIRE } from './_wire';
import { KAFKA_PORTS } from './ports';

export interface KafkaStorageFact {
  /** Absent: it is not formatted. */
  readonly clusterId?: string;
  readonly nodeId?: number;
}

const META = `${KAFKA_LOG_DIR}/meta.properties`;

/**
 * The folder that Kafka keeps all in, formatted once; each region's Kafka is a cluster of its own. The first controller
 * begins a quorum of itself, which the others join when they start: so a cluster that is made and one that grows go the
 * same way.
 * @throws {Error} when the folder holds another node's data, or another cluster's; it is never formatted over
 */
export function kafkaStorage(context: NodeContext): Operation<KafkaStorageFact> {
  const { cluster, node } = context;
  const wanted = { clusterId: clusterId(cluster, node.region), nodeId: serverId(node) };
  // A cluster that was in one region before it came into others keeps the id that it had.
  const known = [wanted.clusterId, clusterId(cluster)];
  return {
    kind: 'kafka-storage',
    name: KAFKA_LOG_DIR,
    fact: {
      script: sh`cat ${META} 2>/dev/null || :`.text,
      parse: parseMeta,
      bare: {},
    },
    changes(fact) {
      if (fact.clusterId === undefined) {
        return [{ description: `format ${KAFKA_LOG_DIR}`, script: formatScript(context, wanted.clusterId).text }];
      }
      if (known.includes(fact.clusterId) && fact.nodeId === wanted.nodeId) return [];
      throw new Error(
        `${KAFKA_LOG_DIR} is that of node ${fact.nodeId} of the Kafka cluster ${fact.clusterId}, not of node ` +
          `${wanted.nodeId} of ${wanted.clusterId}; it is never formatted over: take the volume to where it belongs, or empty it yourself`,
      );
    },
  };
}

function parseMeta(stdout: string): KafkaStorageFact {
  const value = (key: string): string | undefined => new RegExp(`^${key}=(.*)$`, 'm').exec(stdout)?.[1];
  const id = value('cluster\\.id');
  return id === undefined ? {} : { clusterId: id, nodeId: Number(value('node\\.id')) };
}

/** Kafka writes its `meta.properties` last, and refuses what is formatted: a run that was cut off begins anew. */
function formatScript(context: NodeContext, id: string): Shell {
  const format = (how: readonly string[]): Shell => {
    const args = ['format', '--config', KAFKA_CONF, ...how];
    return sh`runuser -u ${KAFKA_USER} -- ${kafkaTool('kafka.tools.StorageTool', args)} --cluster-id="$id"`;
  };
  const join = format(isController(context) ? ['--no-initial-controllers'] : []);
  if (!isFirst(context) && context.node.region === undefined) {
    return sh`
      id=${id}
      ${join}
    `;
  }
  return sh`
    if id=$(${idThere(context)}); then
      ${join}
    else
      id=${id}
      ${isFirst(context) ? format(['--standalone']) : join}
    fi
  `;
}

/** The id that a broker tells: then there is a cluster, and if this is its first node, its disk is a new one. */
function idThere({ node, nodesWith }: NodeContext): Shell {
  const others = nodesWith('kafka')
    .filter(({ name }) => name !== node.name)
    .map(({ address }) => `${address}:${KAFKA_PORTS.broker}`);
  const code = `${KAFKA_WIRE}
who = login(argv[0])
for address in argv[1:]:
    try:
        broker = Broker(address, who)
        if broker.metadata()[0]:
            print(broker.cluster)
            sys.exit(0)
    except (OSError, Refused):
        pass
sys.exit(1)
`;
  return python(code, [KAFKA_ADMIN, ...others]);
}
