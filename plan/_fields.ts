import { isIPv4, isIPv6 } from 'node:net';
import { z } from 'zod';
import { isName, NAME_RULE } from './_names';

/** Fields that several schemas share; each refusal says what is allowed. */
export const text = z.string().min(1, 'must not be empty');

export const name = z.string().refine(isName, { error: (issue) => `"${issue.input}" is no such name: ${NAME_RULE}` });

export const count = z
  .number()
  .int({ error: (issue) => `must be a whole number of at least 1, got ${issue.input}` })
  .min(1, { error: (issue) => `must be at least 1, got ${issue.input}` })
  .max(5000, { error: (issue) => `must be at most 5000, got ${issue.input}` });

export const cidr = z.string().refine(isCidr, {
  error: (issue) =>
    `"${issue.input}" is no address range: write it as 203.0.113.0/24, a single address as 203.0.113.7/32`,
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

function isCidr(value: string): boolean {
  const [ip = '', bits = '', ...rest] = value.split('/');
  if (rest.length > 0 || !/^\d{1,3}$/.test(bits)) return false;
  return (isIPv4(ip) && Number(bits) <= 32) || (isIPv6(ip) && Number(bits) <= 128);
}

export function isAnywhere(range: string): boolean {
  return range.endsWith('/0');
}
