import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { sync as writeFileAtomic } from 'write-file-atomic';
import { z } from 'zod';

const intentSchema = z.object({
  version: z.literal(1),
  /** Ids of the servers that are to go, by the names of their nodes. */
  servers: z.record(z.string(), z.string()),
});

/** Which servers are still to be replaced: a run that goes on after a cut-off must not replace the new ones again. */
export class ReplaceIntent {
  readonly #file: string;

  /** @param folder of what we remember, e.g. `.firesteel` */
  constructor(
    private readonly folder: string,
    environment: string,
  ) {
    this.#file = join(folder, `${environment}.replacing`);
  }

  /** Ids by node; undefined where no replacement was cut off. One that can't be read is none. */
  get servers(): Readonly<Record<string, string>> | undefined {
    if (!existsSync(this.#file)) return undefined;
    try {
      return intentSchema.parse(JSON.parse(readFileSync(this.#file, 'utf8'))).servers;
    } catch {
      return undefined;
    }
  }

  set(servers: Readonly<Record<string, string>>): void {
    mkdirSync(this.folder, { recursive: true, mode: 0o700 });
    writeFileAtomic(this.#file, `${JSON.stringify({ version: 1, servers })}\n`, { mode: 0o600 });
  }

  done(nodes: readonly string[]): void {
    this.set(Object.fromEntries(Object.entries(this.servers ?? {}).filter(([node]) => !nodes.includes(node))));
  }

  clear(): void {
    rmSync(this.#file, { force: true });
  }
}
