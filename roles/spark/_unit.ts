import type { Operation } from '../../operations/operation';
import { type ReadFile, unit } from '../../operations/unit';
import type { NodeContext } from '../role';
import { sparkEnv } from './_conf-files';
import { digestOf } from './_install';
import { requireMemory } from './_sizes';
import { SPARK_CONF_DIR, SPARK_DATA_DIR, SPARK_DATA_DIRS, SPARK_ENV, SPARK_HOME, SPARK_USER } from './paths';

export interface SparkUnitOptions {
  /** Also the unit's name, e.g. `spark-master`. */
  readonly role: string;
  /** Full name of its main class. */
  readonly mainClass: string;
  /** Seen in the process list by everybody, so never a secret. */
  readonly args: readonly string[];
  /** The file of properties that it reads. */
  readonly conf: ReadFile;
  /** What else it reads when it starts. @default [] */
  readonly reads?: readonly ReadFile[];
  /** Further variables; seen by everybody. @default {} */
  readonly environment?: Readonly<Record<string, string>>;
}

/**
 * A daemon of Spark as a systemd unit, restarted when it runs another Spark, or with another configuration, than it should.
 * @throws {Error} when the node is too small for it
 */
export function sparkUnit(context: NodeContext, options: SparkUnitOptions): Operation {
  requireMemory(context.node);
  const mounts = context.node.volumes.map(({ id, mount }) => `${id} ${mount}`);
  return unit({
    name: `${options.role}.service`,
    content: unitText(context, options),
    reads: [options.conf, ...(options.reads ?? []), { path: SPARK_ENV, content: sparkEnv(context) }],
    restartOn: [digestOf(context.settings.spark), ...mounts],
  });
}

/**
 * It gives up never: a worker that can't reach its master ends after some minutes, and may not stay away for good; a master
 * that is not to lead any more ends as if all were well, and is to stand by. One
 * executor that is killed for want of memory is no reason to end the worker with all the others (OOMPolicy). A volume that
 * holds its data has to be there first (RequiresMountsFor), or it would fill the system's disk.
 */
function unitText({ cluster }: NodeContext, { role, mainClass, args, environment = {} }: SparkUnitOptions): string {
  return `# Written by firesteel configure; changes made here do not last.
[Unit]
Description=${role} of the cluster ${cluster}
Wants=network-online.target
After=network-online.target
RequiresMountsFor=${SPARK_DATA_DIRS.join(' ')}
StartLimitIntervalSec=0

[Service]
Type=exec
User=${SPARK_USER}
Group=${SPARK_USER}
UMask=0027
WorkingDirectory=${SPARK_DATA_DIR}
Environment=SPARK_HOME=${SPARK_HOME} SPARK_CONF_DIR=${SPARK_CONF_DIR}
${Object.entries(environment)
  .map(([name, value]) => `Environment="${name}=${value}"\n`)
  .join('')}ExecStart=${SPARK_HOME}/bin/spark-class ${[mainClass, ...args].join(' ')}
SuccessExitStatus=143
Restart=always
RestartSec=3
TimeoutStopSec=30
OOMPolicy=continue
LimitNOFILE=65536
TasksMax=infinity
NoNewPrivileges=yes
CapabilityBoundingSet=

[Install]
WantedBy=multi-user.target
`;
}
