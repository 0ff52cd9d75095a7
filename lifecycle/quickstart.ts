import { type InitOptions, type InitResult, init } from './init';
import { submit } from './submit';
import { type UpOptions, type UpResult, up } from './up';
import type { Workspace } from './workspace';

export interface QuickstartOptions {
  readonly init: InitOptions;
  readonly up?: UpOptions;
  /** Called before anything is made in the cloud: it may be long, and fail, and the files and a new key are there. */
  readonly onInit?: (result: InitResult) => void;
}

export interface QuickstartResult {
  readonly init: InitResult;
  readonly up: UpResult;
  /** What the job printed; absent when the cluster did not get healthy. */
  readonly pi?: string;
  /** spark-submit's own; absent likewise. */
  readonly exitCode?: number;
}

/** The environment that `init` writes. */
const ENVIRONMENT = 'dev';
/** Spark's own example, which the nodes have. */
const PI = 'local:/opt/spark/examples/src/main/python/pi.py';
const PI_PARTITIONS = '10';
const ERROR_LINES = 30;

/** From a cloud's credentials to an answer of a Spark cluster: `init`, `up` and a job, each a call of its own too. */
export async function quickstart(workspace: Workspace, options: QuickstartOptions): Promise<QuickstartResult> {
  const initialized = await init(options.init);
  options.onInit?.(initialized);
  const result = await up(workspace, ENVIRONMENT, options.up);
  if ((result.configured?.failed ?? 0) > 0) return { init: initialized, up: result };
  return { init: initialized, up: result, ...(await computePi(workspace)) };
}

async function computePi(workspace: Workspace): Promise<{ readonly pi: string; readonly exitCode: number }> {
  const { onProgress } = workspace.options;
  const began = Date.now();
  const about = { subject: ENVIRONMENT, phase: 'job' };
  onProgress?.({ ...about, state: 'start', text: "running Spark's pi.py" });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  const { exitCode } = await submit(workspace, ENVIRONMENT, {
    file: PI,
    args: [PI_PARTITIONS],
    onStdout: (chunk) => stdout.push(chunk),
    onStderr: (chunk) => stderr.push(chunk),
  });
  onProgress?.({ ...about, state: exitCode === 0 ? 'done' : 'fail', seconds: (Date.now() - began) / 1000 });
  const said = Buffer.concat(stdout).toString().trim();
  if (exitCode === 0) return { pi: said, exitCode };
  const lines = Buffer.concat(stderr).toString().trim().split('\n').slice(-ERROR_LINES);
  return { pi: [said, ...lines].join('\n'), exitCode };
}
