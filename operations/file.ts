import { unifiedDiff } from './_diff';
import { sha256 } from './_digest';
import { modeText, type Ownership, ownershipText, parseOwnership, sameOwnership, setOwnership } from './_ownership';
import { absolutePath } from './_path';
import { DIFF_LIMIT_BYTES, pathState } from './_path-state';
import { atomicWrite, jointWrite } from './_write';
import type { Change, Operation } from './operation';
import { Secret } from './secret';
import { sh } from './shell';

export interface FileOptions {
  /** Absolute; its directory must exist by then. */
  readonly path: string;
  /** The whole text. A `Secret` is never shown, neither by a diff nor by the fact. */
  readonly content: string | Secret;
  /** Permission bits. @default 0o644, and 0o600 for a secret */
  readonly mode?: number;
  /** @default 'root' */
  readonly owner?: string;
  /** @default 'root' */
  readonly group?: string;
}

export interface FileFact {
  /** `other` = a directory, a link, a device. */
  readonly type: 'absent' | 'file' | 'other';
  readonly ownership?: Ownership;
  readonly sha256?: string;
  /** The text, where it differs from what is wanted, is small and not secret: for the diff. */
  readonly content?: string;
}

/**
 * A regular file with this text, owner and mode; replaced in one step, so that no reader ever sees half of it.
 * @throws {Error} for a relative path, or a secret that everybody could read
 */
export function file(options: FileOptions): Operation<FileFact> {
  const path = absolutePath(options.path);
  const { content } = options;
  const ownership = wantedOwnership(options);
  const digest = sha256(content);
  return {
    kind: 'file',
    name: path,
    fact: {
      script: factScript(path, digest, content instanceof Secret),
      parse: parseFileFact,
      bare: { type: 'absent' },
      joint: { by: pathState, item: { path, wanted: { sha256: digest, shown: !(content instanceof Secret) } } },
    },
    changes(fact) {
      if (fact.sha256 !== digest) return [write(path, content, ownership, fact)];
      if (!fact.ownership || !sameOwnership(fact.ownership, ownership)) return [handOver(path, ownership)];
      return [];
    },
  };
}

function wantedOwnership({ path, content, mode, owner = 'root', group = 'root' }: FileOptions): Ownership {
  const secret = content instanceof Secret;
  const wanted = mode ?? (secret ? 0o600 : 0o644);
  if (secret && (wanted & 0o007) !== 0) {
    throw new Error(
      `${path} holds a secret and would be open to everybody with mode ${modeText(wanted)}; use 0640 or 0600`,
    );
  }
  return { mode: wanted, owner, group };
}

function factScript(path: string, digest: string, secret: boolean): string {
  const show = secret
    ? sh``
    : sh`
      if [ "$sum" != ${digest} ] && [ "$(stat -c %s -- "$path")" -le ${DIFF_LIMIT_BYTES} ]; then base64 <"$path"; fi
    `;
  return sh`
    path=${path}
    if [ -f "$path" ] && [ ! -L "$path" ]; then
      echo file
      stat -c '%a %U %G' -- "$path"
      sum=$(sha256sum <"$path"); sum=\${sum%% *}
      echo "$sum"
      ${show}
    elif [ -e "$path" ] || [ -L "$path" ]; then echo other
    else echo absent
    fi
  `.text;
}

function parseFileFact(stdout: string): FileFact {
  const [type, ownership, digest, ...base64] = stdout.trim().split('\n');
  if (type === 'absent' || type === 'other') return { type };
  if (type !== 'file' || !ownership || !/^[0-9a-f]{64}$/.test(digest ?? '')) {
    throw new Error(`expected a file's type, rights and digest, got ${JSON.stringify(stdout.slice(0, 200))}`);
  }
  const content = base64.length > 0 ? Buffer.from(base64.join(''), 'base64').toString('utf8') : undefined;
  return { type, ownership: parseOwnership(ownership), sha256: digest, ...(content === undefined ? {} : { content }) };
}

function write(path: string, content: string | Secret, ownership: Ownership, fact: FileFact): Change {
  const change = {
    description: `write ${path}`,
    script: atomicWrite(path, content, ownership).text,
    joint: { by: jointWrite, item: { path, content, ownership } },
  };
  const showable = !(content instanceof Secret) && (fact.type === 'absent' || fact.content !== undefined);
  return showable ? { ...change, diff: unifiedDiff(path, fact.content, content as string) } : change;
}

function handOver(path: string, ownership: Ownership): Change {
  return { description: `set ${path} to ${ownershipText(ownership)}`, script: setOwnership(path, ownership).text };
}
