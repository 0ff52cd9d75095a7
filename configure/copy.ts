import { mkdirSync, statSync } from 'node:fs';
import { join, posix } from 'node:path';
import pLimit from 'p-limit';
import { throttled } from './_throttled';
import { amount } from './artifacts';
import { remoteTree, type Tree, type TreeFile } from './copy-tree';
import { quote } from './ssh-shell';
import type { Connection } from './transport';

export interface CopyOptions {
  /** Told now and then, e.g. `3 of 10 files, 12 of 40 MB`. */
  readonly onProgress?: (text: string) => void;
  readonly signal?: AbortSignal;
}

/** What came of copying to or from one node. */
export interface CopyOutcome {
  /** Files that are whole at their place. */
  readonly files: number;
  readonly bytes: number;
  /** Sockets, links to nothing and the like, which are left out. */
  readonly leftOut: readonly string[];
  /** Files and folders that could not be copied, with the reason. */
  readonly failures: readonly string[];
}

/** Files of one node under way at a time. */
const AT_A_TIME = 4;

/**
 * Copies local files and folders to a node, as `cp -r` does: into `dest` where that is a folder there, ends with `/`, or
 * there are several; else under that name. Every file is root's, has the mode that it has here, and appears when it is
 * whole. What else is in a folder stays.
 */
export async function copyTo(
  connection: Connection,
  trees: readonly Tree[],
  dest: string,
  options: CopyOptions = {},
): Promise<CopyOutcome> {
  const { signal } = options;
  const into = trees.length > 1 || dest.endsWith('/') || (await isFolder(connection, dest, signal));
  const place = (tree: Tree) => (into ? posix.join(dest, tree.name) : dest);
  const folders = trees.flatMap((tree) => tree.emptyFolders.map((path) => posix.join(place(tree), path)));
  if (folders.length > 0) {
    const script = folders.map((folder) => `mkdir -p -- ${quote(folder)}`).join(' &&\n');
    await connection.apply(`umask 022\n${script}\n`, { action: 'making folders', signal });
  }
  return copyFiles(trees, options, (tree, file, told) =>
    connection.put(join(tree.path, file.path), posix.join(place(tree), file.path), {
      mode: file.mode,
      signal,
      onProgress: told,
    }),
  );
}

export interface CopyFromOptions extends CopyOptions {
  /** The files go into `dest` although it doesn't exist yet. @default false */
  readonly into?: boolean;
}

/**
 * Copies files and folders of a node here, as `cp -r` does: into `dest` where that is a folder, ends with `/`, or there
 * are several; else under that name. Every file keeps its mode, less what the umask takes away, and appears when it is
 * whole.
 */
export async function copyFrom(
  connection: Connection,
  paths: readonly string[],
  dest: string,
  options: CopyFromOptions = {},
): Promise<CopyOutcome> {
  const { signal } = options;
  const looked = await Promise.allSettled(paths.map((path) => remoteTree(connection, path, signal)));
  signal?.throwIfAborted();
  const trees = looked.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  const missing = looked.flatMap((each) => (each.status === 'rejected' ? [(each.reason as Error).message] : []));
  const isHere = statSync(dest, { throwIfNoEntry: false })?.isDirectory() ?? false;
  const into = options.into || paths.length > 1 || dest.endsWith('/') || isHere;
  const place = (tree: Tree) => (into ? join(dest, tree.name) : dest);
  for (const tree of trees) {
    for (const folder of tree.emptyFolders) mkdirSync(join(place(tree), folder), { recursive: true });
  }
  const outcome = await copyFiles(trees, options, (tree, file, told) =>
    connection.get(posix.join(tree.path, file.path), join(place(tree), file.path), {
      mode: file.mode,
      signal,
      onProgress: told,
    }),
  );
  return { ...outcome, failures: [...missing, ...outcome.failures] };
}

type CopyFile = (tree: Tree, file: TreeFile, told: (bytes: number) => void) => Promise<void>;

/** One that fails keeps no other from being copied. */
async function copyFiles(trees: readonly Tree[], options: CopyOptions, copy: CopyFile): Promise<CopyOutcome> {
  const all = trees.flatMap((tree) => tree.files.map((file) => ({ tree, file })));
  const total = all.reduce((sum, { file }) => sum + file.bytes, 0);
  const under = new Map<TreeFile, number>();
  const failures: string[] = [];
  let files = 0;
  let bytes = 0;
  const tell = throttled(() => {
    const done = [...under.values()].reduce((sum, each) => sum + each, bytes);
    options.onProgress?.(`${files} of ${all.length} files, ${amount(done, total)}`);
  });
  const limit = pLimit(AT_A_TIME);
  const one = async ({ tree, file }: (typeof all)[number]): Promise<void> => {
    options.signal?.throwIfAborted();
    try {
      await copy(tree, file, (sent) => {
        under.set(file, sent);
        tell();
      });
      files++;
      bytes += file.bytes;
    } catch (error) {
      options.signal?.throwIfAborted();
      failures.push((error as Error).message);
    } finally {
      under.delete(file);
    }
  };
  const ended = await Promise.allSettled(all.map((each) => limit(() => one(each))));
  for (const each of ended) if (each.status === 'rejected') throw each.reason;
  const leftOut = trees.flatMap((tree) => tree.others.map((path) => join(tree.path, path)));
  return { files, bytes, leftOut, failures };
}

async function isFolder(connection: Connection, path: string, signal: AbortSignal | undefined): Promise<boolean> {
  const action = `looking at ${path}`;
  return (await connection.read(`[ ! -d ${quote(path)} ] || echo folder`, { action, signal })) !== '';
}
