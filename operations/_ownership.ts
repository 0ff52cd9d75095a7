import { type Shell, sh } from './shell';

/** Who owns a path and what they may do with it. */
export interface Ownership {
  /** Permission bits, e.g. `0o644`. */
  readonly mode: number;
  readonly owner: string;
  readonly group: string;
}

/** What `stat -c '%a %U %G'` prints. */
export function parseOwnership(text: string): Ownership {
  const match = /^([0-7]{1,4}) (\S+) (\S+)$/.exec(text);
  if (!match) throw new Error(`expected "mode owner group", got ${JSON.stringify(text)}`);
  return { mode: Number.parseInt(match[1]!, 8), owner: match[2]!, group: match[3]! };
}

export function sameOwnership(a: Ownership, b: Ownership): boolean {
  return a.mode === b.mode && a.owner === b.owner && a.group === b.group;
}

/** `0640 root:spark` */
export function ownershipText({ mode, owner, group }: Ownership): string {
  return `${modeText(mode)} ${owner}:${group}`;
}

/** `0640` */
export function modeText(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}

/** The owner first: giving a file away clears its set-id bits. */
export function setOwnership(path: string, ownership: Ownership): Shell {
  return sh`
    chown -- ${`${ownership.owner}:${ownership.group}`} ${path}
    chmod -- ${modeText(ownership.mode)} ${path}
  `;
}
