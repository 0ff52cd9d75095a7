import type { Console } from '../../cli/console';

export interface RecordedConsole extends Console {
  readonly out: () => string;
  readonly err: () => string;
}

/** A console that remembers; nobody sits at it. */
export function recordedConsole(more: Partial<Console> = {}): RecordedConsole {
  const out: string[] = [];
  const err: string[] = [];
  return {
    env: {},
    cwd: '/',
    liveProgress: false,
    interactive: false,
    color: false,
    size: () => ({ columns: 100, rows: 24 }),
    stdout: (chunk) => void out.push(String(chunk)),
    stderr: (chunk) => void err.push(String(chunk)),
    ask: () => Promise.reject(new Error('nobody is there')),
    hand: () => Promise.resolve(0),
    signal: new AbortController().signal,
    ...more,
    out: () => out.join(''),
    err: () => err.join(''),
  };
}
