import { setTimeout as sleep } from 'node:timers/promises';

export interface RetryPolicy {
  /** Attempts after the first. */
  readonly retries: number;
  /** Pause before the second attempt; doubled each time. */
  readonly firstPauseSeconds: number;
  /** No pause is longer, whatever the server asks for. */
  readonly longestPauseSeconds: number;
  /** No further attempt begins later than this after the first. */
  readonly totalSeconds: number;
}

/** A pause is due before the next attempt; for progress. */
export interface RetryEvent {
  readonly attempt: number;
  readonly pauseSeconds: number;
  /** e.g. `503 Service Unavailable`, `connection refused` */
  readonly reason: string;
  /** `host:port` */
  readonly host: string;
}

/** What an attempt came to: a value to keep, or the wish for another attempt (with what to do if there is none). */
export type Attempt<T> =
  | { readonly done: true; readonly value: T }
  | { readonly done: false; readonly reason: string; readonly afterSeconds?: number; readonly giveUp: () => T };

/** Runs attempts until one is done or the policy is used up. */
export async function retrying<T>(
  policy: RetryPolicy,
  attempt: () => Promise<Attempt<T>>,
  onRetry: (event: Omit<RetryEvent, 'host'>) => void,
  signal?: AbortSignal,
): Promise<T> {
  const last = Date.now() + policy.totalSeconds * 1000;
  for (let count = 0; ; count += 1) {
    const result = await attempt();
    if (result.done) return result.value;
    const pauseSeconds = pause(policy, count, result.afterSeconds);
    if (count >= policy.retries || Date.now() + pauseSeconds * 1000 > last) return result.giveUp();
    onRetry({ attempt: count + 1, pauseSeconds, reason: result.reason });
    await sleep(pauseSeconds * 1000, undefined, { signal });
  }
}

/** What the server asks for, else doubled each time with up to a quarter of jitter, so that clients don't come back together. */
function pause(policy: RetryPolicy, count: number, askedSeconds: number | undefined): number {
  const own = policy.firstPauseSeconds * 2 ** count * (1 + Math.random() / 4);
  return Math.min(askedSeconds ?? own, policy.longestPauseSeconds);
}

/** Seconds of a `Retry-After` header: a number or a date. */
export function retryAfterSeconds(header: string | null, now = Date.now()): number | undefined {
  if (header === null) return undefined;
  const seconds = /^\d+$/.test(header.trim()) ? Number(header) : (Date.parse(header) - now) / 1000;
  return Number.isFinite(seconds) ? Math.max(0, seconds) : undefined;
}
