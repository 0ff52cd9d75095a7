import { absolutePath } from './_path';
import type { Operation } from './operation';
import { sh } from './shell';

export interface OnceOptions {
  /** What it is called on the machine: lower-case words joined by hyphens. */
  readonly name: string;
  /** Path of a program that runs as root, once; where it fails, it runs again the next time. */
  readonly program: string;
  /** It may install from package mirrors. @default false */
  readonly mirrors?: boolean;
}

const MARKS = '/var/lib/firesteel/once';

/**
 * A program that a machine runs once in its life, whatever becomes of it later.
 * @throws {Error} for a name that is none, or a relative path
 */
export function once({ name, program, mirrors = false }: OnceOptions): Operation<boolean> {
  if (!/^[a-z0-9][a-z0-9-]*$/.test(name)) {
    throw new Error(`not a name: ${JSON.stringify(name)}; write lower-case words joined by hyphens`);
  }
  const mark = `${MARKS}/${name}`;
  return {
    kind: 'once',
    name,
    fact: {
      script: sh`if [ -e ${mark} ]; then echo done; fi`.text,
      parse: (stdout) => stdout.trim() === 'done',
      bare: false,
    },
    changes(done) {
      if (done) return [];
      const script = sh`
        ${absolutePath(program)} </dev/null
        mkdir -p -- ${MARKS}
        date -u +%FT%TZ >${mark}
      `;
      return [{ description: `run ${name}, once`, script: script.text, ...(mirrors && { mirrors }) }];
    },
  };
}
