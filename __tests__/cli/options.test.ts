import { InvalidArgumentError } from 'commander';
import { addressRange, seconds, timeoutsOf, wholeNumber } from '../../cli/options';
import { table } from '../../cli/table';

test('times', () => {
  expect(['90', '90s', '5m', '1h'].map(seconds)).toEqual([90, 90, 300, 3600]);
  for (const wrong of ['', '0', '-1', '5 min', '1.5h', 'soon'])
    expect(() => seconds(wrong)).toThrow(InvalidArgumentError);
});

test('whole numbers', () => {
  expect(wholeNumber(1)('3')).toBe(3);
  for (const wrong of ['0', '-1', '1e3', '2.5', 'two'])
    expect(() => wholeNumber(1)(wrong)).toThrow(InvalidArgumentError);
});

test('address ranges add up', () => {
  expect(addressRange('203.0.113.7/32', addressRange('fd00::/64'))).toEqual(['fd00::/64', '203.0.113.7/32']);
});

test('only the timeouts that are given stand in for those of the plan', () => {
  expect(timeoutsOf({ timeoutSsh: 60 })).toEqual({ sshSeconds: 60 });
});

test('tables: numbers to the right, what is missing as a dash', () => {
  expect(
    table(
      ['NAME', 'CPUS'],
      [
        ['a', 12],
        ['longer', 3],
      ],
    ),
  ).toBe('NAME    CPUS\na         12\nlonger     3');
  expect(table(['NAME', 'LOGIN'], [['a', undefined]])).toBe('NAME  LOGIN\na     -');
});
