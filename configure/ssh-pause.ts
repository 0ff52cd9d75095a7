import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Waits for about that long, give or take a third, so that many clients don't knock at the same moment.
 * @throws the signal's reason when it is aborted
 */
export async function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  try {
    await sleep(milliseconds * (0.67 + Math.random() * 0.66), undefined, { signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}
