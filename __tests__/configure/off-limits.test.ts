import { isOffLimits } from '../../configure/off-limits';

test.each(['127.0.0.1', '127.9.9.9', '0.0.0.0', '169.254.169.254', '224.0.0.1', '255.255.255.255'])(
  'refuses %s',
  (address) => {
    expect(isOffLimits(address)).toBe(true);
    expect(isOffLimits(`::ffff:${address}`)).toBe(true);
  },
);

test.each(['::', '::1', 'fe80::1', 'febf::1', 'ff02::1', 'mirror.example', ''])('refuses "%s"', (address) => {
  expect(isOffLimits(address)).toBe(true);
});

test.each([
  '203.0.113.80',
  '10.0.0.5',
  '192.168.1.1',
  '223.255.255.255',
  '2001:db8::1',
  'fd00::1',
  '::ffff:203.0.113.80',
])('takes %s', (address) => {
  expect(isOffLimits(address)).toBe(false);
});
