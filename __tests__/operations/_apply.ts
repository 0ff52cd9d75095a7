import { spawnSync } from 'node:child_process';
import type { Change, Operation } from '../../operations/operation';

/** Runs POSIX sh from standard input, as the hands do; throws with what it said when it fails. */
export type Shell = (script: string) => string;

export const localShell: Shell = (script) => {
  const result = spawnSync('sh', ['-s'], { input: script, encoding: 'utf8' });
  if (result.status !== 0) throw new Error(`exit status ${result.status}: ${result.stderr}`);
  return result.stdout;
};

export function readFact<F>(shell: Shell, { fact }: Operation<F>): F {
  return fact.parse(shell(`(\n${fact.script}\n)`));
}

/** Reads the fact, makes the changes, and returns them. */
export function apply<F>(shell: Shell, operation: Operation<F>): readonly Change[] {
  const changes = operation.changes(readFact(shell, operation));
  for (const change of changes) shell(`set -eu\n(\n${change.script}\n) </dev/null\n`);
  return changes;
}

/** The law of every operation, on a real shell: it changes what differs, and nothing the second time. */
export function expectConverges<F>(shell: Shell, operation: Operation<F>): readonly Change[] {
  const changes = apply(shell, operation);
  expect(changes).not.toEqual([]);
  expect(operation.changes(readFact(shell, operation))).toEqual([]);
  return changes;
}
