import { get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

const LIMIT_MS = 2000;

/** What became of a steady stream of requests. */
export interface LoadReport {
  readonly sent: number;
  /** Without an answer of status 200 within two seconds. */
  readonly failed: number;
  /** Longest time from one good answer to the next, in milliseconds. */
  readonly longestGapMs: number;
  /** Of the failed ones, in milliseconds after the beginning. */
  readonly failedAt: readonly number[];
}

/** Requests of a page at an even pace, each on a connection of its own, whatever becomes of the ones before. */
export class SteadyLoad {
  readonly #begun = performance.now();
  readonly #good: number[] = [];
  readonly #failed: number[] = [];
  readonly #pending = new Set<Promise<void>>();
  readonly #ended = new AbortController();
  readonly #pacing: Promise<void>;

  constructor(
    private readonly url: string,
    perSecond: number,
  ) {
    this.#pacing = this.#pace(1000 / perSecond);
  }

  /** Milliseconds since the beginning. */
  get now(): number {
    return performance.now() - this.#begun;
  }

  /** Ends it, and waits for all answers. */
  async end(): Promise<LoadReport> {
    this.#ended.abort();
    await this.#pacing;
    await Promise.all(this.#pending);
    const times = [0, ...this.#good.sort((a, b) => a - b)];
    const gaps = times.slice(1).map((time, index) => time - times[index]!);
    return {
      sent: this.#good.length + this.#failed.length,
      failed: this.#failed.length,
      longestGapMs: Math.round(Math.max(0, ...gaps)),
      failedAt: this.#failed.map(Math.round),
    };
  }

  async #pace(everyMs: number): Promise<void> {
    for (let due = 0; !this.#ended.signal.aborted; due += everyMs) {
      const early = due - this.now;
      if (early > 0) await sleep(early);
      const request = this.#request();
      this.#pending.add(request);
      void request.then(() => this.#pending.delete(request));
    }
  }

  async #request(): Promise<void> {
    const at = this.now;
    const status = await statusOf(this.url).catch(() => 0);
    if (status === 200) this.#good.push(this.now);
    else this.#failed.push(at);
  }
}

function statusOf(url: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = get(url, { agent: false, timeout: LIMIT_MS, headers: { connection: 'close' } }, (answer) => {
      answer.resume();
      answer.once('end', () => resolve(answer.statusCode ?? 0));
      answer.once('error', reject);
    });
    request.once('timeout', () => request.destroy(new Error('no answer')));
    request.once('error', reject);
  });
}
