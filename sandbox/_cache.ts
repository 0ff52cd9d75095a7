import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { withLock } from './lock';

/**
 * The folder `name` of the cache, made by `build` when it is missing: in a temporary folder that is renamed at the end, so
 * that what has the name is always complete.
 * @returns the folder's path
 */
export async function cached(
  cacheDir: string,
  name: string,
  build: (folder: string) => Promise<void>,
): Promise<string> {
  const target = path.join(cacheDir, name);
  if (fs.existsSync(target)) {
    fs.utimesSync(target, new Date(), new Date()); // see removeUnused
    return target;
  }
  const kind = name.split('-')[0];
  return withLock(
    path.join(cacheDir, `${kind}.lock`),
    () => undefined,
    async () => {
      if (!fs.existsSync(target)) await make(cacheDir, kind, target, build);
      return target;
    },
  );
}

async function make(
  cacheDir: string,
  kind: string,
  target: string,
  build: (folder: string) => Promise<void>,
): Promise<void> {
  removeUnfinished(cacheDir, kind);
  const unfinished = `${target}.unfinished-${randomBytes(4).toString('hex')}`;
  fs.mkdirSync(unfinished, { recursive: true });
  try {
    await build(unfinished);
    fs.renameSync(unfinished, target);
  } finally {
    fs.rmSync(unfinished, { recursive: true, force: true });
  }
}

function removeUnfinished(cacheDir: string, kind: string): void {
  const names = fs.existsSync(cacheDir) ? fs.readdirSync(cacheDir) : [];
  for (const old of names.filter((entry) => entry.startsWith(`${kind}-`) && entry.includes('.unfinished-')))
    fs.rmSync(path.join(cacheDir, old), { recursive: true, force: true });
}

const UNUSED_MS = 14 * 24 * 3600 * 1000;

/** Removes what nobody asked for in two weeks: older recipes, of this checkout or another. @param inUse paths to keep */
export function removeUnused(cacheDir: string, inUse: readonly string[], now = Date.now()): void {
  for (const name of fs.readdirSync(cacheDir).filter((entry) => /^(box|guest|dns)-[0-9a-f]+$/.test(entry))) {
    const folder = path.join(cacheDir, name);
    if (inUse.includes(folder) || now - fs.statSync(folder).mtimeMs < UNUSED_MS) continue;
    fs.rmSync(folder, { recursive: true, force: true });
  }
}
