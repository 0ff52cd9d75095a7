import { quoted } from '../../configure/_frames';
import type { Joint, JointFact, Operation } from '../../operations/operation';

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

/** Like `textFile`, but asked for and written together with its neighbours; one named `bad` can't be written. */
export function jointTextFile(name: string, content: string): Operation<string> {
  const script = name === 'bad' ? 'echo "bad is bad" >&2; exit 3' : `printf %s ${quoted(content)} > ${name}`;
  const ask = `if [ -e ${name} ]; then cat ${name}; fi; echo`;
  return {
    kind: 'joint-file',
    name,
    fact: { script: ask, parse: (stdout) => stdout.slice(0, -1), bare: '', joint: { by: jointAsk, item: name } },
    changes: (found) =>
      found === content ? [] : [{ description: `write ${name}`, script, joint: { by: jointWrite, item: script } }],
  };
}

const jointAsk: JointFact<string> = {
  script: (names) =>
    `echo together >>asked\n${names.map((name) => `if [ -e ${name} ]; then cat ${name}; fi; echo`).join('\n')}`,
  answers: (stdout) =>
    stdout
      .split('\n')
      .slice(0, -1)
      .map((line) => `${line}\n`),
};

const jointWrite: Joint<string> = { script: (scripts) => `echo together >>written\n${scripts.join('\n')}` };
