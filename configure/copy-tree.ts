import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, join, posix, resolve } from 'node:path';
import { quote } from './ssh-shell';
import type { Transport } from './transport';

/** A file, or a folder with all that is below it, as it is to be copied; links are followed. */
export interface Tree {
  /** Of the file or folder itself, on its machine. */
  readonly path: string;
  /** The last part of the path: what it is called in another folder. */
  readonly name: string;
  readonly isFolder: boolean;
  readonly files: readonly TreeFile[];
  /** Folders without anything in them, below `path`; the others come with their files. */
  readonly emptyFolders: readonly string[];
  /** What is neither a file nor a folder (sockets, links to nothing), below `path`. */
  readonly others: readonly string[];
}

export interface TreeFile {
  /** Below the tree's path, with `/` between its parts; empty where the tree is a file. */
  readonly path: string;
  readonly bytes: number;
  readonly mode: number;
}

interface Entry extends TreeFile {
  readonly kind: 'file' | 'empty folder' | 'other';
}

/**
 * What there is on this machine.
 * @throws {Error} when there is no such file, or folders lead into each other
 */
export async function localTree(path: string): Promise<Tree> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    throw new Error(
      error.code === 'ENOENT' ? `${path}: no such file or folder` : `${path} can't be read: ${error.message}`,
    );
  });
  if (!found.isFile() && !found.isDirectory()) throw new Error(`${path} is neither a file nor a folder`);
  const entries: Entry[] = [];
  await collect(path, '', entries, []);
  return treeOf(path, basename(resolve(path)), found.isDirectory(), entries);
}

async function collect(root: string, below: string, entries: Entry[], above: readonly string[]): Promise<void> {
  const path = join(root, below);
  const found = await stat(path).catch(() => undefined);
  const add = (kind: Entry['kind']): void => {
    entries.push({ kind, path: below, bytes: found?.size ?? 0, mode: (found?.mode ?? 0) & 0o777 });
  };
  if (found?.isFile()) return add('file');
  if (!found?.isDirectory()) return add('other');
  const real = await realpath(path);
  if (above.includes(real)) throw new Error(`${path} leads back to ${real}, which it is in: a copy would have no end`);
  const names = (await readdir(path)).sort();
  if (names.length === 0) add('empty folder');
  for (const name of names) await collect(root, posix.join(below, name), entries, [...above, real]);
}

/**
 * What there is on a node, as root sees it.
 * @throws {CommandError} when there is no such file
 */
export async function remoteTree(transport: Transport, path: string, signal?: AbortSignal): Promise<Tree> {
  const listing = await transport.read(listScript(path), { action: `looking at ${path}`, signal });
  const [head, ...lines] = listing.split('\0').slice(0, -1);
  return treeOf(path, posix.basename(path), head === 'folder', lines.map(parseLine));
}

/** Each entry with a NUL behind it, which no name can hold. */
function listScript(path: string): string {
  const word = quote(path);
  return `if [ -d ${word} ]; then printf 'folder\\0'
elif [ -f ${word} ]; then printf 'file\\0'
elif [ -e ${word} ]; then echo "it is neither a file nor a folder" >&2; exit 1
else echo "no such file or folder" >&2; exit 1
fi
find -L ${word} \\( -type d -empty -o ! -type d \\) -printf '%y %m %s %P\\0'
`;
}

function parseLine(line: string): Entry {
  const [, type, mode, size, path] = /^(\S+) (\d+) (\d+) ([\s\S]*)$/.exec(line) ?? [];
  if (path === undefined) throw new Error(`expected an entry of a folder, got ${JSON.stringify(line.slice(0, 200))}`);
  // A node must not get to write where it likes on this machine.
  if (path.split('/').includes('..') || path.startsWith('/')) {
    throw new Error(`refused: the node names ${JSON.stringify(path)}, which is outside of the folder`);
  }
  const kind = type === 'f' ? 'file' : type === 'd' ? 'empty folder' : 'other';
  return { kind, path, bytes: Number(size), mode: Number.parseInt(mode!, 8) & 0o777 };
}

function treeOf(path: string, name: string, isFolder: boolean, entries: readonly Entry[]): Tree {
  const pathsOf = (kind: Entry['kind']) => entries.filter((entry) => entry.kind === kind).map((entry) => entry.path);
  return {
    path,
    name,
    isFolder,
    files: entries
      .filter(({ kind }) => kind === 'file')
      .map(({ path: file, bytes, mode }) => ({ path: file, bytes, mode })),
    emptyFolders: pathsOf('empty folder'),
    others: pathsOf('other'),
  };
}
