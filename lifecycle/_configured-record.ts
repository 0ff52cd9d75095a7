import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { sync as writeFileAtomic } from 'write-file-atomic';
import { z } from 'zod';
import type { WantedDigests } from '../configure/wanted-digests';

const recordSchema = z.object({
  version: z.literal(1),
  nodes: z.record(z.string(), z.record(z.string(), z.string())),
});

/**
 * What the nodes of an environment were configured for last, from this folder: what is another on them since, and was not
 * asked for anew, somebody has changed by hand. Digests only.
 */
export class ConfiguredRecord {
  readonly #file: string;

  /** @param folder of what we remember, e.g. `.firesteel` */
  constructor(
    private readonly folder: string,
    environment: string,
  ) {
    this.#file = join(folder, `${environment}.configured.json`);
  }

  /** Without the nodes of which it isn't known: they were configured from elsewhere, or never. */
  read(): WantedDigests {
    if (!existsSync(this.#file)) return {};
    // It can be made anew, and without it less is known, which is told: no reason to fail.
    const parsed = recordSchema.safeParse(tryJson(readFileSync(this.#file, 'utf8')));
    return parsed.success ? parsed.data.nodes : {};
  }

  /**
   * @param wanted of all nodes that there are
   * @param configured names of those that are so now
   */
  write(wanted: WantedDigests, configured: ReadonlySet<string>): void {
    const before = this.read();
    const nodes = Object.entries(wanted).flatMap(([name, digests]) => {
      const known = configured.has(name) ? digests : before[name];
      return known ? [[name, known] as const] : [];
    });
    mkdirSync(this.folder, { recursive: true, mode: 0o700 });
    const text = JSON.stringify({ version: 1, nodes: Object.fromEntries(nodes) });
    writeFileAtomic(this.#file, `${text}\n`, { mode: 0o600 });
  }

  remove(): void {
    rmSync(this.#file, { force: true });
  }
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
