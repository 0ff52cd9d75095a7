import { unifiedDiff } from './_diff';
import { sha256 } from './_digest';
import type { Ownership } from './_ownership';
import { absolutePath } from './_path';
import { makeTemporary } from './_temporary';
import { atomicWrite } from './_write';
import type { Change, Operation } from './operation';
import { lines, sh } from './shell';

export interface ManagedBlockOptions {
  /** Absolute path of a file that others write too; made when missing. Its directory must exist by then. */
  readonly path: string;
  /** Tells our blocks of one file apart, e.g. `hosts`. @default 'block' */
  readonly marker?: string;
  /** Whole lines; empty = the block is taken out. Never a secret: the file's text is shown by diffs. */
  readonly content: string;
  /** Whether a block with these lines is left as it is. @default - only where they are `content` */
  readonly mayStay?: (lines: readonly string[]) => boolean;
  /** For a new file only; one that exists keeps its own. @default 0o644 */
  readonly mode?: number;
  /** For a new file only. @default 'root' */
  readonly owner?: string;
  /** For a new file only. @default 'root' */
  readonly group?: string;
}

export interface ManagedBlockFact {
  /** The whole file; absent = there is none. */
  readonly text?: string;
}

/**
 * Some lines of a file that is not ours alone, between two comment lines that name us. What else is in the file stays.
 * @throws {Error} for a relative path, a marker of more than one word, or content with one of our marker lines
 */
export function managedBlock(options: ManagedBlockOptions): Operation<ManagedBlockFact> {
  const path = absolutePath(options.path);
  const { marker = 'block', mayStay, mode = 0o644, owner = 'root', group = 'root' } = options;
  if (!/^[\w.-]+$/.test(marker)) throw new Error(`marker ${JSON.stringify(marker)} of ${path} must be one word`);
  const bounds: Bounds = { begin: `# BEGIN firesteel ${marker}`, end: `# END firesteel ${marker}` };
  const content = wholeLines(options.content, bounds, path);
  return {
    kind: 'managed-block',
    name: `${path} ${marker}`,
    fact: { script: factScript(path), parse: parseText, bare: {} },
    changes(fact) {
      const found = findBlock(fact.text ?? '', bounds);
      if (found.block && mayStay?.(found.block)) return [];
      const after = withBlock(found, bounds, content);
      if (after === (fact.text ?? '')) return [];
      return [replace(path, fact, after, { mode, owner, group })];
    },
  };
}

interface Bounds {
  readonly begin: string;
  readonly end: string;
}

function wholeLines(content: string, { begin, end }: Bounds, path: string): string {
  if (content.split('\n').some((line) => line === begin || line === end)) {
    throw new Error(`the block for ${path} holds one of the lines that mark it, "${begin}" or "${end}"`);
  }
  return content === '' || content.endsWith('\n') ? content : `${content}\n`;
}

function factScript(path: string): string {
  return sh`if [ -f ${path} ]; then echo file; base64 <${path}; fi`.text;
}

function parseText(stdout: string): ManagedBlockFact {
  const [type, ...base64] = stdout.trim().split('\n');
  if (type === '') return {};
  if (type !== 'file') throw new Error(`expected a file's text, got ${JSON.stringify(stdout.slice(0, 200))}`);
  return { text: Buffer.from(base64.join(''), 'base64').toString('utf8') };
}

interface Found {
  /** Lines within the marker lines; absent = there is no block. */
  readonly block?: readonly string[];
  /** The other lines, those before the block and those after it. */
  readonly before: readonly string[];
  readonly after: readonly string[];
}

/** A begin without its end is one line of rubbish, not the rest of the file. */
function findBlock(text: string, { begin, end }: Bounds): Found {
  const all = text === '' ? [] : text.replace(/\n$/, '').split('\n');
  const first = all.indexOf(begin);
  const last = all.indexOf(end, first + 1);
  if (first < 0 || last < 0) return { before: all, after: [] };
  return { before: all.slice(0, first), block: all.slice(first + 1, last), after: all.slice(last + 1) };
}

/** Where the block was, else at the end. */
function withBlock(found: Found, { begin, end }: Bounds, content: string): string {
  const block = content === '' ? [] : [begin, ...content.split('\n').slice(0, -1), end];
  const rubbish = (line: string): boolean => !found.block && block.length > 0 && line === begin;
  const kept = [...found.before.filter((line) => !rubbish(line)), ...block, ...found.after];
  return kept.length === 0 ? '' : `${kept.join('\n')}\n`;
}

/** Others write this file too: what was not there when the fact was read must not be lost. */
function replace(path: string, fact: ManagedBlockFact, after: string, forNew: Ownership): Change {
  const unchanged =
    fact.text === undefined ? sh`[ ! -e ${path} ]` : sh`sha256sum <${path} | grep -q ${`^${sha256(fact.text)}`}`;
  const guard = sh`
    ${unchanged} || { echo ${`${path} was changed by somebody else meanwhile; run this again`} >&2; exit 75; }
  `;
  const write = fact.text === undefined ? atomicWrite(path, after, forNew) : rewrite(path, after);
  return {
    description: `write our block into ${path}`,
    script: lines(guard, write).text,
    diff: unifiedDiff(path, fact.text, after),
  };
}

/** Like `atomicWrite`, with the owner and mode that the file has; through a link, to the file it names. */
function rewrite(path: string, content: string): ReturnType<typeof sh> {
  return sh`
    ( umask 077
    target=$(readlink -f -- ${path})
    ${makeTemporary(sh`"$target".firesteel-`)}
    printf %s ${content} >"$temporary"
    chown --reference="$target" -- "$temporary"
    chmod --reference="$target" -- "$temporary"
    mv -fT -- "$temporary" "$target" )
  `;
}
