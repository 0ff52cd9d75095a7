import { modeText, type Ownership, ownershipText, parseOwnership, sameOwnership, setOwnership } from './_ownership';
import { absolutePath } from './_path';
import { pathState } from './_path-state';
import type { Change, Operation } from './operation';
import { sh } from './shell';

export interface DirectoryOptions {
  /** Absolute. Missing parents are made too, as `root`'s with mode 0755. */
  readonly path: string;
  /** Permission bits. @default 0o755 */
  readonly mode?: number;
  /** @default 'root' */
  readonly owner?: string;
  /** @default 'root' */
  readonly group?: string;
}

export interface DirectoryFact {
  /** A link to a directory counts as one; `other` = a file, a device. */
  readonly type: 'absent' | 'directory' | 'other';
  readonly ownership?: Ownership;
}

/** A directory with this owner and mode; what is in it is left alone. */
export function directory(options: DirectoryOptions): Operation<DirectoryFact> {
  const path = absolutePath(options.path);
  const { mode = 0o755, owner = 'root', group = 'root' } = options;
  const ownership = { mode, owner, group };
  return {
    kind: 'directory',
    name: path,
    fact: {
      script: factScript(path),
      parse: parseDirectoryFact,
      bare: { type: 'absent' },
      joint: { by: pathState, item: { path } },
    },
    changes(fact) {
      if (fact.type !== 'directory') return [make(path, ownership)];
      if (!fact.ownership || !sameOwnership(fact.ownership, ownership)) return [handOver(path, ownership)];
      return [];
    },
  };
}

function factScript(path: string): string {
  return sh`
    path=${path}
    if [ -d "$path" ]; then echo directory; stat -L -c '%a %U %G' -- "$path"
    elif [ -e "$path" ] || [ -L "$path" ]; then echo other
    else echo absent
    fi
  `.text;
}

function parseDirectoryFact(stdout: string): DirectoryFact {
  const [type, ownership] = stdout.trim().split('\n');
  if (type === 'absent' || type === 'other') return { type };
  if (type !== 'directory' || !ownership)
    throw new Error(`expected a directory's rights, got ${JSON.stringify(stdout)}`);
  return { type, ownership: parseOwnership(ownership) };
}

function make(path: string, ownership: Ownership): Change {
  const { mode, owner, group } = ownership;
  const script = sh`install -d -m ${modeText(mode)} -o ${owner} -g ${group} -- ${path}`;
  return { description: `make directory ${path}`, script: script.text };
}

function handOver(path: string, ownership: Ownership): Change {
  return { description: `set ${path} to ${ownershipText(ownership)}`, script: setOwnership(path, ownership).text };
}
