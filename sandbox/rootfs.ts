import * as fs from 'node:fs';
import * as path from 'node:path';
import { cached } from './_cache';
import { mmdebstrap } from './_mmdebstrap';
import type { AptHost } from './apt-host';
import { readRecipe } from './recipe';

const FILES = ['before-packages.sh', 'after-packages.sh'];

export interface BuildOptions {
  readonly cacheDir: string;
  readonly apt: AptHost;
  readonly signal?: AbortSignal;
  readonly onLine?: (line: string) => void;
}

/** Name in the cache of the control plane's root file system, as it would be built now. */
export function rootfsName(apt: AptHost): string {
  return `box-${readRecipe('box', FILES, apt).digest}`;
}

export function hasRootfs(options: Pick<BuildOptions, 'cacheDir' | 'apt'>): boolean {
  return fs.existsSync(path.join(options.cacheDir, rootfsName(options.apt)));
}

/** The read-only root file system of the control plane; built from Debian's packages when the cache lacks it (1–2 min). */
export async function buildRootfs(options: BuildOptions): Promise<string> {
  const recipe = readRecipe('box', FILES, options.apt);
  const folder = await cached(options.cacheDir, `box-${recipe.digest}`, async (unfinished) => {
    const scratch = path.join(unfinished, 'scratch');
    fs.mkdirSync(scratch);
    await mmdebstrap(path.join(unfinished, 'root'), {
      ...options,
      scratch,
      archives: path.join(options.cacheDir, 'archives/box'),
      packages: recipe.packages,
      beforePackages: path.join(recipe.folder, 'before-packages.sh'),
      afterPackages: path.join(recipe.folder, 'after-packages.sh'),
    });
    fs.rmSync(scratch, { recursive: true });
  });
  return path.join(folder, 'root');
}
