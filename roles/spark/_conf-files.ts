import { type Operation, PYTHON, type Secret } from '../../operations';
import { directory } from '../../operations/directory';
import { file } from '../../operations/file';
import { properties } from '../_properties';
import type { NodeContext, NodeInfo } from '../role';
import { sparkUrl } from './_master-url';
import { sharesMastership, zookeeperRecovery } from './_mastership';
import { SPARK_SECRET } from './_secret';
import { daemonHeapMiB, driverHeapMiB, executorSize, isSmall } from './_sizes';
import { PORT_CONF, SECURITY_CONF } from './conf';
import { SPARK_CONF_DIR, SPARK_DATA_DIR, SPARK_ENV, SPARK_USER } from './paths';
import { SPARK_PORTS } from './ports';
import { majorOf } from './versions';

type Conf = Readonly<Record<string, string | Secret>>;

const EVENTS = `file:${SPARK_DATA_DIR}/events`;

/** What a daemon reads of the user's `spark.conf`; other keys are for applications and restart no daemon. */
const DAEMON_KEYS =
  /^spark\.(master|worker|deploy|history|ui|ssl|hadoop|network|rpc|metrics|decommission|shuffle\.service|acls|admin|user|dead|resources|redaction|log|storage\.decommission)\b/;

/** A daemon whose port is taken had better say so than move to one that is closed. */
const FIXED_PORTS: Conf = { 'spark.port.maxRetries': '0' };

/**
 * Executors on a worker that is drained move their blocks to others before they end, and look every five seconds, not every
 * 30, whether they are done. A task that still looks for a block where it was is tried again, and never counted against
 * its stage: else four workers drained one after the other would fail the job.
 */
const DRAIN_CONF: Conf = {
  'spark.decommission.enabled': 'true',
  'spark.storage.decommission.enabled': 'true',
  'spark.storage.decommission.rddBlocks.enabled': 'true',
  'spark.storage.decommission.shuffleBlocks.enabled': 'true',
  'spark.storage.decommission.replicationReattemptInterval': '5s',
  'spark.stage.ignoreDecommissionFetchFailure': 'true',
  'spark.scheduler.maxRetainedRemovedDecommissionExecutors': '1000',
};

/** Read by master and worker when they start. */
export function daemonConf(context: NodeContext): Secret {
  return properties({
    ...FIXED_PORTS,
    'spark.ui.reverseProxy': 'true',
    'spark.decommission.enabled': 'true',
    'spark.worker.cleanup.enabled': 'true',
    // How long a master that was restarted waits for workers that don't answer any more; those that live answer at once.
    'spark.deploy.recoveryTimeout': '30s',
    ...(sharesMastership(context) ? zookeeperRecovery(context) : ownRecovery(context)),
    ...usersFor('daemons', context),
    ...security(context),
  });
}

/** RocksDB came with 4.0. Each version its own folder: what one has written, another need not be able to read. */
function ownRecovery({ settings }: NodeContext): Conf {
  const { version } = settings.spark;
  return {
    'spark.deploy.recoveryMode': majorOf(version) >= 4 ? 'ROCKSDB' : 'FILESYSTEM',
    'spark.deploy.recoveryDirectory': `${SPARK_DATA_DIR}/recovery/${version}`,
  };
}

/** Read by the history server when it starts; it speaks to no other daemon, so it gets no secret of ours. */
export function historyConf(context: NodeContext): Secret {
  return properties({
    ...FIXED_PORTS,
    'spark.history.fs.logDirectory': EVENTS,
    'spark.history.fs.cleaner.enabled': 'true',
    ...usersFor('daemons', context),
    'spark.history.ui.port': String(SPARK_PORTS.history),
  });
}

/**
 * Read by every driver that starts on the node; it tells the executors.
 * @param usual what else holds unless the user says otherwise. @default - nothing
 * @param own what else holds whatever the user says. @default - nothing
 */
export function applicationConf(context: NodeContext, usual: Conf = {}, own: Conf = {}): Secret {
  const { node, settings } = context;
  const workers = context.nodesWith('spark-worker');
  return properties({
    ...usual,
    ...(workers.length === 0 ? {} : executorConf(workers)),
    'spark.driver.memory': `${driverHeapMiB(node)}m`,
    'spark.driver.defaultJavaOptions': heapOptions(driverHeapMiB(node), node.vcpus),
    'spark.ui.reverseProxy': 'true',
    'spark.eventLog.enabled': 'true',
    'spark.eventLog.dir': EVENTS,
    ...DRAIN_CONF,
    ...(settings.spark.packages.length === 0 ? {} : { 'spark.jars.packages': settings.spark.packages.join(',') }),
    ...usersFor('applications', context),
    'spark.master': sparkUrl(context),
    'spark.driver.host': node.address,
    'spark.driver.bindAddress': node.address,
    ...PORT_CONF,
    ...security(context),
    ...own,
  });
}

/**
 * Of how many workers there are nothing is said, so that one that comes changes no other node: an application gets all
 * cores there are, also those that come while it runs, unless `spark.cores.max` says less.
 */
function executorConf(workers: readonly NodeInfo[]): Conf {
  const { memoryMiB, cores } = executorSize(workers);
  const vcpus = Math.min(...workers.map((worker) => worker.vcpus));
  return {
    'spark.executor.memory': `${memoryMiB}m`,
    ...(cores === undefined ? {} : { 'spark.executor.cores': String(cores) }),
    'spark.executor.defaultJavaOptions': heapOptions(memoryMiB, cores ?? vcpus),
  };
}

/** The user's own, but for what `sparkConfConflicts` says. */
function usersFor(whom: 'daemons' | 'applications', { settings }: NodeContext): Conf {
  const entries = Object.entries(settings.spark.conf);
  return Object.fromEntries(whom === 'applications' ? entries : entries.filter(([key]) => DAEMON_KEYS.test(key)));
}

function security(context: NodeContext): Conf {
  return { ...SECURITY_CONF, 'spark.authenticate.secret': context.secret(SPARK_SECRET.name) };
}

/** A guest may see all processors and all memory of its host: how many are its own, it has to be told. */
function heapOptions(heapMiB: number, processors: number): string {
  const small = isSmall(heapMiB) ? ['-XX:+UseSerialGC', '-Xms64m'] : [];
  return [...small, `-XX:ActiveProcessorCount=${processors}`].join(' ');
}

/** Variables of everything that runs below Spark's `bin`; no secrets. */
export function sparkEnv({ node, settings }: NodeContext): string {
  const small = isSmall(node.memoryMiB) ? ['-XX:TieredStopAtLevel=1', '-Xss512k'] : [];
  const daemonOptions = [
    '-XX:+UseSerialGC',
    '-Xms32m',
    ...small,
    `-XX:ActiveProcessorCount=${node.vcpus}`,
    '-XX:+ExitOnOutOfMemoryError',
  ];
  return `# Written by firesteel configure; changes made here do not last.
for home in /usr/lib/jvm/java-21-openjdk-* /usr/lib/jvm/java-17-openjdk-*; do
  if [ -x "$home/bin/java" ]; then JAVA_HOME=$home; fi
done
SPARK_LOCAL_IP=${node.address}
SPARK_LOCAL_HOSTNAME=${node.address}
SPARK_LOCAL_DIRS=${SPARK_DATA_DIR}/local
SPARK_DAEMON_MEMORY=\${SPARK_DAEMON_MEMORY:-${daemonHeapMiB(node)}m}
SPARK_DAEMON_JAVA_OPTS='${daemonOptions.join(' ')}'
SPARK_LAUNCHER_OPTS='-XX:+UseSerialGC -XX:TieredStopAtLevel=1'
PYSPARK_PYTHON=${settings.python.packages.length > 0 ? PYTHON : '/usr/bin/python3'}
`;
}

/** Readable by the daemons and drivers alone. */
export function sparkConfFile(path: string, content: Secret): Operation {
  return file({ path, content, mode: 0o640, group: SPARK_USER });
}

/** The folder of the configuration, and what is the same for all roles on a node. */
export function sparkConfDir(context: NodeContext): readonly Operation[] {
  return [directory({ path: SPARK_CONF_DIR }), file({ path: SPARK_ENV, content: sparkEnv(context) })];
}
