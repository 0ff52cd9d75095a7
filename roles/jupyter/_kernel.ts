import { PYTHON } from '../../operations/python-packages';
import { Secret } from '../../operations/secret';
import { type Shell, sh } from '../../operations/shell';
import type { NodeContext } from '../role';
import { CONNECT_TOKEN, hasConnect } from '../spark/_connect-client';
import { SHARED_CONF } from '../spark/_driver';
import { SPARK_CONF_DIR, SPARK_HOME } from '../spark/paths';

/** The Python environment of server and notebooks. */
export const JUPYTER_ENV = '/opt/firesteel/jupyter';
/** That environment's Python, which knows of Spark and the cluster; may be used by hand, too. */
export const JUPYTER_PYTHON = '/etc/jupyter/python';

/** Searched for kernels before the environment, which has one of the same name that knows no Spark. */
export const JUPYTER_PATH = '/etc/jupyter/share';
export const JUPYTER_KERNEL = `${JUPYTER_PATH}/kernels/python3/kernel.json`;

/** What the server is told of notebooks. */
export function kernelSpec({ cluster }: NodeContext): string {
  const spec = {
    argv: [JUPYTER_PYTHON, '-m', 'ipykernel_launcher', '-f', '{connection_file}'],
    display_name: `Python 3, Spark of ${cluster}`,
    language: 'python',
    metadata: { debugger: true },
  };
  return `${JSON.stringify(spec, null, 2)}\n`;
}

/** Text of `JUPYTER_PYTHON`. Executors have to have a Python of the same version, which is the one of all nodes. */
export function jupyterPython(context: NodeContext): Secret {
  const executors = context.settings.python.packages.length > 0 ? PYTHON : '/usr/bin/python3';
  const conf = Object.entries(SHARED_CONF).map(([key, value]) => `--conf ${key}=${value}`);
  const script = sh`
    #!/bin/sh
    # Written by firesteel configure; changes made here do not last.
    for library in ${SPARK_HOME}/python/lib/py4j-*-src.zip; do
      PYTHONPATH=${`${SPARK_HOME}/python`}:$library
    done
    export PYTHONPATH SPARK_HOME=${SPARK_HOME} SPARK_CONF_DIR=${SPARK_CONF_DIR} PYSPARK_PYTHON=${executors}
    export PYSPARK_SUBMIT_ARGS=${`${usual(context, conf).join(' ')} pyspark-shell`}
    ${connectToken(context)}
    exec ${`${JUPYTER_ENV}/bin/python3`} "$@"
  `;
  return new Secret(`${script.text}\n`);
}

/** What the user's own `spark.conf` says wins, and an argument would win over it. */
function usual({ settings }: NodeContext, conf: readonly string[]): readonly string[] {
  return conf.filter((argument) => !Object.keys(settings.spark.conf).some((key) => argument.includes(` ${key}=`)));
}

function connectToken(context: NodeContext): Shell {
  return hasConnect(context)
    ? sh`export SPARK_CONNECT_AUTHENTICATE_TOKEN=${context.secret(CONNECT_TOKEN.name)}`
    : sh`:`;
}
