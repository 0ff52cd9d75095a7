import { absolutePath } from './_path';
import { beside, makeTemporary } from './_temporary';
import type { Operation } from './operation';
import { sh } from './shell';

export interface SymlinkOptions {
  /** Absolute path of the link itself. */
  readonly path: string;
  /** What it points to, as written into the link. */
  readonly target: string;
}

export interface SymlinkFact {
  /** Absent: there is no link, or something else. */
  readonly target?: string;
}

/** A symbolic link, switched in one step; a directory that stands in its place is refused by the machine, not removed. */
export function symlink(options: SymlinkOptions): Operation<SymlinkFact> {
  const path = absolutePath(options.path);
  const { target } = options;
  if (target === '' || /[\0\n]/.test(target))
    throw new Error(`${path}: no link can point to ${JSON.stringify(target)}`);
  return {
    kind: 'symlink',
    name: path,
    fact: {
      script: sh`if [ -L ${path} ]; then readlink -- ${path}; fi`.text,
      parse: (stdout) => (stdout.trim() === '' ? {} : { target: stdout.replace(/\n+$/, '') }),
      bare: {},
    },
    changes(fact) {
      if (fact.target === target) return [];
      return [{ description: `link ${path} to ${target}`, script: switchScript(path, target) }];
    },
  };
}

function switchScript(path: string, target: string): string {
  return sh`
    ( ${makeTemporary(beside(path), 'directory')}
    ln -s -- ${target} "$temporary/link"
    mv -fT -- "$temporary/link" ${path} )
  `.text;
}
