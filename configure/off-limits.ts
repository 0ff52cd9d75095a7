import { BlockList, isIP } from 'node:net';

/**
 * Whether an address is one that no package mirror has: this machine's own, and those of its link alone, where clouds
 * give metadata and secrets to who asks.
 */
export function isOffLimits(address: string): boolean {
  const family = isIP(address);
  if (family === 0) return true;
  return OFF_LIMITS.check(address, family === 6 ? 'ipv6' : 'ipv4');
}

const OFF_LIMITS = new BlockList();
for (const [network, bits] of [
  ['0.0.0.0', 8],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['224.0.0.0', 3],
] as const) {
  OFF_LIMITS.addSubnet(network, bits, 'ipv4');
  OFF_LIMITS.addSubnet(`::ffff:${network}`, 96 + bits, 'ipv6');
}
for (const [network, bits] of [
  ['::', 127],
  ['fe80::', 10],
  ['ff00::', 8],
] as const) {
  OFF_LIMITS.addSubnet(network, bits, 'ipv6');
}
