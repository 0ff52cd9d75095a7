import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, readSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { StringDecoder } from 'node:string_decoder';
import { makeRunFolder } from './_run-folder';

export interface ProgramOptions {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** Folder for the two output files while the program runs. */
  readonly outputDir: string;
  /** Called with each line of standard output as it comes. */
  readonly onLine?: (line: string) => void;
  readonly signal?: AbortSignal;
  /** Sent, once, to the program and its children when `signal` is aborted. @default 'SIGINT' */
  readonly stopWith?: NodeJS.Signals;
}

export interface ProgramResult {
  /** null when a signal ended it. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const POLL_MILLISECONDS = 60;

/**
 * Runs a program to its end, in a session of its own and with its output in files: a Ctrl-C of the terminal reaches
 * it only through `signal`, and should this process be killed, the program still comes to a clean end by itself
 * (a pipe that breaks would kill Terraform before it has saved its state).
 * @throws {Error} when it can't be started
 */
export async function runProgram(
  file: string,
  args: readonly string[],
  options: ProgramOptions,
): Promise<ProgramResult> {
  const dir = makeRunFolder(options.outputDir);
  const paths = { stdout: join(dir, 'stdout'), stderr: join(dir, 'stderr') };
  const tail = new Tail(paths.stdout, options.onLine);
  const timer = setInterval(() => tail.read(), POLL_MILLISECONDS);
  try {
    const status = await runToEnd(file, args, options, paths);
    tail.end();
    return { status, stdout: readFileSync(paths.stdout, 'utf8'), stderr: readFileSync(paths.stderr, 'utf8') };
  } finally {
    clearInterval(timer);
    tail.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

function runToEnd(
  file: string,
  args: readonly string[],
  options: ProgramOptions,
  paths: { stdout: string; stderr: string },
): Promise<number | null> {
  const outputs = [openSync(paths.stdout, 'a'), openSync(paths.stderr, 'a')];
  const child = spawn(file, args, {
    cwd: options.cwd,
    env: options.env,
    detached: true,
    stdio: ['ignore', ...outputs],
  });
  for (const output of outputs) closeSync(output);
  const stop = () => {
    if (child.pid === undefined) return;
    try {
      process.kill(-child.pid, options.stopWith ?? 'SIGINT');
    } catch {
      // It has ended already.
    }
  };
  return new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', resolve);
    if (options.signal?.aborted) stop();
    options.signal?.addEventListener('abort', stop, { once: true });
  }).finally(() => options.signal?.removeEventListener('abort', stop));
}

/** Reads what a growing file has got, line by line. */
class Tail {
  readonly #file: number;
  readonly #decoder = new StringDecoder('utf8');
  readonly #chunk = Buffer.alloc(64 * 1024);
  #rest = '';

  constructor(
    path: string,
    private readonly onLine: ((line: string) => void) | undefined,
  ) {
    this.#file = openSync(path, 'a+');
  }

  read(): void {
    if (!this.onLine) return;
    for (;;) {
      const count = readSync(this.#file, this.#chunk, 0, this.#chunk.length, null);
      if (count === 0) return;
      const lines = (this.#rest + this.#decoder.write(this.#chunk.subarray(0, count))).split('\n');
      this.#rest = lines.pop() ?? '';
      for (const line of lines) this.onLine(line);
    }
  }

  end(): void {
    this.read();
    if (this.#rest !== '') this.onLine?.(this.#rest);
    this.#rest = '';
  }

  close(): void {
    closeSync(this.#file);
  }
}
