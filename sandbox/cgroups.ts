import * as fs from 'node:fs';
import * as path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { tryRun } from './_run';

const TRIES = 20;

/** What a sandbox has of each cgroup v1 hierarchy: one group, and its guests' below it. */
export class Cgroups {
  constructor(private readonly name: string) {}

  /** Lets frozen processes go on. */
  thaw(): void {
    for (const group of this.roots()) {
      for (const entry of fs.readdirSync(group, { recursive: true, encoding: 'utf8' })) {
        if (path.basename(entry) === 'freezer.state') fs.writeFileSync(path.join(group, entry), 'THAWED');
      }
    }
  }

  async remove(): Promise<void> {
    for (let tries = 0; tries < TRIES; tries += 1) {
      const left = this.roots();
      if (left.length === 0) return;
      // Processes that were killed a moment ago may still be in them.
      if (tries > 0) await sleep(100);
      await tryRun('find', [...left, '-depth', '-type', 'd', '-exec', 'rmdir', '{}', '+']);
    }
  }

  private roots(): readonly string[] {
    const mounts = fs
      .readFileSync('/proc/self/mounts', 'utf8')
      .split('\n')
      .map((line) => line.split(' '));
    const groups = mounts.filter(([, , type]) => type === 'cgroup').map(([, folder]) => path.join(folder!, this.name));
    return groups.filter((group) => fs.existsSync(group));
  }
}
