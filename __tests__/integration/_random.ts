import { createHash } from 'node:crypto';

/** Numbers at random, the same for the same seed. */
export class Random {
  #drawn = 0;

  /** @param seed `FIRESTEEL_TEST_SEED` gives it, to repeat a run. @default - another one each time */
  constructor(readonly seed = Number(process.env.FIRESTEEL_TEST_SEED ?? Date.now() % 100_000)) {}

  /** At least 0, less than 1. */
  share(): number {
    const digest = createHash('sha256')
      .update(`${this.seed} ${this.#drawn++}`)
      .digest();
    return digest.readUInt32BE(0) / 2 ** 32;
  }

  /** Heads or tails. */
  coin(): boolean {
    return this.share() < 0.5;
  }
}
