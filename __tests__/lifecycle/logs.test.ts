import { byTime } from '../../lifecycle/logs';

test('lines of several nodes come in the order of their times, and what belongs together stays together', () => {
  const log = new Map([
    [
      'a',
      ['2026-11-28T10:00:00.000001+0000 x: one', '2026-11-28T10:00:02.000000+0000 x: trace', '    at b', '    at c'],
    ],
    ['b', ['2026-11-28T10:00:00.000000+0000 x: zero', '2026-11-28T10:00:02.000000+0000 x: same time', '    rest']],
    ['c', []],
  ]);

  expect(byTime(log).map(({ node, line }) => `${node} ${line.replace(/^2026-11-28T10:/, '')}`)).toEqual([
    'b 00:00.000000+0000 x: zero',
    'a 00:00.000001+0000 x: one',
    'a 00:02.000000+0000 x: trace',
    'a     at b',
    'a     at c',
    'b 00:02.000000+0000 x: same time',
    'b     rest',
  ]);
});
