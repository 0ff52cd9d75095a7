import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { Console } from './console';
import { EXIT } from './exit-code';
import { runProgram } from './program';
import { prompt } from './prompt';

/**
 * The command line. Sets the exit status, prints, and turns Ctrl-C into a signal that the library understands;
 * nothing else of Firesteel does any of these.
 */
export async function main(args: readonly string[] = process.argv.slice(2)): Promise<void> {
  const interrupt = new AbortController();
  const stop = (signal: NodeJS.Signals) => {
    if (interrupt.signal.aborted) process.exit(EXIT.interrupted);
    process.stderr.write(
      `\n${signal === 'SIGINT' ? 'stopping' : `got ${signal}, stopping`}; Ctrl-C again leaves at once\n`,
    );
    interrupt.abort();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
  // `firesteel … | head` is no failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(EXIT.ok);
    throw error;
  });
  process.exitCode = await runProgram(processConsole(interrupt.signal), args);
}

function processConsole(signal: AbortSignal): Console {
  const { stdin, stdout, stderr, env } = process;
  return {
    env,
    cwd: process.cwd(),
    liveProgress: Boolean(stderr.isTTY) && env.TERM !== 'dumb' && !env.CI,
    interactive: Boolean(stdin.isTTY && stderr.isTTY),
    color: Boolean(stderr.isTTY) && !env.NO_COLOR,
    // A terminal that does not know its size says 0.
    size: () => ({ columns: stderr.columns || 80, rows: stderr.rows || 24 }),
    stdout: (chunk) => void stdout.write(chunk),
    stderr: (chunk) => void stderr.write(chunk),
    ask: (question, secret) => prompt(question, { input: stdin, output: stderr, signal, secret }),
    hand,
    signal,
  };
}

/** The other program has the terminal, and Ctrl-C is its own affair while it runs. */
function hand(file: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const before = process.listeners('SIGINT');
  process.removeAllListeners('SIGINT');
  const ignore = () => {};
  process.on('SIGINT', ignore);
  return new Promise<number>((resolve, reject) => {
    const child = spawn(file, args, { env, stdio: 'inherit' });
    child.once('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'ENOENT' ? new Error(`"${file}" is not installed, or not on the PATH`) : error);
    });
    child.once('exit', (status, ended) => resolve(status ?? 128 + (ended ? constants.signals[ended] : 0)));
  }).finally(() => {
    process.off('SIGINT', ignore);
    for (const listener of before) process.on('SIGINT', listener as NodeJS.SignalsListener);
  });
}

if (require.main === module) void main();
