import { pythonProbe, unitActive } from '../_probes';
import type { NodeContext, Probe, Role } from '../role';
import { applicationConf, daemonConf, sparkConfDir, sparkConfFile } from './_conf-files';
import { drainWorker } from './_drain';
import { DRIVER_ROLES } from './_driver';
import { installSpark, sparkArtifacts } from './_install';
import { sparkUrl } from './_master-url';
import { SPARK_SECRET } from './_secret';
import { sparkServices } from './_services';
import { SPARK_MIN_MEMORY_MIB, workerMemoryMiB } from './_sizes';
import { sparkUnit } from './_unit';
import { SPARK_DAEMON_CONF, SPARK_DATA_DIR, SPARK_DEFAULTS } from './paths';
import { SPARK_PORTS } from './ports';

const NAME = 'spark-worker';
const UNIT = `${NAME}.service`;

/** A worker of a standalone cluster: it starts executors for applications. */
export const sparkWorker: Role = {
  name: NAME,
  summary: 'Spark worker; runs the executors',
  minMemoryMiB: SPARK_MIN_MEMORY_MIB,
  exposes: [
    { name: 'rpc', port: SPARK_PORTS.worker, from: ['spark-master'] },
    { name: 'page', port: SPARK_PORTS.workerPage, from: ['spark-master'] },
    { name: 'driver', port: SPARK_PORTS.driver, from: [NAME, 'spark-master'] },
    {
      name: 'blocks',
      port: [SPARK_PORTS.driverBlocks[0], SPARK_PORTS.blocks[1]],
      from: [NAME, 'spark-master', ...DRIVER_ROLES],
    },
  ],
  pages: [{ name: 'worker', port: SPARK_PORTS.workerPage }],
  after: ['spark-master'],
  fits: ({ count }) => (count('spark-master') > 0 ? undefined : 'needs a group with the role spark-master'),
  secrets: [SPARK_SECRET],
  artifacts: sparkArtifacts,
  install: installSpark,
  configure: (context) => [
    ...sparkConfDir(context),
    sparkConfFile(SPARK_DAEMON_CONF, daemonConf(context)),
    sparkConfFile(SPARK_DEFAULTS, applicationConf(context)),
    ...sparkServices(context),
  ],
  start: (context) => [
    sparkUnit(context, {
      role: NAME,
      mainClass: 'org.apache.spark.deploy.worker.Worker',
      args: workerArgs(context),
      conf: { path: SPARK_DAEMON_CONF, content: daemonConf(context) },
    }),
  ],
  health: (context) => [unitActive(UNIT), registered(context)],
  drain: (context) => drainWorker(context, UNIT),
};

function workerArgs(context: NodeContext): readonly string[] {
  const { node } = context;
  return [
    ...['--host', node.address, '--port', String(SPARK_PORTS.worker), '--webui-port', String(SPARK_PORTS.workerPage)],
    ...['--cores', String(node.vcpus), '--memory', `${workerMemoryMiB(node)}m`],
    ...['--work-dir', `${SPARK_DATA_DIR}/work`, '--properties-file', SPARK_DAEMON_CONF, sparkUrl(context)],
  ];
}

/**
 * The worker tells which master took it in, but goes on telling when that master is gone: so its connection has to be there
 * too. The master's own page can't be asked from here, because nothing but its RPC port is open to workers.
 */
function registered(context: NodeContext): Probe {
  const code = `
url, version, masters = argv[0], argv[1], argv[2:]
master = get_json(url + '/json/').get('masterurl')
if not master:
    fail('no master has taken this worker in')
address = master.split('//')[1].split(',')[0]
if address not in masters:
    fail(f'it belongs to {master}, not to ' + ' or '.join(masters))
if not is_connected_to(address):
    fail(f'the connection to {master} is gone')
check_version(get(url + '/'), version)
`;
  const url = `http://${context.node.address}:${SPARK_PORTS.workerPage}`;
  const masters = context.nodesWith('spark-master').map(({ address }) => `${address}:${SPARK_PORTS.master}`);
  return pythonProbe('registered with the master', code, [url, context.settings.spark.version, ...masters], UNIT);
}
