import { spawn } from 'node:child_process';
import { constants } from 'node:os';

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal;
  /** @default - no limit */
  readonly timeoutSeconds?: number;
}

export interface RunResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a program to its end, without a shell, and returns what it said.
 * @returns undefined when there is no such program
 * @throws the signal's reason when it was aborted
 */
export function tryRun(
  file: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<RunResult | undefined> {
  const { cwd, env, signal, timeoutSeconds } = options;
  signal?.throwIfAborted();
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      ...(cwd !== undefined && { cwd }),
      ...(env && { env }),
      ...(signal && { signal }),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    // spawn's own time limit goes on, and keeps the process alive, when there is no such program.
    const limit =
      timeoutSeconds === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), timeoutSeconds * 1000);
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.once('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(limit);
      if (signal?.aborted) reject(signal.reason);
      else if (error.code === 'ENOENT' || error.code === 'EACCES') resolve(undefined);
      else reject(error);
    });
    child.once('close', (code, killedBy) => {
      clearTimeout(limit);
      resolve({ exitCode: code ?? 128 + (killedBy ? constants.signals[killedBy] : 0), stdout, stderr });
    });
  });
}

/** The last lines of what a program said, for an error message. */
export function lastLines(text: string, count = 15): string {
  return text.trimEnd().split('\n').slice(-count).join('\n');
}
