import { FactError } from '../../configure/fact-error';
import { readFacts } from '../../configure/facts';
import { LocalTransport } from './_local-transport';
import { jointTextFile, question } from './_operations';

jest.setTimeout(60_000); // real programs, and the machine may be busy

describe.each([
  ['the system shell', ['/bin/sh']],
  ['bash in its POSIX mode', ['/bin/bash', '--posix']],
] as const)('facts read by %s', (_title, shell) => {
  let machine: LocalTransport;
  beforeEach(() => {
    machine = new LocalTransport('worker-2', [...shell] as [string, ...string[]]);
  });
  afterEach(() => machine.dispose());

  async function answers(scripts: readonly string[]): Promise<string[]> {
    const heard: string[] = [];
    await readFacts(
      machine,
      scripts.map((script, index) => question(`${index}`, script, heard)),
    );
    return heard;
  }

  test('come in one round trip and in the order of the operations', async () => {
    expect(await answers(['echo one', 'echo two', 'echo three'])).toEqual(['one\n', 'two\n', 'three\n']);
    expect(machine.reads).toHaveLength(1);
    expect(machine.applies).toHaveLength(0);
  });

  test('keep every byte of text: NULs, no last newline, empty, leading and trailing newlines, quotes', async () => {
    const heard = await answers([
      "printf 'a\\000b\\000'",
      "printf 'no newline'",
      'true',
      "printf '\\n\\nlines\\n\\n'",
      `printf %s "it's \\$HOME"`,
      "printf 'é—✓'",
    ]);
    expect(heard).toEqual(['a\0b\0', 'no newline', '', '\n\nlines\n\n', "it's $HOME", 'é—✓']);
  });

  test('may look like a boundary, and may print all that the shell knows', async () => {
    const boundary = '0123456789abcdef0123456789abcdef';
    const heard = await answers([
      `printf '\\n${boundary}=0\\n\\n${boundary}.\\n'`,
      'set; env; echo "$0 $*"',
      'echo after',
    ]);
    expect(heard[0]).toBe(`\n${boundary}=0\n\n${boundary}.\n`);
    expect(heard[2]).toBe('after\n');
  });

  test('are apart from each other: variables, folder, exit, standard input', async () => {
    const heard = await answers([
      'leak=1; cd /; exit 0; echo never',
      'echo "leak=$leak $(pwd)"',
      'cat; echo nothing to read',
      'cat <<EOF\nhere\nEOF',
      'echo last',
    ]);
    expect(heard).toEqual(['', `leak= ${machine.dir}\n`, 'nothing to read\n', 'here\n', 'last\n']);
  });

  test('hold a megabyte', async () => {
    const [big] = await answers(['head -c 1000000 /dev/zero | tr "\\0" x']);
    expect(big).toHaveLength(1_000_000);
  });

  test('fail by the names of all operations concerned, each with what was said', async () => {
    const unreadable = question('parsed', 'echo words');
    const operations = [
      question('well', 'echo well'),
      question('broken', 'echo partial; echo "disk on fire" >&2; exit 3'),
      question('bad syntax', 'if then ('),
      { ...unreadable, fact: { ...unreadable.fact, parse: () => fail('is no number: words') } },
    ];
    const error = await readFacts(machine, operations).catch((e: unknown) => e as FactError);
    expect(error).toBeInstanceOf(FactError);
    const { node, problems } = error as FactError;
    expect(node).toBe('worker-2');
    expect(problems).toHaveLength(3);
    expect(problems[0]).toBe('question broken: could not be read, exit status 3: disk on fire');
    expect(problems[1]).toMatch(/^question bad syntax: could not be read, exit status 2: .*[Ss]yntax error/);
    expect(problems[2]).toBe('question parsed: is no number: words');
  });
});

describe('facts that can be asked together', () => {
  const three = ['a', 'b', 'c'].map((name) => jointTextFile(name, ''));
  let machine: LocalTransport;
  beforeEach(async () => {
    machine = new LocalTransport();
    await machine.apply('echo -n A >a; echo -n C >c');
  });
  afterEach(() => machine.dispose());

  test('are, and come in the order of the operations', async () => {
    const heard: string[] = [];
    const operations = [three[0]!, question('between', 'echo between', heard), three[1]!, three[2]!];
    expect(await readFacts(machine, operations)).toEqual(['A', 1, '', 'C']);
    expect(await machine.read('cat asked')).toBe('together\n');
  });

  test.each([
    ['fails', 'exit 4', (_: string, items: readonly string[]) => items.map(() => '')],
    ['is not understood', ':', () => fail('what is that?')],
  ])('are asked singly where that %s', async (_title, script, answers) => {
    const by = { script: () => script, answers };
    const unreadable = { ...three[1]!, fact: { ...three[1]!.fact, script: 'echo gone >&2; exit 5' } };
    const joint = [three[0]!, unreadable, three[2]!].map(({ fact, ...rest }) => ({
      ...rest,
      fact: { ...fact, joint: { by, item: '' } },
    }));
    const error = await readFacts(machine, joint).catch((e: unknown) => e as FactError);
    expect((error as FactError).problems).toEqual(['joint-file b: could not be read, exit status 5: gone']);
    expect(machine.reads).toHaveLength(2);
    expect(await readFacts(machine, [joint[0]!, joint[2]!])).toEqual(['A', 'C']);
  });
});

test('facts that break off on the way are an error, not an answer', async () => {
  const machine = new LocalTransport();
  const cut = {
    ...machine,
    node: 'worker-0',
    read: async (script: string) => (await machine.read(script)).slice(0, 60),
  };
  await expect(readFacts(cut as never, [question('a', 'echo a'), question('b', 'echo b')])).rejects.toThrow(
    'the answer broke off',
  );
  machine.dispose();
});

test('no operations are no round trip', async () => {
  const machine = new LocalTransport();
  expect(await readFacts(machine, [])).toEqual([]);
  expect(machine.reads).toHaveLength(0);
  machine.dispose();
});

function fail(message: string): never {
  throw new Error(message);
}
