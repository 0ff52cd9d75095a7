import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** What no node needs of a folder: other tools' own. */
export const NOT_DEPLOYED = ['.git', '__pycache__', 'node_modules', '.venv', '.DS_Store'];

/**
 * Digest of the files of a folder: their paths, whether they can be run, and their content. SHA-256, hexadecimal. Folders
 * of `NOT_DEPLOYED` and links are left out.
 */
export function folderDigest(folder: string): string {
  const hash = createHash('sha256');
  for (const path of folderFiles(folder)) {
    const content = readFileSync(join(folder, path));
    const runs = (statSync(join(folder, path)).mode & 0o100) !== 0;
    hash.update(`${JSON.stringify([path, runs, content.length])}\n`).update(content);
  }
  return hash.digest('hex');
}

/** Paths of a folder's files from the folder on, sorted. */
export function folderFiles(folder: string, below = ''): readonly string[] {
  const entries = readdirSync(join(folder, below), { withFileTypes: true }).filter(
    ({ name }) => !NOT_DEPLOYED.includes(name),
  );
  const paths = entries.flatMap((entry) => {
    const path = below === '' ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory()) return folderFiles(folder, path);
    return entry.isFile() ? [path] : [];
  });
  return paths.sort();
}
