import type { Operation } from '../../operations/operation';
import { sh } from '../../operations/shell';
import { python } from '../_python';
import type { NodeContext } from '../role';
import { defaultReplication, minInSync } from './_conf';
import { KAFKA_ADMIN } from './_login';
import { kafkaSettings, topicsConflict } from './_settings';
import { KAFKA_WIRE } from './_wire';
import { KAFKA_PORTS } from './ports';

export interface KafkaTopicsFact {
  /** Absent: the broker doesn't answer yet. */
  readonly topics?: readonly string[];
  /** Whether clients may do what they are to. */
  readonly granted?: boolean;
}

interface WantedTopic {
  readonly name: string;
  readonly partitions: number;
  readonly replication: number;
  readonly conf: Readonly<Record<string, string>>;
}

/** Holds what health probes write, for an hour. */
export const KAFKA_HEALTH_TOPIC = 'firesteel-health';

/** How long brokers may take until there are as many as a topic needs, in seconds. */
const WITHIN_SECONDS = 120;

/**
 * The plan's topics, those that are missing made; and what clients may do: everything with topics and groups, nothing with
 * brokers. Stated by one broker once it runs, and waits until there are enough of them.
 * @throws {Error} when a topic is to lie on more brokers than there are
 */
export function kafkaTopics(context: NodeContext): Operation<KafkaTopicsFact> {
  const wanted = wantedTopics(context);
  const address = `${context.node.address}:${KAFKA_PORTS.broker}`;
  return {
    kind: 'kafka-topics',
    name: 'topics',
    fact: {
      script: sh`${python(KAFKA_WIRE + GRANTS + LOOK, [KAFKA_ADMIN, address])} 2>/dev/null || :`.text,
      parse: parseTopics,
      bare: {},
    },
    changes({ topics, granted }) {
      const missing = wanted.filter(({ name }) => !topics?.includes(name));
      if (missing.length === 0 && granted) return [];
      const args = [KAFKA_ADMIN, address, String(WITHIN_SECONDS), JSON.stringify(missing)];
      const what = missing.length === 0 ? 'rights of clients' : `topics ${missing.map(({ name }) => name).join(', ')}`;
      return [{ description: `make ${what}`, script: python(KAFKA_WIRE + GRANTS + MAKE, args).text }];
    },
  };
}

function parseTopics(stdout: string): KafkaTopicsFact {
  return stdout.trim().startsWith('{') ? (JSON.parse(stdout) as KafkaTopicsFact) : {};
}

/** @throws {Error} when one is to lie on more brokers than there are */
function wantedTopics({ settings, nodesWith }: NodeContext): readonly WantedTopic[] {
  const conflict = topicsConflict(settings, nodesWith('kafka').length);
  if (conflict) throw new Error(conflict);
  const usual = defaultReplication(nodesWith('kafka').length);
  const users = kafkaSettings(settings).topics.map(({ name, partitions, replication = usual }) => ({
    ...{ name, partitions, replication },
    conf: { 'min.insync.replicas': String(minInSync(replication)) },
  }));
  const hour = { 'retention.ms': '3600000', 'segment.ms': '3600000' };
  const conf = { ...hour, 'min.insync.replicas': String(minInSync(usual)) };
  return [{ name: KAFKA_HEALTH_TOPIC, partitions: 1, replication: usual, conf }, ...users];
}

/** Kafka's numbers: of a resource topic 2, group 3, cluster 4, transaction 5; literal 3; all 2, describe 8; allow 3. */
const GRANTS = `
GRANTS = [(2, '*', 2), (3, '*', 2), (5, '*', 2), (4, 'kafka-cluster', 8)]

def granted(broker):
    answer = broker.ask(29, 1, struct.pack('>b', 1) + text(None) + struct.pack('>b', 1) + text('User:client') + text(None) + struct.pack('>bb', 1, 1))
    answer.number('i')
    error, why = answer.number('h'), answer.text()
    if error != 0:
        raise Refused(f'it does not tell who may do what: {why or error}')
    def rule():
        answer.text(), answer.text()
        return answer.number('b'), answer.number('b')
    def resource():
        kind, name = answer.number('b'), answer.text()
        answer.number('b')
        return [(kind, name, operation) for operation, permission in answer.list(rule) if permission == 3]
    found = sum(answer.list(resource), [])
    return all(grant in found for grant in GRANTS)
`;

const LOOK = `
try:
    broker = Broker(argv[1], login(argv[0]))
    print(json.dumps({'topics': sorted(broker.metadata()[1]), 'granted': granted(broker)}))
except (OSError, Refused) as error:
    fail(str(error))
`;

/** That there are too few brokers yet is error 38, that there is such a topic already 36. */
const MAKE = `
address, deadline, missing = argv[1], time.monotonic() + int(argv[2]), json.loads(argv[3])
who = login(argv[0])

def grant(broker):
    rules = [struct.pack('>b', kind) + text(name) + struct.pack('>b', 3) + text('User:client') + text('*') + struct.pack('>bb', operation, 3) for kind, name, operation in GRANTS]
    answer = broker.ask(30, 1, array(rules))
    answer.number('i')
    for error, why in answer.list(lambda: (answer.number('h'), answer.text())):
        if error != 0:
            raise Refused(f'it grants clients nothing: {why or error}')

def make(broker, topic):
    conf = [text(key) + text(value) for key, value in topic['conf'].items()]
    size = struct.pack('>ih', topic['partitions'], topic['replication'])
    body = array([text(topic['name']) + size + array([]) + array(conf)]) + struct.pack('>i?', 30000, False)
    answer = broker.ask(19, 2, body)
    answer.number('i')
    for name, error, why in answer.list(lambda: (answer.text(), answer.number('h'), answer.text())):
        if error not in (0, 36):
            raise Refused(f'topic {name} can not be made: {why or error}')

while True:
    try:
        broker = Broker(address, who)
        grant(broker)
        for topic in missing:
            make(broker, topic)
        break
    except (OSError, Refused) as error:
        if time.monotonic() > deadline:
            fail(f'{address}: {error}')
        time.sleep(1)
`;
