export type FindingKind =
  /** In the cloud, and nobody wants it. */
  | 'orphan'
  /** In the cloud more often than it should be. */
  | 'made twice'
  | 'missing'
  /** A state file that is not whole. */
  | 'damaged file'
  /** A run that should have gone on, and failed. */
  | 'failed run'
  /** A cluster that is not well, or of which a plan would still change something. */
  | 'unfinished';

export interface Finding {
  readonly kind: FindingKind;
  readonly what: string;
}

/** Everything that went wrong, told at once and kept for the end. */
export class Findings {
  readonly #all: Finding[] = [];

  add(kind: FindingKind, ...things: readonly string[]): void {
    for (const what of things) {
      this.#all.push({ kind, what });
      console.log(`${kind}: ${what}`);
    }
  }

  count(kind: FindingKind): number {
    return this.#all.filter((finding) => finding.kind === kind).length;
  }

  /** A line each. */
  get lines(): string[] {
    return this.#all.map(({ kind, what }) => `${kind}: ${what}`);
  }
}
