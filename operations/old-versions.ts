import { absolutePath } from './_path';
import type { Operation } from './operation';
import { Shell, sh } from './shell';

export interface OldVersionsOptions {
  /** What the paths of all versions begin with, e.g. `/opt/app-`. */
  readonly prefix: string;
  /** The directory that is to be used from now on; named like the others, but it need not be there yet. */
  readonly current: string;
  /** How many others stay, the latest of them: something may still be using them. @default 1 */
  readonly keep?: number;
}

export interface OldVersionsFact {
  /** All other versions, the latest first. */
  readonly old: readonly string[];
}

/**
 * Of directories that hold versions of the same thing, none is left but the current one and the latest of the others.
 * @throws {Error} when the current one is not named like the others
 */
export function oldVersions({ prefix, current, keep = 1 }: OldVersionsOptions): Operation<OldVersionsFact> {
  if (!absolutePath(current).startsWith(prefix) || !/^\/[\w./-]+-$/.test(prefix)) {
    throw new Error(`${current} is no version of ${prefix}: write them like /opt/app-1.0 and /opt/app-`);
  }
  return {
    kind: 'old-versions',
    name: prefix,
    fact: {
      script: sh`ls -1dt -- ${new Shell(prefix)}*/ 2>/dev/null || :`.text,
      parse: (stdout) => ({ old: versions(stdout).filter((path) => path !== current) }),
      bare: { old: [] },
    },
    changes({ old }) {
      const gone = old.slice(keep);
      if (gone.length === 0) return [];
      return [{ description: `remove ${gone.join(', ')}`, script: sh`rm -rf -- ${gone}`.text }];
    },
  };
}

function versions(stdout: string): readonly string[] {
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.replace(/\/$/, ''));
}
