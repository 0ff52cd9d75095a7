import { z } from 'zod';
import { directory } from '../../operations/directory';
import { file } from '../../operations/file';
import type { Operation } from '../../operations/operation';
import { packages } from '../../operations/packages';
import { PYTHON_REQUIREMENT, pythonPackages } from '../../operations/python-packages';
import type { Secret } from '../../operations/secret';
import { unit } from '../../operations/unit';
import { hardenedUnit } from '../_hardened-unit';
import { memoryShareMiB } from '../_memory';
import { unitActive } from '../_probes';
import type { InstallContext, NodeContext, Role } from '../role';
import { roleSettings } from '../role-settings';
import { applicationConf, sparkConfDir, sparkConfFile } from '../spark/_conf-files';
import { connectForward } from '../spark/_connect-client';
import { DRIVER_PORTS, driverConflict } from '../spark/_driver';
import { installSpark, sparkArtifacts } from '../spark/_install';
import { SPARK_SECRET } from '../spark/_secret';
import { sparkServices } from '../spark/_services';
import { SPARK_MIN_MEMORY_MIB } from '../spark/_sizes';
import { SPARK_DATA_DIRS, SPARK_DEFAULTS, SPARK_USER } from '../spark/paths';
import { JUPYTER_CONF, JUPYTER_DIRS, JUPYTER_HOME, JUPYTER_TOKEN, jupyterConf } from './_conf';
import { JUPYTER_ENV, JUPYTER_KERNEL, JUPYTER_PATH, JUPYTER_PYTHON, jupyterPython, kernelSpec } from './_kernel';
import { notebooksRun } from './_probe';
import { jupyterPackages } from './packages';

const NAME = 'jupyter';
const UNIT = `${NAME}.service`;
const PORT = 8888;

const SETTINGS = z.strictObject({
  packages: z
    .array(z.string().regex(PYTHON_REQUIREMENT, 'must be a Python requirement such as pandas==2.3.1'))
    .default([])
    .describe('Requirements for pip, for notebooks alone; python.packages are there too, as on every node.'),
  idleMinutes: z
    .number()
    .int()
    .min(5)
    .optional()
    .describe('A notebook that runs nothing for so long is ended, and what it held in memory is gone; absent: never.'),
});

/** Notebooks whose `SparkSession.builder.getOrCreate()` runs on the cluster, each with a driver of its own on this node. */
export const jupyter: Role = {
  name: NAME,
  summary: 'JupyterLab; notebooks run on the Spark cluster',
  settings: SETTINGS,
  minMemoryMiB: SPARK_MIN_MEMORY_MIB,
  exposes: DRIVER_PORTS,
  pages: [{ name: NAME, port: PORT }],
  after: ['spark-master'],
  fits: ({ count }) => driverConflict(count),
  secrets: [SPARK_SECRET, JUPYTER_TOKEN],
  artifacts: sparkArtifacts,
  install: (machine) => [
    ...installSpark(machine),
    packages({ apt: ['python3-venv'], dnf: ['python3'] }),
    pythonPackages({ packages: notebookPackages(machine), path: JUPYTER_ENV }),
    ...JUPYTER_DIRS.map((path) => directory({ path })),
  ],
  configure: (context) => [
    ...sparkConfDir(context),
    sparkConfFile(SPARK_DEFAULTS, applicationConf(context)),
    ...sparkServices(context),
    directory({ path: JUPYTER_HOME, owner: SPARK_USER, group: SPARK_USER, mode: 0o750 }),
    directory({ path: `${JUPYTER_HOME}/notebooks`, owner: SPARK_USER, group: SPARK_USER, mode: 0o750 }),
    file({ path: JUPYTER_PYTHON, content: jupyterPython(context), mode: 0o750, group: SPARK_USER }),
    file({ path: JUPYTER_KERNEL, content: kernelSpec(context) }),
    file({ path: JUPYTER_CONF, content: conf(context), mode: 0o640, group: SPARK_USER }),
  ],
  start: (context) => [jupyterUnit(context), ...connectForward(context, SPARK_USER)],
  health: (context) => [unitActive(UNIT), notebooksRun(context, PORT, UNIT)],
};

function notebookPackages({ settings }: InstallContext): readonly string[] {
  return jupyterPackages([...settings.python.packages, ...roleSettings(settings, NAME, SETTINGS).packages]);
}

function conf(context: NodeContext): Secret {
  const { idleMinutes } = roleSettings(context.settings, NAME, SETTINGS);
  return jupyterConf(context, { port: PORT, idleMinutes });
}

/**
 * Notebooks are drivers, and run as all drivers do. One that takes too much memory ends alone, and not the server with all
 * the others (OOMPolicy).
 */
function jupyterUnit(context: NodeContext): Operation {
  const { node, cluster } = context;
  const content = hardenedUnit({
    description: `${NAME} of the cluster ${cluster}`,
    user: SPARK_USER,
    exec: `${JUPYTER_ENV}/bin/jupyter-lab --config=${JUPYTER_CONF}`,
    directory: JUPYTER_HOME,
    writable: [JUPYTER_HOME, ...SPARK_DATA_DIRS],
    environment: { HOME: JUPYTER_HOME, JUPYTER_PATH },
    extra: [
      ...['OOMPolicy=continue', 'TasksMax=infinity', `MemoryMax=${memoryShareMiB(node)}M`],
      // What programs ask for the addresses of the machine with.
      'RestrictAddressFamilies=AF_NETLINK',
    ],
  });
  const mounts = node.volumes.map(({ id, mount }) => `${id} ${mount}`);
  const restartOn = [notebookPackages(context).join('\n'), ...mounts];
  return unit({ name: UNIT, content, reads: [{ path: JUPYTER_CONF, content: conf(context) }], restartOn });
}
