import { sh } from '../../operations/shell';
import { pythonProbe } from '../_probes';
import { PROGRAMS } from '../_programs';
import type { NodeContext, Probe } from '../role';
import { GALERA_FOLLOWER } from './_follower';
import { GALERA_FORGET } from './_forget';
import { ARBITRATOR, GALERA, groupSize } from './_members';
import { galeraDatabases, mariadb } from './_objects';
import { GALERA_PORTS, GALERA_REGION_STATE, GALERA_STATE, MARIADB_APP_LOGIN } from './_paths';
import type { GaleraRegions } from './_regions';
import { MARIADB_OWNER } from './_settings';

/** In the group that has a quorum, with all others, and with all that they have. */
export function inStep(context: NodeContext, unit: string): Probe {
  const wanted = ['wsrep_cluster_size', 'wsrep_cluster_status', 'wsrep_local_state_comment', 'wsrep_ready'];
  const names = wanted.map((name) => `'${name}'`).join(', ');
  const script = sh`
    if ! status=$(${mariadb(['-e', `show global status where variable_name in (${names})`])} 2>&1); then
      if [ -s ${GALERA_STATE} ]; then sed -n 's/.*"phase": "\([a-z]*\)".*"why": "\([^"]*\)".*/\1: \2/p' ${GALERA_STATE}; fi
      printf '%s\n' "$status"
      journalctl --no-pager -q -o cat -n 200 -u ${unit} | grep -E '\[ERROR\]' | tail -n 3 | cut -c1-300
      exit 1
    fi
    value() { printf '%s\n' "$status" | sed -n "s/^$1\t//p"; }
    if [ "$(value wsrep_cluster_status)" != Primary ]; then
      echo "its group of $(value wsrep_cluster_size) has no quorum; if the others are lost for good:" \
        "mariadb -e \"set global wsrep_provider_options = 'pc.bootstrap=1'\""
      exit 1
    fi
    if [ "$(value wsrep_local_state_comment)" != Synced ] || [ "$(value wsrep_ready)" != ON ]; then
      echo "it is $(value wsrep_local_state_comment), not Synced"
      exit 1
    fi
    if [ "$(value wsrep_cluster_size)" != ${groupSize(context)} ]; then
      echo "the group has $(value wsrep_cluster_size) members of" ${groupSize(context)}
      exit 1
    fi
  `;
  return { name: 'in step with the group', script: script.text };
}

/**
 * Another cluster can replicate from this one only where all nodes give a transaction the same GTID. They agree on that when
 * the group is made; members that were told later each go on in their own way.
 */
export function numbersAlike(domain: number): Probe {
  const statement =
    `select concat('transactions are numbered ', @@gtid_binlog_pos) from dual where @@gtid_binlog_pos <> '' ` +
    `and @@gtid_binlog_pos not rlike '^(.*,)?${domain}-${domain}-[0-9]+(,.*)?$'`;
  const script = sh`
    said=$(${mariadb(['-e', statement])} 2>&1) && [ -z "$said" ] && exit 0
    echo "$said;" ${`not as ${domain}-${domain}: asynchronous has to be set when the cluster is made`}
    exit 1
  `;
  return { name: 'one sequence of GTIDs', script: script.text };
}

/** Of a cluster in several regions the same holds for the numbers of each of them. */
export function numbersOfRegionsAlike(): Probe {
  const statement =
    `select concat('transactions are numbered ', @@gtid_binlog_pos) from dual ` +
    `where @@gtid_binlog_pos rlike '(^|,)([0-9]{1,3})-(?!\\\\2-)'`;
  const script = sh`
    said=$(${mariadb(['-e', statement])} 2>&1) && [ -z "$said" ] && exit 0
    echo "$said;" 'not with the number of a region twice: asynchronous has to be set when the cluster is made'
    exit 1
  `;
  return { name: 'one sequence of GTIDs a region', script: script.text };
}

/** One region takes writes, and a node of each other one replicates from it and is not far behind; else why not. */
export function knowsItsRegion(context: NodeContext, { primary }: GaleraRegions): Probe {
  const code = `
path, unit, primary, anew = argv
try:
    with open(path) as file:
        state = json.load(file)
except (OSError, ValueError):
    fail(f'{unit} says nothing yet')
silent = int(time.time()) - state['told']
if silent > 60:
    fail(f'{unit} says nothing for {silent} s')
if state.get('primary', primary) != primary:
    fail(f'it has yet to see that {primary} is to take writes')
problem = state.get('problem')
if state['phase'] == 'diverged' or 'can not go on' in (problem or ''):
    fail(f'{problem}. To give up what only this region has, begin it anew from a copy: {anew}')
if problem:
    fail(problem)
if state['phase'] == 'primary' and state['writes']:
    sys.exit(0)
if state['phase'] == 'standby' and state.get('follower'):
    sys.exit(0)
fail('no node of the region replicates yet' if state['phase'] == 'standby' else f'its region {state["phase"]}')
`;
  const servers = context.nodesWith(GALERA).map(({ name }) => name);
  const anew =
    `"firesteel run ${context.cluster} --on ${servers.join(',')} --sudo -- ${PROGRAMS}/${GALERA_FORGET}", ` +
    `then "firesteel configure ${context.cluster}"`;
  return pythonProbe('in step with the other regions', code, [
    GALERA_REGION_STATE,
    `${GALERA_FOLLOWER}.service`,
    primary,
    anew,
  ]);
}

/** A client comes in as clients do, and reads. */
export function letsClientsIn(context: NodeContext): Probe {
  const own = galeraDatabases(context).find(({ owner }) => owner === MARIADB_OWNER);
  const database = own === undefined ? [] : [own.name];
  const script = sh`
    said=$(mariadb --defaults-file=${MARIADB_APP_LOGIN} --host=${context.node.address} --port=${GALERA_PORTS.sql} \
      --connect-timeout=5 -NB -e 'select count(*) from information_schema.schemata' ${database} 2>&1) && exit 0
    printf '%s\n' ${`${MARIADB_OWNER} can't read:`} "$said"
    exit 1
  `;
  return { name: 'lets clients in', script: script.text };
}

/** What balancers go by says so too. */
export function saysReady({ node }: NodeContext): Probe {
  const code = `
try:
    answer = opener.open(argv[0], timeout=10)
except urllib.error.HTTPError as error:
    answer = error
except OSError as error:
    fail(f'{argv[0]} does not answer: {error}')
state = json.load(answer)
if not state.get('ready'):
    fail('it is not ready: ' + json.dumps(state))
`;
  return pythonProbe('says that it is ready', code, [`http://${node.address}:${GALERA_PORTS.state}/`]);
}

/** An arbitrator is in the group when some server counts as many members as there are. */
export function arbitrates(context: NodeContext): Probe {
  const code = `
size, sizes = int(argv[0]), {}
for server in argv[1:]:
    try:
        answer = opener.open(f'http://{server}/', timeout=5)
    except urllib.error.HTTPError as error:
        answer = error
    except OSError:
        continue
    state = json.load(answer)
    sizes[server] = state.get('size', 0)
    if not is_connected_to(server.split(':')[0] + ':${GALERA_PORTS.group}'):
        continue
    if state.get('status') == 'Primary' and sizes[server] == size:
        sys.exit(0)
fail(f'no server that it is connected to has a group of {size}: {sizes or "none answers"}')
`;
  const servers = context.nodesWith(GALERA).map(({ address }) => `${address}:${GALERA_PORTS.state}`);
  return pythonProbe('in the group', code, [String(groupSize(context)), ...servers], `${ARBITRATOR}.service`);
}
