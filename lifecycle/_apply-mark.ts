import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { sync as writeFileAtomic } from 'write-file-atomic';

/** Says that Terraform is making something of an environment; where it is found before a run, an earlier one was cut off. */
export class ApplyMark {
  readonly #file: string;

  /** @param folder of what we remember, e.g. `.firesteel` */
  constructor(
    private readonly folder: string,
    environment: string,
  ) {
    this.#file = join(folder, `${environment}.applying`);
  }

  /** When the first of the runs began that were cut off; undefined where none was. */
  get since(): Date | undefined {
    try {
      const since = new Date(readFileSync(this.#file, 'utf8').trim());
      return Number.isNaN(since.getTime()) ? undefined : since;
    } catch {
      return undefined;
    }
  }

  /** One that is there stays. */
  set(): void {
    if (this.since) return;
    mkdirSync(this.folder, { recursive: true, mode: 0o700 });
    writeFileAtomic(this.#file, `${new Date().toISOString()}\n`, { mode: 0o600 });
  }

  clear(): void {
    rmSync(this.#file, { force: true });
  }
}
