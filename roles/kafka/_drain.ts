import { lines, type Shell, sh } from '../../operations/shell';
import { python } from '../_python';
import { serverId } from '../_server-id';
import type { Drain, NodeContext } from '../role';
import { KAFKA_UNIT, kafkaTool } from './_install';
import { KAFKA_ADMIN } from './_login';
import { giveUpVote } from './_votes';
import { KAFKA_WIRE } from './_wire';
import { KAFKA_PORTS } from './ports';

/**
 * A broker that comes back may stop when of every partition that lies on others too, enough of those have all of it: then
 * its clients go on with them. What lies on it alone can't be read while it is away; nothing is waited for on that account.
 * One that goes for good gives up its vote, and all partitions to brokers that stay.
 */
export function drainBroker(context: NodeContext, leaving: readonly string[]): Drain {
  const goes = leaving.length > 0;
  const count = python(KAFKA_WIRE + (goes ? COUNT_HELD : COUNT_NEEDED), [KAFKA_ADMIN, addressOf(context)]);
  return {
    begin: goes ? handOver(context, leaving).text : ':',
    load: lines(sh`case $(systemctl is-active -- ${KAFKA_UNIT}) in inactive|failed) echo 0; exit 0 ;; esac`, count)
      .text,
  };
}

function addressOf({ node }: NodeContext): string {
  return `${node.address}:${KAFKA_PORTS.broker}`;
}

/** Kafka moves partitions by itself once it has been told where to; that it is told again does no harm. */
function handOver(context: NodeContext, leaving: readonly string[]): Shell {
  const nodes = context.nodesWith('kafka');
  const going = nodes.filter(({ name }) => leaving.includes(name));
  // Where all go, so does what they hold.
  if (going.length === nodes.length) return sh`:`;
  const address = addressOf(context);
  const own = serverId(context.node);
  const args = ['--command-config', KAFKA_ADMIN, '--bootstrap-server', address, '--reassignment-json-file', MOVES];
  const tool = 'org.apache.kafka.tools.reassign.ReassignPartitionsCommand';
  const move = kafkaTool(tool, [...args, '--execute', '--additional']);
  const planned = [KAFKA_ADMIN, address, MOVES, ...going.map((node) => String(serverId(node)))];
  return sh`
    directory=$(${python(KAFKA_WIRE + VOTE, [KAFKA_ADMIN, address, String(own)])}) || { echo "$directory"; exit 1; }
    if [ -n "$directory" ]; then
      ${giveUpVote(address, own, sh`"$directory"`)}
    fi
    moves=$(${python(KAFKA_WIRE + PLAN, planned)}) || { echo "$moves"; exit 1; }
    if [ "$moves" -gt 0 ]; then ${move}; fi
  `;
}

/** Where partitions are to go; kept until the next boot, because meanwhile they are at both places. */
const MOVES = '/run/firesteel-kafka-moves.json';

const COUNT_NEEDED = `
try:
    broker = Broker(argv[1], login(argv[0]))
    brokers, topics = broker.metadata()
except (OSError, Refused) as error:
    fail(f'{argv[1]} does not answer: {error}')
own = next((number for number, address in brokers.items() if address == argv[1]), None)
parts = [part for each in topics.values() for part in each]
enough = lambda replicas, isr: len(set(isr) - {own}) >= min(2, len(replicas) - 1)
print(sum(own in replicas and len(replicas) > 1 and not enough(replicas, isr) for _, _, replicas, isr in parts))
`;

const COUNT_HELD = `
try:
    brokers, topics = Broker(argv[1], login(argv[0])).metadata()
except (OSError, Refused) as error:
    fail(f'{argv[1]} does not answer: {error}')
own = next((number for number, address in brokers.items() if address == argv[1]), None)
print(sum(own in replicas for each in topics.values() for _, _, replicas, _ in each))
`;

const VOTE = `
try:
    leader, voters = Broker(argv[1], login(argv[0])).quorum()
except (OSError, Refused) as error:
    fail(f'{argv[1]} does not answer: {error}')
if list(voters) == [int(argv[2])]:
    fail('it is the only controller there is: let others join first, or remove all')
print(voters.get(int(argv[2]), ''))
`;

/** Each partition stays where it is on brokers that stay, and goes besides to those that hold least. */
const PLAN = `
address, path, going = argv[1], argv[2], set(map(int, argv[3:]))
try:
    with open(path) as lines:
        known = json.load(lines)['partitions']
except (OSError, ValueError):
    known = []
deadline = time.monotonic() + 60
while True:
    try:
        brokers, topics = Broker(address, login(argv[0])).metadata()
        break
    except (OSError, Refused) as error:
        if time.monotonic() > deadline:
            fail(f'{address} does not answer: {error}')
        time.sleep(1)
staying = sorted(set(brokers) - going)
held = {number: sum(number in part[2] for each in topics.values() for part in each) for number in staying}
now = {(name, part[0]): part[2] for name, each in topics.items() for part in each}
under_way = lambda move: going & set(now.get((move['topic'], move['partition']), [])) and set(move['replicas']) <= set(staying)
known = [move for move in known if under_way(move)]
planned = {(move['topic'], move['partition']) for move in known}
moves = []
for name, each in sorted(topics.items()):
    for index, _, replicas, _ in each:
        if not going & set(replicas) or (name, index) in planned:
            continue
        target = [number for number in replicas if number not in going]
        while len(target) < min(len(replicas), len(staying)):
            least = min((number for number in staying if number not in target), key=lambda number: (held[number], number))
            held[least] += 1
            target.append(least)
        moves.append({'topic': name, 'partition': index, 'replicas': target})
with open(path, 'w') as lines:
    json.dump({'version': 1, 'partitions': known + moves}, lines)
print(len(known + moves))
`;
