import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { applyChanges, converge, dueChanges } from '../../configure/converge';
import { CommandError } from '../../configure/errors';
import type { Operation } from '../../operations/operation';
import { LocalTransport } from './_local-transport';
import { always, jointTextFile, question, textFile } from './_operations';

jest.setTimeout(60_000); // real programs, and the machine may be busy

let machine: LocalTransport;
beforeEach(() => {
  machine = new LocalTransport('worker-2');
});
afterEach(() => machine.dispose());

const content = (name: string): string => readFileSync(join(machine.dir, name), 'utf8');
const failure = (run: Promise<unknown>): Promise<CommandError> =>
  run.then(
    () => fail(),
    (error) => error,
  );

test('makes the machine what the operations say: one read, one apply; the second run has nothing to do', async () => {
  const operations = [textFile('a', "it's\n$HOME `id` \\ done"), textFile('b', 'two\n')];
  const first = await converge(machine, operations);
  expect(first).toEqual({
    changed: 2,
    changes: [
      { operation: 'text-file a', description: 'write a' },
      { operation: 'text-file b', description: 'write b' },
    ],
  });
  expect(content('a')).toBe("it's\n$HOME `id` \\ done");
  expect([machine.reads.length, machine.applies.length]).toEqual([1, 1]);

  const second = await converge(machine, operations);
  expect(second).toEqual({ changed: 0, changes: [] });
  expect([machine.reads.length, machine.applies.length]).toEqual([2, 1]);
});

test('applies in the order given, each change with an empty standard input and a clean shell', async () => {
  await converge(machine, [
    always('one', 'echo one >> log; here=1; cd /; exec 9>&-'),
    always('two', 'cat; set +u; cat <<EOF >> log\ntwo here=$here\nEOF'),
    always('three', 'echo "three" >> log'),
  ]);
  expect(content('log')).toBe('one\ntwo here=\nthree\n');
});

test('a proxy to package mirrors is known to what installs from them, and to nothing else', async () => {
  machine.env.no_proxy = '*';
  const say = (name: string, mirrors: boolean): Operation => ({
    ...always(name, ''),
    changes: () => [
      { description: name, script: `echo ${name} "\${https_proxy:-} \${PIP_PROXY:-} \${no_proxy:-}" >>log`, mirrors },
    ],
  });
  const operations = [say('before', false), say('packages', true), say('after', false)];
  await converge(machine, operations, { mirrorsProxy: 'http://127.0.0.1:7079' });
  await converge(machine, [say('without', true)]);
  const proxy = 'http://127.0.0.1:7079';
  expect(content('log')).toBe(`before   *\npackages ${proxy} ${proxy} \nafter   *\nwithout   *\n`);
});

test('tells each change as it begins', async () => {
  const heard: string[] = [];
  await converge(machine, [textFile('a', '1'), always('noise', 'echo 0; echo; echo noise'), textFile('b', '2')], {
    onChange: (change, index, total) => heard.push(`${index + 1}/${total} ${change.description}`),
  });
  expect(heard).toEqual(['1/3 write a', '2/3 do noise', '3/3 write b']);
});

test('fails by the description of the change, with what it printed; those after it are not begun', async () => {
  const error = await failure(
    converge(machine, [
      textFile('before', 'x'),
      always('the hard part', 'echo what was tried; echo "no space left" >&2; false; touch never'),
      textFile('after', 'x'),
    ]),
  );
  expect(error).toBeInstanceOf(CommandError);
  expect(error.node).toBe('worker-2');
  expect(error.action).toBe('do the hard part');
  expect(error.exitCode).toBe(1);
  expect(error.stderr).toBe('what was tried\nno space left');
  expect(content('before')).toBe('x');
  expect(['after', 'never'].filter((name) => existsSync(join(machine.dir, name)))).toEqual([]);
});

test.each([
  ['a variable that is not set', 'echo $nothing_of_this_name'],
  ['a syntax error', 'if ('],
  ['a failure in the middle of a list', 'true && false'],
  ['an exit', 'exit 7'],
])('fails on %s', async (_title, script) => {
  const error = await failure(converge(machine, [always('it', script), textFile('after', 'x')]));
  expect(error.action).toBe('do it');
  expect(existsSync(join(machine.dir, 'after'))).toBe(false);
});

test('finishes in the next run what was killed half-way in this one', async () => {
  const operations = [textFile('a', '1'), textFile('b', '2'), textFile('c', '3')];
  const killed = [operations[0]!, always('kill', 'kill -9 $$'), ...operations.slice(1)];
  const error = await failure(converge(machine, killed));
  expect(error.action).toBe('do kill');
  expect(error.exitCode).toBeNull();
  expect(existsSync(join(machine.dir, 'b'))).toBe(false);

  expect((await converge(machine, operations)).changes.map(({ description }) => description)).toEqual([
    'write b',
    'write c',
  ]);
  expect((await converge(machine, operations)).changed).toBe(0);
});

test('changes nothing where the script did not arrive whole', async () => {
  const changes = await dueChanges(machine, [textFile('a', 'first'), textFile('b', 'second')]);
  for (const part of [0.5, 0.8, 0.99]) {
    const cut = {
      node: 'worker-2',
      read: machine.read.bind(machine),
      apply: (script: string) => machine.apply(script.slice(0, Math.floor(script.length * part))),
    };
    await expect(applyChanges(cut, changes)).rejects.toThrow(CommandError);
    expect(existsSync(join(machine.dir, 'a'))).toBe(false);
  }
});

test('a dry run says the same and changes nothing', async () => {
  const operations = [textFile('a', '1'), always('two', 'touch two')];
  const dry = await converge(machine, operations, { dryRun: true });
  expect(machine.applies).toHaveLength(0);
  expect(existsSync(join(machine.dir, 'a'))).toBe(false);
  expect(dry).toEqual(await converge(machine, operations));
});

describe('changes that can be made together', () => {
  const heard: string[] = [];
  const onChange = (change: { description: string }, index: number, total: number): void =>
    void heard.push(`${index + 1}/${total} ${change.description}`);
  beforeEach(() => heard.splice(0));

  test('are one script, but for those that others stand between, and are told one by one', async () => {
    const all = [jointTextFile('a', '1'), jointTextFile('b', '2'), textFile('c', '3'), jointTextFile('d', '4')];
    await converge(machine, all, { onChange });
    expect(['a', 'b', 'c', 'd'].map(content)).toEqual(['1', '2', '3', '4']);
    expect(content('written')).toBe('together\n');
    expect(heard).toEqual(['1/4 write a', '2/4 write b', '3/4 write c', '4/4 write d']);
    expect((await converge(machine, all)).changed).toBe(0);
    expect([machine.reads.length, machine.applies.length]).toEqual([2, 1]);
  });

  test('fail by the description of the one that failed; those after it are not begun', async () => {
    const all = [textFile('a', '0'), ...['b', 'bad', 'c'].map((name) => jointTextFile(name, '1')), textFile('d', '2')];
    const error = await failure(converge(machine, all, { onChange }));
    expect([error.action, error.exitCode, error.stderr]).toEqual(['write bad', 3, 'bad is bad']);
    expect(heard).toEqual(['1/5 write a', '2/5 write b', '3/5 write bad']);
    expect(['a', 'b', 'c', 'd'].filter((name) => existsSync(join(machine.dir, name)))).toEqual(['a', 'b']);
  });

  test('are no reason to try again where another change failed', async () => {
    await failure(converge(machine, [jointTextFile('a', '1'), jointTextFile('b', '1'), always('it', 'false')]));
    expect(machine.applies).toHaveLength(1);
  });
});

test('changes nothing where a fact can not be read', async () => {
  await expect(converge(machine, [textFile('a', '1'), question('broken', 'exit 4')])).rejects.toThrow(
    'question broken: could not be read, exit status 4',
  );
  expect(machine.applies).toHaveLength(0);
});

test('two runs at a time change the machine one after the other', async () => {
  const slow = (name: string) => always(name, `echo ${name} begins >> log\nsleep 0.3\necho ${name} ends >> log`);
  await Promise.all([converge(machine, [slow('a')]), converge(machine, [slow('b')])]);
  const lines = content('log').trim().split('\n');
  expect(lines.map((line) => line.split(' ')[1])).toEqual(['begins', 'ends', 'begins', 'ends']);
  expect(lines[0]![0]).toBe(lines[1]![0]);
});

test('what a change leaves running does not hold the lock', async () => {
  await converge(machine, [always('daemon', 'sleep 300 >/dev/null 2>&1 & echo $! > pid')]);
  await converge(machine, [textFile('a', '1')]);
  process.kill(Number(content('pid'))); // it is still there
});

test('no secret of a script is in what is told', async () => {
  const secret = 'hunter2hunter2';
  const { changes } = await converge(machine, [always('login', `: ${secret}`)]);
  expect(JSON.stringify(changes)).not.toContain(secret);
});

function fail(): never {
  throw new Error('it did not fail');
}
