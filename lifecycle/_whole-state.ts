import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { sync as writeFileAtomic } from 'write-file-atomic';
import type { SynthesizedStack } from './synth';

const LOOKS = 40;
const PAUSE_MS = 50;

/**
 * Terraform empties the file of a local state before it writes it anew, and keeps only a copy of what was there before its
 * run. What is killed in between leaves nothing, and whoever takes that for the state makes everything a second time. So
 * there is a copy of ours while Terraform applies, and an emptied file gets back what was known last.
 */
export class WholeState {
  #seen: number | undefined;

  /** @param file of the local backend */
  constructor(
    private readonly stack: Pick<SynthesizedStack, 'dir'>,
    private readonly file: string,
  ) {}

  /** Text of the state; empty where nothing was ever deployed. */
  read(): string {
    for (let looks = 1; ; looks++) {
      const text = readFileSync(this.file, 'utf8');
      const known = serialOf(text) === undefined ? this.#lastKnown(text) : undefined;
      if (known === undefined) return text;
      if (looks === LOOKS) {
        writeFileAtomic(this.file, known);
        return known;
      }
      pause(); // somebody may be writing it just now
    }
  }

  /** Copies the state, if it is another one by now. */
  tryCopy(): void {
    try {
      const changed = statSync(this.file).mtimeMs;
      if (changed === this.#seen) return;
      const text = readFileSync(this.file, 'utf8');
      if (serialOf(text) === undefined) return;
      writeFileAtomic(this.#copy, text, { mode: 0o600 });
      this.#seen = changed;
    } catch {
      // There is none yet; or there is no room for another one, which is no reason to stop.
    }
  }

  /** Terraform has ended, and may have been killed. */
  settle(): void {
    if (existsSync(this.file)) this.read();
    this.dropCopy();
  }

  dropCopy(): void {
    rmSync(this.#copy, { force: true });
  }

  get #copy(): string {
    return join(this.stack.dir, 'firesteel.tfstate');
  }

  /** Text that is damaged but not gone may have been changed by hand: only a run of ours that was cut off tells better. */
  #lastKnown(text: string): string | undefined {
    const files = text.trim() === '' ? [this.#copy, `${this.file}.backup`] : [this.#copy];
    const known = files.filter((each) => existsSync(each)).map((each) => readFileSync(each, 'utf8'));
    const serials = known.map((each) => serialOf(each) ?? -1);
    const newest = Math.max(...serials);
    return newest < 0 ? undefined : known[serials.indexOf(newest)];
  }
}

/** undefined where the text is no whole state. */
function serialOf(text: string): number | undefined {
  try {
    // Of an encrypted state it is in clear.
    const { serial } = JSON.parse(text) as { serial?: unknown };
    return typeof serial === 'number' ? serial : 0;
  } catch {
    return undefined;
  }
}

function pause(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
}
