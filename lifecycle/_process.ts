import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

/** A process, so that another one with its number is told from it. */
export interface ProcessMark {
  readonly pid: number;
  readonly host: string;
  /** Clock ticks from the machine's boot to its start. @default - this system doesn't tell */
  readonly started?: string;
}

export function thisProcess(): ProcessMark {
  const started = tryStarted(process.pid);
  return { pid: process.pid, host: hostname(), ...(started !== undefined && { started }) };
}

/** undefined where it is on another machine. */
export function isRunning({ pid, host, started }: ProcessMark): boolean | undefined {
  if (host !== hostname()) return undefined;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // It may be somebody else's.
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  return started === undefined || tryStarted(pid) === started;
}

/** Field 22 of Linux' /proc/PID/stat, whose second one may hold blanks and parentheses. */
function tryStarted(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}
