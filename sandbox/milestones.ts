import * as fs from 'node:fs';
import * as path from 'node:path';
import * as writeFileAtomic from 'write-file-atomic';

/** What is done once in the life of a sandbox, or again when its version changes. Written down only after it succeeded. */
export class Milestones {
  private readonly file: string;

  constructor(stateDir: string) {
    this.file = path.join(stateDir, 'milestones.json');
  }

  reached(name: string, version: string): boolean {
    return this.read()[name] === version;
  }

  /** Runs `work` unless it succeeded before with the same version; `work` must bear being run again. */
  async once(name: string, version: string, work: () => Promise<unknown>): Promise<void> {
    if (this.reached(name, version)) return;
    await work();
    // Read again: others were reached meanwhile.
    writeFileAtomic.sync(this.file, `${JSON.stringify({ ...this.read(), [name]: version }, undefined, 2)}\n`);
  }

  private read(): Record<string, string> {
    return fs.existsSync(this.file) ? JSON.parse(fs.readFileSync(this.file, 'utf8')) : {};
  }
}
