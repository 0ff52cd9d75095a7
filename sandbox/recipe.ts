import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { AptHost } from './apt-host';
import type { Extra } from './extras';

/** A folder of this package with what one root file system is made from: `packages.txt` and scripts. */
export interface Recipe {
  readonly name: 'box' | 'guest' | Extra;
  readonly folder: string;
  readonly packages: readonly string[];
  /** 12 hex digits: changes with the recipe's files and with the host's sources, settings and certificates. */
  readonly digest: string;
}

/** @param files those whose content the result depends on, beside `packages.txt` */
export function readRecipe(name: Recipe['name'], files: readonly string[], apt: AptHost): Recipe {
  const folder = path.join(__dirname, name);
  const list = fs.readFileSync(path.join(folder, 'packages.txt'), 'utf8');
  const digest = createHash('sha256').update(apt.digest).update(list);
  for (const file of files) digest.update(file).update(fs.readFileSync(path.join(folder, file)));
  return { name, folder, packages: parsePackages(list), digest: digest.digest('hex').slice(0, 12) };
}

/** Names from a `packages.txt`: any white space between them, `#` begins a comment. */
export function parsePackages(text: string): string[] {
  return text
    .split('\n')
    .flatMap((line) => line.replace(/#.*/, '').split(/\s+/))
    .filter(Boolean);
}
