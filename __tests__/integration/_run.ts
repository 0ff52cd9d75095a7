import { spawn } from 'node:child_process';

export interface StartOptions {
  readonly cwd?: string;
  /** @default process.env */
  readonly env?: NodeJS.ProcessEnv;
  /** Text for standard input. @default - none */
  readonly input?: string;
  readonly onOutput?: (text: string) => void;
}

/** How a program ended. */
export interface Ended {
  /** Exit status; null where a signal ended it. */
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Both outputs as they came, for messages. */
  readonly text: string;
}

/** A program under way. */
export interface Running {
  readonly pid: number;
  readonly ended: Promise<Ended>;
  /** Its end; rejects with all that it said unless the exit status is 0. */
  succeeded(): Promise<Ended>;
  /** Resolves with the first line of standard output or standard error that fits; rejects when it ended without one. */
  line(fits: (line: string) => boolean): Promise<string>;
  kill(signal: NodeJS.Signals): void;
}

/** Starts a program. */
export function start(file: string, args: readonly string[], options: StartOptions = {}): Running {
  const child = spawn(file, args, { cwd: options.cwd, env: options.env ?? process.env });
  const output = { stdout: '', stderr: '', text: '' };
  const watchers = new Set<() => void>();
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (chunk: string) => {
      output[stream] += chunk;
      output.text += chunk;
      options.onOutput?.(chunk);
      for (const watcher of watchers) watcher();
    });
  }
  child.stdin.on('error', () => undefined); // it may end without reading
  child.stdin.end(options.input ?? '');
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status, signal) => resolve({ status, signal, ...output }));
  });
  ended.catch(() => undefined); // told to whoever waits
  const line = (fits: (line: string) => boolean): Promise<string> =>
    new Promise((resolve, reject) => {
      const look = () => {
        const found = `${output.stdout}\n${output.stderr}`.split('\n').find(fits);
        if (found === undefined) return;
        watchers.delete(look);
        resolve(found);
      };
      watchers.add(look);
      look();
      ended.then((end) => reject(new Error(`it ended without such a line:\n${end.text}`)), reject);
    });
  return {
    pid: child.pid ?? 0,
    ended,
    succeeded: async () => {
      const end = await ended;
      if (end.status === 0) return end;
      throw new Error(`${file} ${args.join(' ')}\nended with ${end.status ?? end.signal}:\n${end.text}`);
    },
    line,
    kill: (signal) => void child.kill(signal),
  };
}

/** What a command's last line of standard output says: its result, with `--json`. */
export function lastLine<T>({ stdout }: Pick<Ended, 'stdout'>): T {
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as T;
}
