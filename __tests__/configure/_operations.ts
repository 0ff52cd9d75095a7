import { quoted } from '../../configure/_frames';
import type { Operation } from '../../operations/operation';

/** A file of the working folder with this content: small enough to see through, real enough to converge. */
export function textFile(name: string, content: string): Operation<string | undefined> {
  return {
    kind: 'text-file',
    name,
    fact: {
      script: `if [ -e ${name} ]; then echo yes; cat ${name}; fi`,
      parse: (stdout) => (stdout.startsWith('yes\n') ? stdout.slice(4) : undefined),
      bare: undefined,
    },
    changes: (found) =>
      found === content
        ? []
        : [
            {
              description: `write ${name}`,
              script: `printf %s ${quoted(content)} > ${name}.new\nmv ${name}.new ${name}`,
            },
          ],
  };
}

/** An operation that always asks for the one change given. */
export function always(name: string, script: string): Operation {
  return {
    kind: 'always',
    name,
    fact: { script: 'true', parse: () => undefined, bare: undefined },
    changes: () => [{ description: `do ${name}`, script }],
  };
}

/** An operation that only asks. */
export function question(name: string, script: string, answers: string[] = []): Operation {
  return {
    kind: 'question',
    name,
    fact: { script, parse: (stdout) => answers.push(stdout), bare: undefined },
    changes: () => [],
  };
}
