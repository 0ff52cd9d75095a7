import { mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { lock } from 'proper-lockfile';

/** Folder of the files that were fetched for nodes: `$FIRESTEEL_CACHE`, else firesteel's folder in the user's cache. */
export function artifactCacheDir(env: NodeJS.ProcessEnv = process.env): string {
  const cache = env.FIRESTEEL_CACHE || join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'firesteel');
  return join(cache, 'artifacts');
}

/**
 * Runs `work` while no other process fetches the same file; makes the folder if need be. A lock whose holder died is free
 * again after some seconds.
 */
export async function withFileLock<T>(file: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  await mkdir(join(file, '..'), { recursive: true });
  const release = await acquire(file, signal);
  try {
    return await work();
  } finally {
    await release();
  }
}

const RETRY_MS = 250;

async function acquire(file: string, signal?: AbortSignal): Promise<() => Promise<void>> {
  for (;;) {
    signal?.throwIfAborted();
    try {
      return await lock(file, { realpath: false, stale: 10_000, update: 2_000 });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ELOCKED') throw error;
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}
