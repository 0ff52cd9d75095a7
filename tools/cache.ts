import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { lock } from 'proper-lockfile';

const STALE_AFTER_MS = 20_000;
const POLL_MS = 300;

/** Where fetched and built tools are kept, outside of every checkout. */
export function toolCache(env: NodeJS.ProcessEnv = process.env): string {
  return join(env.FIRESTEEL_CACHE || join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'firesteel'), 'tools');
}

/**
 * A folder of the cache. It is either there and complete or not there at all: `make` fills a folder beside it, which is
 * then renamed. Two processes don't make the same one at once.
 * @param make fills the folder it is given
 * @returns `folder`
 */
export async function cachedFolder(
  folder: string,
  make: (partial: string) => Promise<void>,
  signal?: AbortSignal,
): Promise<string> {
  if (existsSync(folder)) return folder;
  await mkdir(dirname(folder), { recursive: true });
  const release = await waitForLock(folder, signal);
  const partial = `${folder}.partial-${randomUUID()}`;
  try {
    if (existsSync(folder)) return folder; // made by whom we waited for
    await mkdir(partial);
    await make(partial);
    await rename(partial, folder);
    return folder;
  } finally {
    await rm(partial, { recursive: true, force: true });
    await release();
  }
}

/** The lock of a dead process is stale after 20 s, because nobody touches it any more. */
async function waitForLock(folder: string, signal?: AbortSignal): Promise<() => Promise<void>> {
  for (;;) {
    signal?.throwIfAborted();
    try {
      return await lock(folder, { realpath: false, stale: STALE_AFTER_MS });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ELOCKED') throw error;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }
}
