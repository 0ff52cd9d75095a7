import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { descendants } from './_descendants';

/** Ends the process and all that it has started, in one moment, as a power cut does. */
export async function cutPower(pid: number): Promise<void> {
  tryKill(pid, 'SIGSTOP'); // nothing new is started while we look
  const all = descendants(pid);
  for (const each of [...all, pid]) tryKill(each);
  while (all.some(isThere)) await sleep(20);
}

function tryKill(pid: number, signal: NodeJS.Signals = 'SIGKILL'): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has just ended by itself.
  }
}

/** One that nobody has asked for its exit status is there no more. */
function isThere(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.charAt(stat.lastIndexOf(')') + 2) !== 'Z';
  } catch {
    return false;
  }
}
