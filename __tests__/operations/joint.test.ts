import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { type Change, directory, type FileFact, file, type Operation, Secret } from '../../operations';
import type { JointFact } from '../../operations/operation';
import { localShell, readFact } from './_apply';

/** What is asked or made at once is the same as one by one, really run by sh. */
let folder: string;
const owner = userInfo().username;
const group = execFileSync('id', ['-gn'], { encoding: 'utf8' }).trim();
const path = (name: string): string => join(folder, name);

beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'firesteel-')), 'it\'s a $(bad) "name" \\ `x` ünï');
  mkdirSync(folder);
});

afterEach(() => rmSync(join(folder, '..'), { recursive: true, force: true }));

describe('the facts of files and directories', () => {
  const ask = (operations: readonly Operation[]): unknown[] => {
    const items = operations.map(({ fact }) => fact.joint!.item);
    const by: JointFact = operations[0]!.fact.joint!.by;
    const answers = by.answers(localShell(by.script(items)), items);
    return operations.map(({ fact }, index) => fact.parse(answers[index]!));
  };
  const text = (name: string, content: string | Secret): Operation => file({ path: path(name), content }) as Operation;
  const folderAt = (name: string): Operation => directory({ path: path(name) }) as Operation;

  test('asked at once are what they are one by one', () => {
    writeFileSync(path('same'), 'same\n');
    writeFileSync(path('other\\'), 'before\n');
    writeFileSync(path('binary'), Buffer.from([0, 255, 10, 13, 0]));
    writeFileSync(path('empty'), '');
    writeFileSync(path('large'), 'x'.repeat(65537));
    writeFileSync(path('just small'), 'x'.repeat(65536));
    writeFileSync(path('key'), 'old secret');
    chmodSync(path('key'), 0o640);
    mkdirSync(path('folder'), { mode: 0o700 });
    symlinkSync('same', path('link'));
    symlinkSync('folder', path('link to folder'));
    symlinkSync('nowhere', path('dangling'));
    const operations = [
      folderAt('folder'),
      text('same', 'same\n'),
      text('other\\', 'after\n'),
      folderAt('absent'),
      text('binary', 'text'),
      text('empty', 'no more'),
      text('large', 'small'),
      folderAt('key'),
      text('just small', 'x'),
      text('key', new Secret('new secret')),
      text('link', 'same\n'),
      folderAt('link to folder'),
      text('link to folder', ''),
      text('dangling', ''),
      text('absent', ''),
      text('folder', ''),
    ];
    const facts = ask(operations);
    expect(facts).toEqual(operations.map((operation) => readFact(localShell, operation)));
    expect((facts[2] as FileFact).content).toBe('before\n');
    expect(facts.filter((fact) => (fact as FileFact).content !== undefined)).toHaveLength(3);
  });

  test('are known where there is nothing at all', () => {
    expect(ask([text('a', ''), folderAt('b')])).toEqual([{ type: 'absent' }, { type: 'absent' }]);
  });

  test('an answer that broke off is none', () => {
    writeFileSync(path('a'), 'a');
    const { fact } = text('a', 'b');
    const { by, item } = fact.joint!;
    const answer = localShell(by.script([item]));
    expect(() => by.answers(answer.slice(0, answer.indexOf('---')), [item, item])).toThrow('expected the state of 2');
  });
});

describe('files written at once', () => {
  const write = (name: string, content: string | Secret, mode?: number): Change =>
    file({ path: path(name), content, owner, group, mode }).changes({ type: 'absent' })[0]!;
  const apply = (changes: readonly Change[]): string =>
    localShell(`set -eu\n(\n${changes[0]!.joint!.by.script(changes.map(({ joint }) => joint!.item))}\n) </dev/null\n`);
  const mode = (name: string): number => statSync(path(name)).mode & 0o7777;

  test('are what they are to be, and nothing else is left', () => {
    mkdirSync(path('sub'));
    writeFileSync(path('b'), 'before');
    symlinkSync('sub', path('link'));
    apply([
      write('a', "it's\n$HOME"),
      write('b', 'b\n', 0o755),
      write('sub/a', 'other'),
      write('key', new Secret('secret')),
      write('-c', ''),
      write('link', 'no link any more'),
    ]);
    expect(['a', 'b', 'sub/a', 'key', '-c', 'link'].map((name) => readFileSync(path(name), 'utf8'))).toEqual([
      "it's\n$HOME",
      'b\n',
      'other',
      'secret',
      '',
      'no link any more',
    ]);
    expect(['a', 'b', 'sub/a', 'key'].map(mode)).toEqual([0o644, 0o755, 0o644, 0o600]);
    expect(readdirSync(folder).sort()).toEqual(['-c', 'a', 'b', 'key', 'link', 'sub']);
    expect(readdirSync(path('sub'))).toEqual(['a']);
  });

  test('fails before any of a directory is written where one of them is a directory', () => {
    mkdirSync(path('b'));
    expect(() => apply([write('a', 'a'), write('b', 'b'), write('c', 'c')])).toThrow(/b is a directory/);
    expect(readdirSync(folder)).toEqual(['b']);
  });

  testAsRoot("are root's group's too in a directory that hands on its own", () => {
    chownSync(folder, 0, 12345);
    chmodSync(folder, 0o2777);
    apply([write('a', 'a'), write('b', 'b')]);
    expect(['a', 'b'].map((name) => statSync(path(name)).gid)).toEqual([0, 0]);
  });
});

/** `test` as root, else a skip that says why. A CI without root is an error, not a reason to skip. */
function testAsRoot(name: string, body: () => void): void {
  if (process.getuid?.() === 0) test(name, body);
  else if (process.env.CI) throw new Error('this test must run in CI, but it needs root');
  else test.skip(`${name} (skipped: needs root)`, body);
}
