import { createHash } from 'node:crypto';
import { Secret } from './secret';

/** SHA-256 in hexadecimal. */
export function sha256(content: string | Buffer | Secret): string {
  return createHash('sha256')
    .update(content instanceof Secret ? content.reveal() : content)
    .digest('hex');
}

/** One digest over several texts, in their order. */
export function sha256Of(contents: readonly (string | Secret)[]): string {
  return sha256(contents.map((content) => sha256(content)).join('\n'));
}
