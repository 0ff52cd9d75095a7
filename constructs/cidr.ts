import { isIPv4, isIPv6 } from 'node:net';
import { Token } from 'cdktf';

/**
 * A range of addresses as the other end of traffic.
 *
 * A range is kept as its network's address (`10.0.0.7/24` is `10.0.0.0/24`): Neutron stores it so, and would make every
 * later plan want to replace the rule.
 */
export class Cidr {
  /** Every IPv4 address. */
  static readonly anywhere = Cidr.of('0.0.0.0/0');

  /**
   * @param range `203.0.113.0/24`, `2001:db8::/32`, or one address
   * @throws {Error} when it is no address range
   */
  static of(range: string): Cidr {
    if (Token.isUnresolved(range)) {
      throw new Error('a range that only Terraform knows needs a name: Cidr.named(name, range)');
    }
    const [address = '', prefix, ...rest] = range.split('/');
    const width = isIPv4(address) ? 32 : 128;
    const bits = prefix === undefined ? width : Number(prefix);
    const known = width === 32 || isIPv6(address);
    if (!known || rest.length > 0 || !/^\d{0,3}$/.test(prefix ?? '') || prefix === '' || bits > width) {
      throw new Error(`"${range}" is no address range: write 203.0.113.0/24, or 203.0.113.7/32 for one address`);
    }
    const network = `${width === 32 ? ipv4Network(address, bits) : ipv6Network(address, bits)}/${bits}`;
    return new Cidr(network.replace('/', '_'), network, network, width === 32 ? 'IPv4' : 'IPv6');
  }

  /**
   * A range that only Terraform knows, such as the subnet's that a data source finds.
   * @param name stands for the range in construct ids: never change it
   */
  static named(name: string, range: string): Cidr {
    return new Cidr(name, name, range, 'IPv4');
  }

  private constructor(
    /** Stands for the range in construct ids. */
    readonly peerId: string,
    /** Stands for the range in descriptions. */
    readonly label: string,
    readonly range: string,
    readonly ethertype: 'IPv4' | 'IPv6',
  ) {}
}

function ipv4Network(address: string, bits: number): string {
  return clear(address.split('.').map(Number), 8, bits).join('.');
}

function ipv6Network(address: string, bits: number): string {
  const groups = clear(ipv6Groups(address), 16, bits).map((group) => group.toString(16));
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
}

/** The eight groups of an address in any of its spellings. */
function ipv6Groups(address: string): number[] {
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const groups = (text: string | undefined): string[] => (text ? text.split(':') : []);
  const zeros = 8 - groups(head).length - groups(tail).length;
  return [...groups(head), ...Array<string>(zeros).fill('0'), ...groups(tail)].map((group) =>
    Number.parseInt(group, 16),
  );
}

/** Clears the host bits of an address given in parts of `width` bits. */
function clear(parts: readonly number[], width: number, bits: number): number[] {
  return parts.map((part, index) => {
    const kept = Math.min(Math.max(bits - index * width, 0), width);
    return part & ((2 ** width - 1) << (width - kept));
  });
}
