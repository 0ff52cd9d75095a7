import type { Operation } from '../../operations/operation';
import { type Shell, sh } from '../../operations/shell';
import { python } from '../_python';
import { serverId } from '../_server-id';
import type { NodeContext } from '../role';
import { controllers, isFirst } from './_conf';
import { KAFKA_UNIT, kafkaTool } from './_install';
import { KAFKA_ADMIN, KAFKA_CONF } from './_login';
import { KAFKA_WIRE } from './_wire';
import { KAFKA_PORTS } from './ports';

export interface KafkaVotesFact {
  /** Directory ids of the controllers that vote, by their ids. Absent: the broker doesn't answer, or has yet to be made. */
  readonly voters?: Readonly<Record<string, string>>;
}

/**
 * Who is no controller any more has no vote either. The first controller takes the votes of nodes that are gone; a node
 * that is one no more, while it still runs as one, takes theirs and then its own: in the other order what is left might be
 * no majority.
 */
export function kafkaVotes(context: NodeContext): Operation<KafkaVotesFact> {
  const address = `${context.node.address}:${KAFKA_PORTS.broker}`;
  const own = serverId(context.node);
  return {
    kind: 'kafka-votes',
    name: 'controllers',
    fact: {
      script: sh`${python(KAFKA_WIRE + VOTERS, [KAFKA_ADMIN, address])} 2>/dev/null || :`.text,
      parse: (stdout) => (stdout.trim().startsWith('{') ? { voters: JSON.parse(stdout) } : {}),
      bare: {},
    },
    changes: ({ voters = {} }) =>
      toRemove(context, Object.keys(voters).map(Number)).map((id) => ({
        description: `take the vote of controller ${id}`,
        script: (id === own ? giveUpVote(address, id, voters[id]!) : removal(address, id, voters[id]!)).text,
      })),
  };
}

/** Those that are gone first; where a living node is to give its own up, it sees to all. */
function toRemove(context: NodeContext, voters: readonly number[]): readonly number[] {
  const living = context.nodesWith('kafka').map(serverId);
  const wanted = controllers(context).map(serverId);
  const gone = voters.filter((id) => !living.includes(id));
  const demoted = voters.filter((id) => living.includes(id) && !wanted.includes(id));
  const own = serverId(context.node);
  if (demoted.includes(own)) return [...gone, own];
  return isFirst(context) && demoted.length === 0 ? gone : [];
}

/** A controller that joins by itself would ask for its vote back at once. */
export function giveUpVote(address: string, id: number, directory: string | Shell): Shell {
  return sh`
    sed -i 's/^controller\.quorum\.auto\.join\.enable=.*/controller.quorum.auto.join.enable=false/' ${KAFKA_CONF}
    systemctl restart -- ${KAFKA_UNIT}
    ${removal(address, id, directory)}
  `;
}

/** The controllers change one vote at a time, and while one of them restarts, none. */
function removal(address: string, id: number, directory: string | Shell): Shell {
  const args = ['--command-config', KAFKA_ADMIN, '--bootstrap-server', address, 'remove-controller'];
  const tool = kafkaTool('org.apache.kafka.tools.MetadataQuorumCommand', [...args, '--controller-id', String(id)]);
  return sh`
    left=20
    until said=$(${tool} --controller-directory-id ${directory} 2>&1); do
      case $said in *VoterNotFound*) break ;; esac
      left=$((left - 1))
      if [ "$left" -le 0 ]; then printf '%s\n' "$said" >&2; exit 1; fi
      sleep 2
    done
  `;
}

const VOTERS = `
try:
    print(json.dumps(Broker(argv[1], login(argv[0])).quorum()[1]))
except (OSError, Refused) as error:
    fail(str(error))
`;
