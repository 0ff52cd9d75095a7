import { isIPv4, isIPv6 } from 'node:net';

/** IPv4 or IPv6, as CIDR. */
export function isAddressRange(text: string): boolean {
  const [ip = '', bits = '', ...rest] = text.split('/');
  if (rest.length > 0 || !/^\d{1,3}$/.test(bits)) return false;
  return (isIPv4(ip) && Number(bits) <= 32) || (isIPv6(ip) && Number(bits) <= 128);
}

export function isAnywhere(range: string): boolean {
  return /\/0+$/.test(range);
}

export function noAddressRange(text: unknown): string {
  return `"${text}" is no address range: write it as 203.0.113.0/24, a single address as 203.0.113.7/32`;
}

export function everybody(range: string): string {
  return `${range} is everybody: name the ranges that need access, or say "accessFromAnywhere: true"`;
}
