import { createHash } from 'node:crypto';

/** Digest of a value's JSON, in which the order of keys counts: SHA-256, hexadecimal. */
export function jsonDigest(value: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(value) ?? '')
    .digest('hex');
}
