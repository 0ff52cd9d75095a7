import { Secret, sh } from '../../operations';
import { localShell } from './_apply';

const nasty = [
  "it's",
  '"double"',
  '$HOME `id` $(id)',
  'back\\slash\\n',
  'new\nline\n',
  '',
  ' leading and trailing ',
  '-n',
  '--help',
  '*',
  '~',
  '!x',
  '#no comment',
  'a=b; rm -rf /',
  'ünï çødé 火打金',
  "'\\''",
  '%s %d %%',
  '\t',
  '$' + '{x}',
];

test.each(nasty)('%j reaches a command as it is', (value) => {
  expect(localShell(sh`printf %s ${value}; printf .`.text)).toBe(`${value}.`);
});

test('a list is one word each', () => {
  expect(localShell(sh`printf '[%s]' ${nasty}`.text)).toBe(nasty.map((value) => `[${value}]`).join(''));
});

test('a secret is revealed in a script and nowhere else', () => {
  const secret = new Secret("s'3cret");
  expect(localShell(sh`printf %s ${secret}`.text)).toBe("s'3cret");
  expect(`${secret} ${JSON.stringify({ secret })}`).not.toContain('3cret');
});

test('takes the indentation off the template, never off a value', () => {
  const value = '\n    kept\n';
  const script = sh`
    if true; then
      printf %s ${value}
    fi
  `;
  expect(script.text).toBe("if true; then\n  printf %s '\n    kept\n'\nfi");
});

test('a piece of sh goes into another as it is', () => {
  const inner = sh`echo ${'a b'}`;
  expect(sh`( ${inner} )`.text).toBe("( echo 'a b' )");
});

test('leaves what the shell expands alone', () => {
  expect(localShell(sh`x=1; echo "\${x} \`echo 2\`"; printf '%s\n' "$x"`.text)).toBe('1 2\n1\n');
});

test('a value may stand in a substitution inside quotes', () => {
  expect(localShell(sh`echo "$(printf %s ${"it's"})"`.text)).toBe("it's\n");
});

test.each([
  ['double quotes', () => sh`echo "${'x'}"`],
  ['single quotes', () => sh`echo '${'x'}'`],
  ['quotes that an earlier piece opened', () => sh`echo "${1} ${'x'}"`],
  [
    'quotes after a comment with an apostrophe',
    () => sh`# it's a comment
    echo "${'x'}"`,
  ],
])('refuses a value inside %s', (_where, make) => {
  expect(make).toThrow('stands inside quotes');
});

test('refuses a NUL character', () => {
  expect(() => sh`echo ${'a\0b'}`).toThrow('NUL');
});
