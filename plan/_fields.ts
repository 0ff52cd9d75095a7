import { isIPv4 } from 'node:net';
import { z } from 'zod';
import { isName, NAME_RULE } from './_names';
import { isAddressRange, noAddressRange } from './address-range';

/** Fields that several schemas share; each refusal says what is allowed. */
export const text = z.string().min(1, 'must not be empty');

export const name = z.string().refine(isName, { error: (issue) => `"${issue.input}" is no such name: ${NAME_RULE}` });

export const count = z
  .number()
  .int({ error: (issue) => `must be a whole number of at least 1, got ${issue.input}` })
  .min(1, { error: (issue) => `must be at least 1, got ${issue.input}` })
  .max(5000, { error: (issue) => `must be at most 5000, got ${issue.input}` });

export const cidr = z.string().refine(isAddressRange, { error: (issue) => noAddressRange(issue.input) });

export const subnetCidr = z.string().refine(isSubnetCidr, {
  error: (issue) =>
    `"${issue.input}" is no range for a subnet: it must be IPv4 and between /8 and /29, such as 10.77.0.0/24`,
});

/** As Linux takes them: cloud images come with logins such as `cloud_user`. */
export const login = z.string().regex(/^[a-z_][a-z0-9_.-]*$/, {
  error: (issue) =>
    `"${issue.input}" is no login: lower-case letters, digits, "_", "-" and ".", beginning with a letter or "_"`,
});

export const address = z.string().refine(isIPv4, { error: (issue) => `"${issue.input}" is no IPv4 address` });

const UNITS = { s: 1, m: 60, h: 3600 } as const;
const DURATION = /^(\d+)\s*([smh])$/;

/** `90s`, `10m`, `1h`, or a number of seconds. */
export const duration = z
  .union([
    z.string().regex(DURATION, { error: (issue) => `must be a time such as 90s, 10m or 1h, got "${issue.input}"` }),
    z.number().positive({ error: (issue) => `must be a positive number of seconds, got ${issue.input}` }),
  ])
  .transform(seconds);

/** @param value as `duration` takes it */
export function seconds(value: number | string): number {
  if (typeof value === 'number') return value;
  const [, amount, unit] = DURATION.exec(value) ?? [];
  return Number(amount) * UNITS[unit as keyof typeof UNITS];
}

/** Gateway, DHCP and a node need more than the 4 addresses of a /30. */
function isSubnetCidr(value: string): boolean {
  const [ip = '', bits = ''] = value.split('/');
  return isAddressRange(value) && isIPv4(ip) && Number(bits) >= 8 && Number(bits) <= 29;
}
