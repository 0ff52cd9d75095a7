import { Token } from 'cdktf';
import { Cidr } from '../../constructs/cidr';

describe('Cidr', () => {
  test.each([
    ['203.0.113.0/24', '203.0.113.0/24', 'IPv4'],
    ['203.0.113.77/24', '203.0.113.0/24', 'IPv4'],
    ['203.0.113.77/26', '203.0.113.64/26', 'IPv4'],
    ['203.0.113.7', '203.0.113.7/32', 'IPv4'],
    ['0.0.0.0/0', '0.0.0.0/0', 'IPv4'],
    ['2001:DB8:0:0::1', '2001:db8::1/128', 'IPv6'],
    ['2001:db8:ffff:1::/34', '2001:db8:c000::/34', 'IPv6'],
    ['::/0', '::/0', 'IPv6'],
    ['fe80::1:2/112', 'fe80::1:0/112', 'IPv6'],
  ])('%s is kept as %s', (given, range, ethertype) => {
    expect(Cidr.of(given)).toMatchObject({ range, ethertype });
  });

  test.each([
    '',
    'example.org',
    '203.0.113.0/33',
    '203.0.113/24',
    '1.2.3.4/',
    '1.2.3.4/8/8',
    '1.2.3.4/-1',
    '::/129',
    '::g/64',
  ])('refuses %p', (given) =>
    expect(() => Cidr.of(given)).toThrow(`"${given}" is no address range: write 203.0.113.0/24`),
  );

  test('refuses a range that only Terraform knows, unless it is named', () => {
    const token = Token.asString({ resolve: () => 'x' });
    expect(() => Cidr.of(token)).toThrow('needs a name');
    expect(Cidr.named('subnet', token).peerId).toBe('subnet');
  });
});
