import { pythonProbe, unitActive } from '../_probes';
import type { NodeContext, Probe, Role } from '../role';
import { applicationConf, daemonConf, sparkConfDir, sparkConfFile } from './_conf-files';
import { DRIVER_ROLES } from './_driver';
import { installSpark, sparkArtifacts } from './_install';
import { zookeeperAddresses, zookeeperEnvironment, zookeeperLogin } from './_mastership';
import { SPARK_SECRET } from './_secret';
import { sparkServices } from './_services';
import { SPARK_MIN_MEMORY_MIB } from './_sizes';
import { sparkUnit } from './_unit';
import { sparkMastersConflict } from './conf';
import { SPARK_DAEMON_CONF, SPARK_DEFAULTS } from './paths';
import { SPARK_PORTS } from './ports';

const NAME = 'spark-master';

/** The master of a standalone cluster; drivers in client mode run beside it. */
export const sparkMaster: Role = {
  name: NAME,
  summary: 'Spark master; jobs are submitted here',
  minMemoryMiB: SPARK_MIN_MEMORY_MIB,
  exposes: [
    { name: 'rpc', port: SPARK_PORTS.master, from: ['spark-worker', NAME, ...DRIVER_ROLES] },
    { name: 'driver', port: SPARK_PORTS.driver, from: ['spark-worker', NAME] },
    { name: 'driver blocks', port: SPARK_PORTS.driverBlocks, from: ['spark-worker', NAME] },
  ],
  pages: [{ name: 'master', port: SPARK_PORTS.masterPage }],
  after: ['zookeeper'],
  fits: ({ count, settings }) => sparkMastersConflict(count(NAME), settings.spark.conf, count('zookeeper')),
  secrets: [SPARK_SECRET],
  artifacts: sparkArtifacts,
  install: installSpark,
  configure: (context) => [
    ...sparkConfDir(context),
    sparkConfFile(SPARK_DAEMON_CONF, daemonConf(context)),
    sparkConfFile(SPARK_DEFAULTS, applicationConf(context)),
    ...sparkServices(context),
    ...zookeeperLogin(context).map(({ path, content }) => sparkConfFile(path, content)),
  ],
  start: (context) => [
    sparkUnit(context, {
      role: NAME,
      mainClass: 'org.apache.spark.deploy.master.Master',
      args: masterArgs(context),
      conf: { path: SPARK_DAEMON_CONF, content: daemonConf(context) },
      reads: zookeeperLogin(context),
      environment: zookeeperEnvironment(context),
    }),
  ],
  health: (context) => [unitActive(`${NAME}.service`), alive(context), restIsOff(context.node.address)],
};

function masterArgs({ node }: NodeContext): readonly string[] {
  return [
    ...['--host', node.address, '--port', String(SPARK_PORTS.master)],
    ...['--webui-port', String(SPARK_PORTS.masterPage), '--properties-file', SPARK_DAEMON_CONF],
  ];
}

/**
 * Of several masters all but one stand by, which is as it should be while they can hear from ZooKeeper when it is their
 * turn. Whether one of them leads is what the workers tell.
 */
function alive(context: NodeContext): Probe {
  const code = `
url, version, masters, zookeepers = argv[0], argv[1], int(argv[2]), argv[3:]
status = get_json(url + '/json/').get('status')
if status != 'ALIVE' and (status != 'STANDBY' or masters == 1):
    fail(f'the master is {status}')
if status == 'STANDBY' and zookeepers and not any(map(is_connected_to, zookeepers)):
    fail('the master is STANDBY without a connection to ' + ' or '.join(zookeepers))
check_version(get(url + '/'), version)
`;
  const { node, nodesWith, settings } = context;
  const url = `http://${node.address}:${SPARK_PORTS.masterPage}`;
  const masters = String(nodesWith(NAME).length);
  const args = [url, settings.spark.version, masters, ...zookeeperAddresses(context)];
  return pythonProbe('alive', code, args, `${NAME}.service`);
}

function restIsOff(address: string): Probe {
  const code = `
address, port = argv
with socket.socket() as probe:
    probe.settimeout(5)
    if probe.connect_ex((address, int(port))) == 0:
        fail(f'port {port} is open: it takes programs from anybody')
`;
  return pythonProbe('REST server off', code, [address, String(SPARK_PORTS.rest)]);
}
