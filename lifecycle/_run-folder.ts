import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isRunning, type ProcessMark, thisProcess } from './_process';

/** A new folder for what a program says while it runs. Those that runs of before have left when they were killed go. */
export function makeRunFolder(parent: string): string {
  for (const name of readdirSync(parent)) {
    const maker = makerOf(name);
    if (maker && isRunning(maker) === false) tryRemove(join(parent, name));
  }
  return mkdtempSync(join(parent, prefixOf(thisProcess())));
}

/** In the name, so that there is no moment at which a folder is nobody's. */
function prefixOf({ pid, started = '', host }: ProcessMark): string {
  return `.run-${pid}-${started}-${host.replaceAll('/', '_')}-`;
}

function makerOf(folder: string): ProcessMark | undefined {
  const [, pid, started, host] = /^\.run-(\d+)-(\d*)-(.+)-[^-]+$/.exec(folder) ?? [];
  if (pid === undefined || host === undefined) return undefined;
  return { pid: Number(pid), host, ...(started && { started }) };
}

/** The program may outlive its maker, and goes on writing into files that nobody reads any more. */
function tryRemove(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch {
    // It keeps nobody from working.
  }
}
