import { EndMark } from '../../configure/ssh-end-mark';

const MARK = 'abab1';

/** What is passed on after each chunk, and the exit status. */
function push(...chunks: readonly string[]): [string[], number | undefined] {
  let passed = '';
  const mark = new EndMark(MARK, (chunk) => {
    passed += chunk.toString();
  });
  const seen = chunks.map((chunk) => {
    passed = '';
    mark.push(Buffer.from(chunk));
    return passed;
  });
  return [seen, mark.status];
}

test.each([
  [['data\nabab1 0\n'], ['data\n'], 0],
  [['no newline before abab1 12\n'], ['no newline before '], 12],
  [['abab1 0\n'], [''], 0],
  [['waiting\n', 'more', 'abab1 0\n'], ['waiting\n', 'more', ''], 0],
  [['dataab', 'ab1 3', '\n'], ['data', '', ''], 3],
  [['aba', 'ba', 'bab1 0\n'], ['', 'ab', 'ab'], 0],
  [['ab', 'x\n'], ['', 'abx\n'], undefined],
  [['abab2 0\n'], ['abab2 0\n'], undefined],
  [['data abab1 0'], ['data '], undefined],
] as const)('of %j it passes on %j', (chunks, passed, status) => {
  expect(push(...chunks)).toEqual([passed, status]);
});

test('of bytes one by one it passes on all before the mark', () => {
  const [passed, status] = push(...'aabaababab1 130\n');
  expect([passed.join(''), status]).toEqual(['aabaab', 130]);
});
