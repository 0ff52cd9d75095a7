import { randomUUID } from 'node:crypto';
import { quote } from './ssh-shell';
import { SPARK_JOBS_DIR, uploadPlan } from './submit-files';
import type { Connection } from './transport';

export interface SubmitOptions {
  /** The job: a Python file or a jar of this machine, or an address that the node can read (`local:/…`, `s3a://…`). */
  readonly file: string;
  /** Arguments of the job. They can be seen in the node's process list. */
  readonly args?: readonly string[];
  /** Options for spark-submit, e.g. `['--class', 'Pi', '--py-files', 'a.py,b.zip']`; files of this machine are sent along. */
  readonly sparkArgs?: readonly string[];
  /** Spark properties. They can be seen in the node's process list. */
  readonly conf?: Readonly<Record<string, string>>;
  readonly onStdout: (chunk: Buffer) => void;
  readonly onStderr: (chunk: Buffer) => void;
  /** Called while files are sent. */
  readonly onUpload?: (file: string, sentBytes: number, totalBytes: number) => void;
  /** Aborting it ends the job for certain, then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

const SPARK_HOME = '/opt/spark';
const SPARK_CONF_DIR = '/etc/spark';
const SPARK_USER = 'spark';
/** Marks every process of a job, so that none outlives it, not even one that left its session. */
const MARK = 'FIRESTEEL_SUBMIT';

/**
 * Runs a job with spark-submit in client mode on a node, as the user `spark`, in a folder of its own that is removed
 * afterwards. The job lives no longer than this call, whatever happens to this machine.
 * @returns spark-submit's exit status
 * @throws {Error} for a local file that isn't there; nothing was sent then
 * @throws {CommandError} when the node has no Spark
 */
export async function submit(connection: Connection, options: SubmitOptions): Promise<number> {
  const id = randomUUID();
  const job = `${SPARK_JOBS_DIR}/${id}`;
  const plan = await uploadPlan(options.file, options.sparkArgs ?? [], job);
  const { signal } = options;
  await connection.apply(prepareScript(job, connection.node), {
    action: 'preparing the job',
    withinSeconds: 120,
    signal,
  });
  try {
    await Promise.all(
      plan.uploads.map(({ from, to }) =>
        connection.put(from, to, { signal, onProgress: (sent, total) => options.onUpload?.(from, sent, total) }),
      ),
    );
  } catch (error) {
    await connection
      .apply(endScript(id, job), { action: 'removing the job', withinSeconds: 60 })
      .catch(() => undefined);
    throw error;
  }
  const words = [
    '--deploy-mode',
    'client',
    ...confArgs(options.conf),
    ...plan.sparkArgs,
    plan.file,
    ...(options.args ?? []),
  ];
  return await connection.stream(jobScript(id, job, words), {
    root: true,
    onStdout: options.onStdout,
    onStderr: options.onStderr,
    cleanup: endScript(id, job),
    signal,
  });
}

function confArgs(conf: SubmitOptions['conf']): readonly string[] {
  return Object.entries(conf ?? {}).flatMap(([key, value]) => ['--conf', `${key}=${value}`]);
}

/** Also clears away what a job left whose sending was cut off a day ago or earlier. */
function prepareScript(job: string, node: string): string {
  return `[ -x ${SPARK_HOME}/bin/spark-submit ] && id -u ${SPARK_USER} >/dev/null || {
  echo "there is no Spark on ${node} (${SPARK_HOME}/bin/spark-submit, user ${SPARK_USER}). Next: firesteel configure" >&2
  exit 1
}
set -e
umask 022
install -d -m 0711 ${SPARK_JOBS_DIR}
install -d -m 0750 -o root -g ${SPARK_USER} ${job}
install -d -m 0700 -o ${SPARK_USER} -g ${SPARK_USER} ${job}/work
find ${SPARK_JOBS_DIR} -mindepth 1 -maxdepth 1 -type d -mtime +0 | while read -r old; do
  grep -qsaxzF "${MARK}=\${old##*/}" /proc/[0-9]*/environ || rm -rf -- "$old"
done
`;
}

function jobScript(id: string, job: string, words: readonly string[]): string {
  return `cd ${job}/work || exit
home=$(getent passwd ${SPARK_USER} | cut -d: -f6)
exec setpriv --reuid=${SPARK_USER} --regid=${SPARK_USER} --init-groups env -i \\
  ${MARK}=${id} HOME="$home" USER=${SPARK_USER} LOGNAME=${SPARK_USER} LANG=C.UTF-8 PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \\
  SPARK_HOME=${SPARK_HOME} SPARK_CONF_DIR=${SPARK_CONF_DIR} ${SPARK_HOME}/bin/spark-submit ${words.map(quote).join(' ')}
`;
}

function endScript(id: string, job: string): string {
  return `for firesteel_try in 1 2 3; do
  for firesteel_process in $(grep -lsaxzF ${MARK}=${id} /proc/[0-9]*/environ); do
    firesteel_process=\${firesteel_process#/proc/}
    kill -s KILL "\${firesteel_process%/environ}" 2>/dev/null
  done
done
rm -rf -- ${job}
`;
}
