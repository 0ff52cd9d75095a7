import { spawn } from 'node:child_process';
import { SandboxError } from './errors';

export interface RunOptions {
  /** Text for standard input. @default - none */
  readonly input?: string;
  /** Whole environment of the program. @default - this process's own */
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly signal?: AbortSignal;
  /** What the program gets when `signal` is aborted. @default SIGTERM */
  readonly killSignal?: NodeJS.Signals;
  /** Called with every line of stdout and stderr as it comes. */
  readonly onLine?: (line: string) => void;
}

export interface RunResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const TAIL_LINES = 15;

/**
 * Runs a program to its end and returns whatever exit status it had; a program that is missing has 127. One that is stopped
 * has ended too when the promise settles.
 */
export function tryRun(program: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      env: options.env,
      cwd: options.cwd,
      signal: options.signal,
      killSignal: options.killSignal ?? 'SIGTERM',
    });
    const out = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr'] as const) {
      let rest = '';
      child[stream].setEncoding('utf8').on('data', (chunk: string) => {
        out[stream] += chunk;
        const lines = (rest + chunk).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) options.onLine?.(line);
      });
    }
    let error: NodeJS.ErrnoException | undefined;
    child.on('error', (first: NodeJS.ErrnoException) => {
      error ??= first;
    });
    child.on('close', (code, killed) => {
      if (error?.code === 'ENOENT') resolve({ code: 127, stdout: '', stderr: `${program}: not found` });
      else if (error?.name === 'AbortError') reject(new SandboxError(`${program} was stopped`));
      else if (error) reject(new SandboxError(`${program}: ${error.message}`));
      else resolve({ code: code ?? 128, ...out, stderr: out.stderr + (killed ? `\n${killed}` : '') });
    });
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input ?? '');
  });
}

/** Runs a program and returns its stdout. @throws SandboxError with the last lines it wrote, if it fails */
export async function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await tryRun(program, args, options);
  if (code === 0) return stdout;
  const lines = `${stdout}\n${stderr}`.split('\n').filter((line) => line.trim() !== '');
  throw new SandboxError(`${program} ${args[0] ?? ''} failed (exit status ${code})`, lines.slice(-TAIL_LINES));
}
