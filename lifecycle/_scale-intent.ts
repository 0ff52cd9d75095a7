import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { sync as writeFileAtomic } from 'write-file-atomic';
import { z } from 'zod';

const intentSchema = z.object({
  version: z.literal(1),
  /** Numbers of the nodes that go, by group. */
  leaving: z.record(z.string(), z.array(z.number().int())),
  /** Names of the new nodes. */
  arriving: z.array(z.string()),
});

export interface Scaling {
  /** Numbers of the nodes that go, by group. */
  readonly leaving: Readonly<Record<string, readonly number[]>>;
  /** Names of new nodes that are not yet known to be healthy. */
  readonly arriving: readonly string[];
}

const NOTHING: Scaling = { leaving: {}, arriving: [] };

/** What a change of size has set out to do, kept until it is done: a run that goes on after a cut-off chooses no other nodes. */
export class ScaleIntent {
  readonly #file: string;

  /** @param folder of what we remember, e.g. `.firesteel` */
  constructor(
    private readonly folder: string,
    environment: string,
  ) {
    this.#file = join(folder, `${environment}.scaling`);
  }

  /** One that can't be read is none: nodes are chosen anew then. */
  get scaling(): Scaling {
    if (!existsSync(this.#file)) return NOTHING;
    try {
      return intentSchema.parse(JSON.parse(readFileSync(this.#file, 'utf8')));
    } catch {
      return NOTHING;
    }
  }

  set(scaling: Partial<Scaling>): void {
    const { leaving, arriving } = { ...this.scaling, ...scaling };
    mkdirSync(this.folder, { recursive: true, mode: 0o700 });
    writeFileAtomic(this.#file, `${JSON.stringify({ version: 1, leaving, arriving })}\n`, { mode: 0o600 });
  }

  clear(): void {
    rmSync(this.#file, { force: true });
  }
}
