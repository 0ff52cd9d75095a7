import { lines, sh } from '../../operations/shell';
import { python } from '../_python';
import type { Drain, NodeContext } from '../role';
import { SPARK_PORTS } from './ports';

/**
 * Spark's decommissioning of a worker: the master gives it no executors any more and tells the drivers, whose executors
 * there finish their tasks, move their blocks to others, and end. The worker itself stays, and never takes any again until
 * it is restarted.
 */
export function drainWorker(context: NodeContext, unit: string): Drain {
  const masters = context.nodesWith('spark-master').map(({ address }) => address);
  const { address } = context.node;
  const page = `http://${address}:${SPARK_PORTS.workerPage}`;
  return {
    via: 'spark-master',
    begin: python(DECOMMISSION, [address, String(SPARK_PORTS.masterPage), ...masters]).text,
    load: lines(
      sh`case $(systemctl is-active -- ${unit}) in inactive|failed) echo 0; exit 0 ;; esac`,
      python(COUNT, [page]),
    ).text,
    starting: python(COUNT_STARTING, [page, ...SPARK_PORTS.blocks.map(String)]).text,
  };
}

/**
 * Runs on any master. One of several masters knows the workers, and only from its own machine it may be told to
 * decommission some; those that stand by would tell of no workers at all, and may be about to lead. One that was restarted
 * has to find its workers first.
 */
const DECOMMISSION = `
worker, port, masters = argv[0], argv[1], argv[2:]

def is_ours(address):
    with socket.socket() as probe:
        try:
            probe.bind((address, 0))
        except OSError:
            return False
        return True

ours = [address for address in masters if is_ours(address)]
if not ours:
    fail('no Spark master has an address of this node')
url = f'http://{ours[0]}:{port}'
WHY = {
    403: 'spark.master.ui.decommission.allow.mode must be LOCAL; leave it out of spark.conf',
    405: 'spark.decommission.enabled must be true; leave it out of spark.conf',
}

def decommission():
    try:
        opener.open(f'{url}/workers/kill/?host={worker}', data=b'', timeout=20).close()
    except urllib.error.HTTPError as error:
        if error.code != 404:
            fail(f'the master refuses to decommission {worker} with HTTP {error.code}: {WHY.get(error.code, error.reason)}')
    except Exception as error:
        fail(f'{url} does not answer: {getattr(error, "reason", error)}')

deadline = time.monotonic() + 60
while True:
    master = get_json(url + '/json/')
    status = master.get('status')
    if status not in ('ALIVE', 'RECOVERING'):
        print(f'the master at {ours[0]} is {status}')
        sys.exit(75)
    states = [each['state'] for each in master['workers'] if each['host'] == worker]
    at_work = [state for state in states if state not in ('DECOMMISSIONED', 'DEAD')]
    if status == 'ALIVE' and not at_work:
        sys.exit(0)
    if time.monotonic() > deadline:
        fail(f'after 60 s the master is {status} and the worker {", ".join(at_work)}')
    if status == 'ALIVE':
        decommission()
    time.sleep(0.5)
`;

/** Drivers that were submitted in cluster mode run on workers too; Spark moves none of them, so they are waited for. */
const COUNT = `
url = argv[0]
executors = get_json(url + '/json/').get('executors', [])
drivers = re.search(r'Running Drivers \\((\\d+)\\)', get(url + '/'))
print(len(executors) + (int(drivers.group(1)) if drivers else 0))
`;

/**
 * An executor opens its block manager's port when its driver has taken it in: what another executor gives up while it is
 * decommissioned can move to it from then on.
 */
const COUNT_STARTING = `
url, first, last = argv[0], int(argv[1]), int(argv[2])
ports = set()
for table in ('/proc/net/tcp', '/proc/net/tcp6'):
    with open(table) as lines:
        ports |= {int(line.split()[1].rsplit(':', 1)[1], 16) for line in lines if line.split()[3] == '0A'}
open_ports = sum(first <= port <= last for port in ports)
print(max(0, len(get_json(url + '/json/').get('executors', [])) - open_ports))
`;
