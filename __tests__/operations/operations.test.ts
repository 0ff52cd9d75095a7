import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import type { Change, Operation } from '../../operations';
import * as operations from '../../operations';
import { localShell } from './_apply';

/** Operations as data: what is asked for, what the machine is like, what is done about it, what it is like then. */
interface Case {
  readonly options: unknown;
  /** How the machine is. @default - the bare machine */
  readonly fact?: unknown;
  /** What the fact's script prints, instead of `fact`. */
  readonly stdout?: string;
  readonly changes: readonly ExpectedChange[];
  /** How the machine is after the changes. */
  readonly after: unknown;
  /** It takes something away, of which a bare machine has nothing. */
  readonly bareNeedsNothing?: boolean;
}

interface ExpectedChange {
  readonly description: string;
  /** Lines of the script, in this order, others between them. */
  readonly commands: readonly string[];
  readonly diff?: readonly string[];
}

const constructors = operations as unknown as Record<string, (options: unknown) => Operation>;
const folder = join(__dirname, 'cases');
const cases = readdirSync(folder).flatMap((kind) =>
  readdirSync(join(folder, kind)).map((name) => ({
    kind,
    name: name.replace(/\.json$/, '').replaceAll('-', ' '),
    file: join(folder, kind, name),
  })),
);

/** `{"secret": "…"}` stands for a secret. */
function readCase(file: string): { testCase: Case; secrets: string[] } {
  const secrets: string[] = [];
  const testCase = JSON.parse(readFileSync(file, 'utf8'), (_key, value) => {
    if (typeof value?.secret !== 'string') return value;
    secrets.push(value.secret);
    return new operations.Secret(value.secret);
  });
  return { testCase, secrets };
}

function expectInOrder(script: string, commands: readonly string[]): void {
  const present = script.split('\n').map((line) => line.trim());
  let from = 0;
  for (const command of commands) {
    const at = present.indexOf(command, from);
    if (at < 0) throw new Error(`after line ${from} there is no line\n  ${command}\nin\n${script}`);
    from = at + 1;
  }
}

function expectChange(change: Change, expected: ExpectedChange): void {
  expect(change.description).toBe(expected.description);
  expectInOrder(change.script, expected.commands);
  expect(change.diff?.split('\n')).toEqual(expected.diff);
}

describe.each(cases)('$kind: $name', ({ kind, file }) => {
  const { testCase, secrets } = readCase(file);
  const operation = constructors[kind]!(testCase.options);
  const fact =
    testCase.stdout === undefined ? (testCase.fact ?? operation.fact.bare) : operation.fact.parse(testCase.stdout);

  test('makes these changes', () => {
    const changes = operation.changes(fact);
    expect(changes.map(({ description }) => description)).toEqual(
      testCase.changes.map(({ description }) => description),
    );
    changes.forEach((change, index) => {
      expectChange(change, testCase.changes[index]!);
    });
  });

  test('a bare machine needs change', () => {
    expect(operation.changes(operation.fact.bare).length > 0).toBe(!testCase.bareNeedsNothing);
  });

  test('a second run needs none', () => {
    expect(operation.changes(testCase.after)).toEqual([]);
  });

  test('shows no secret', () => {
    const changes = [...operation.changes(fact), ...operation.changes(operation.fact.bare)];
    const shown = changes.map(({ description, diff }) => [description, diff]);
    const told = `${inspect(shown)}${JSON.stringify(shown)}${operation.kind}${operation.name}${operation.fact.script}`;
    for (const secret of secrets) expect(told).not.toContain(secret);
  });

  test('the scripts are sh that parses', () => {
    const scripts = [operation.fact.script, ...operation.changes(operation.fact.bare).map(({ script }) => script)];
    for (const script of scripts) expect(() => parseOnly(script)).not.toThrow();
  });
});

test('every operation has its cases', () => {
  const rooms = readdirSync(join(__dirname, '../../operations'))
    .map((name) => name.replace(/\.ts$/, ''))
    .filter((name) => !name.startsWith('_') && !['index', 'operation', 'secret', 'shell'].includes(name))
    .map((name) => name.replace(/-(.)/g, (_match, letter: string) => letter.toUpperCase()));
  expect(readdirSync(folder).sort()).toEqual(rooms.sort());
});

/** Reads all of it, runs none of it. */
function parseOnly(script: string): void {
  localShell(`if false; then\n:\n${script}\nfi\n`);
}
