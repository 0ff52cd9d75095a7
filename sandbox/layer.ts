import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { cached } from './_cache';
import { TIED } from './_mmdebstrap';
import { run } from './_run';
import type { Extra } from './extras';
import { readRecipe } from './recipe';
import type { BuildOptions } from './rootfs';

const FILES = ['install.sh'];

/**
 * Name in the cache of what an extra service adds to a root file system. It fits that one alone: dpkg's list of packages is
 * in both.
 * @param base folder of the root file system
 */
export function layerName(extra: Extra, base: string, { apt }: Pick<BuildOptions, 'apt'>): string {
  const { digest } = readRecipe(extra, FILES, apt);
  const made = fs.statSync(base).mtimeMs;
  return `${extra}-${createHash('sha256').update(`${digest} ${base} ${made}`).digest('hex').slice(0, 12)}`;
}

export function hasLayer(extra: Extra, base: string, options: Pick<BuildOptions, 'cacheDir' | 'apt'>): boolean {
  return fs.existsSync(path.join(options.cacheDir, layerName(extra, base, options)));
}

/** The folder to lay over `base`; built from Debian's packages when the cache lacks it (about half a minute). */
export async function buildLayer(extra: Extra, base: string, options: BuildOptions): Promise<string> {
  const { folder, packages } = readRecipe(extra, FILES, options.apt);
  const { cacheDir, signal, onLine } = options;
  const layer = await cached(cacheDir, layerName(extra, base, options), async (unfinished) => {
    const [root, scratch] = [path.join(unfinished, 'root'), path.join(unfinished, 'scratch')];
    fs.mkdirSync(root);
    fs.mkdirSync(scratch);
    const script = ['/bin/sh', path.join(folder, 'install.sh'), base, root, scratch];
    const archives = path.join(cacheDir, 'archives', extra);
    fs.mkdirSync(archives, { recursive: true });
    const killSignal = 'SIGKILL'; // see _mmdebstrap.ts
    await run('setpriv', [...TIED, ...script, archives, ...packages], { signal, killSignal, onLine });
    fs.rmSync(scratch, { recursive: true });
  });
  return path.join(layer, 'root');
}
