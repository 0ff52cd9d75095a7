import type { Secret } from '../../operations/secret';
import { pythonProbe, unitActive } from '../_probes';
import type { NodeContext, Probe, Role } from '../role';
import { applicationConf, sparkConfDir, sparkConfFile } from './_conf-files';
import { CONNECT_CALL } from './_connect-call';
import { CONNECT_CLIENT_ROLES, CONNECT_TOKEN } from './_connect-client';
import { DRIVER_PORTS, driverConflict, SHARED_CONF } from './_driver';
import { installSpark, sparkArtifacts } from './_install';
import { SPARK_SECRET } from './_secret';
import { sparkServices } from './_services';
import { driverHeapMiB, SPARK_MIN_MEMORY_MIB } from './_sizes';
import { sparkUnit } from './_unit';
import { SPARK_CONNECT_CONF } from './paths';
import { SPARK_PORTS } from './ports';
import { isAtLeast } from './versions';

const NAME = 'spark-connect';
const UNIT = `${NAME}.service`;

/** Programs on other nodes run their queries through it: one driver for all of them, beside a master or on its own node. */
export const sparkConnect: Role = {
  name: NAME,
  summary: 'Spark Connect server; programs elsewhere run their queries through it',
  minMemoryMiB: SPARK_MIN_MEMORY_MIB,
  exposes: [{ name: 'connect', port: SPARK_PORTS.connect, from: CONNECT_CLIENT_ROLES }, ...DRIVER_PORTS],
  pages: [{ name: 'connect', port: SPARK_PORTS.connect }],
  after: ['spark-master', 'spark-worker'],
  fits: ({ count, settings }) => driverConflict(count) ?? versionConflict(settings.spark.version),
  secrets: [SPARK_SECRET, CONNECT_TOKEN],
  artifacts: sparkArtifacts,
  install: installSpark,
  configure: (context) => [
    ...sparkConfDir(context),
    sparkConfFile(SPARK_CONNECT_CONF, connectConf(context)),
    ...sparkServices(context),
  ],
  start: (context) => [
    sparkUnit(context, {
      role: NAME,
      mainClass: 'org.apache.spark.deploy.SparkSubmit',
      args: [
        ...['--properties-file', SPARK_CONNECT_CONF, '--name', NAME],
        ...['--class', 'org.apache.spark.sql.connect.service.SparkConnectServer', 'spark-internal'],
      ],
      conf: { path: SPARK_CONNECT_CONF, content: connectConf(context) },
      // Spark takes it for a daemon, and would give it a daemon's heap.
      environment: { SPARK_DAEMON_MEMORY: `${driverHeapMiB(context.node)}m` },
    }),
  ],
  health: (context) => [unitActive(UNIT), answers(context)],
};

/** Before, it would let in everybody: it knew no token. */
function versionConflict(version: string): string | undefined {
  if (isAtLeast(version, '4.1.0')) return undefined;
  return `needs Spark 4.1.0 or later, and spark.version is ${version}: older ones have no Spark Connect that asks for a token`;
}

function connectConf(context: NodeContext): Secret {
  return applicationConf(context, SHARED_CONF, {
    'spark.connect.grpc.binding.address': context.node.address,
    'spark.connect.grpc.binding.port': String(SPARK_PORTS.connect),
    // A server whose port is taken had better say so than move to one that is closed.
    'spark.connect.grpc.port.maxRetries': '0',
    'spark.connect.authenticate.token': context.secret(CONNECT_TOKEN.name),
  });
}

/** Asked as clients ask it, by gRPC: with the token it says which version it is, without it refuses to. */
function answers({ node, settings }: NodeContext): Probe {
  const code = `${CONNECT_CALL}
address, port, conf, version = argv[0], int(argv[1]), argv[2], argv[3]
with open(conf) as lines:
    token = next(line.split()[1] for line in lines if line.startswith('spark.connect.authenticate.token '))
running = spark_version(address, port, token)
if running != version:
    fail(f'it runs Spark {running}, not {version}' if running else 'it refuses its own token')
if spark_version(address, port, None):
    fail('it answers everybody, without a token')
`;
  const args = [node.address, String(SPARK_PORTS.connect), SPARK_CONNECT_CONF, settings.spark.version];
  return pythonProbe('answers', code, args, UNIT);
}
