import { readdirSync, readFileSync } from 'node:fs';

const EVERY_MILLISECONDS = 200;
/** A process is looked at each time while it is new, for it may become another program; later now and then. */
const NEW_FOR_ROUNDS = 10;

/**
 * Collects the command lines of all processes of this machine while it runs. The sandbox's servers are containers of this
 * machine, so what runs on the nodes is among them.
 */
export class ArgvWatch {
  readonly #seen = new Set<string>();
  readonly #ages = new Map<string, number>();
  readonly #timer = setInterval(() => this.#look(), EVERY_MILLISECONDS);

  /** Every command line that was seen, its words separated by blanks. */
  get lines(): readonly string[] {
    return [...this.#seen];
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
    const now = new Set(pids);
    for (const pid of this.#ages.keys()) if (!now.has(pid)) this.#ages.delete(pid);
    for (const pid of pids) {
      const age = (this.#ages.get(pid) ?? -1) + 1;
      this.#ages.set(pid, age);
      if (age < NEW_FOR_ROUNDS || age % NEW_FOR_ROUNDS === 0) this.#read(pid);
    }
  }

  #read(pid: string): void {
    try {
      this.#seen.add(readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' '));
    } catch {
      // It has ended.
    }
  }
}
