import { setTimeout as sleep } from 'node:timers/promises';
import type { ProgressListener } from '../plan/progress';
import type { Diagnostic } from './_terraform-messages';
import { InterruptedError, TerraformError } from './errors';

const TRIES = 4;
const FIRST_PAUSE_SECONDS = 1;

/** As the provider says that the API was too busy, out of order, or gone in the middle of an answer: 1.x in words, 3.x in numbers. */
const PASSING = [
  /but got (429|500|502|503|504) instead/,
  /\b(Internal Server Error|Bad Gateway|Gateway Timeout)$/,
  /Too many requests have been sent/,
  /temporary overloading or maintenance/,
  /OpenStack connection error, retries exhausted/,
  /\bunexpected EOF$/,
];

/**
 * Runs what only reads again where the cloud's APIs failed it in a way that passes.
 * @throws {TerraformError} of the last try
 */
export async function whileFaultsPass<T>(
  subject: string,
  { onProgress, signal }: { readonly onProgress?: ProgressListener; readonly signal?: AbortSignal },
  read: () => Promise<T>,
): Promise<T> {
  for (let tried = 1; ; tried++) {
    try {
      return await read();
    } catch (error) {
      if (tried === TRIES || !(error instanceof TerraformError) || !arePassing(error.diagnostics)) throw error;
      onProgress?.({ subject, phase: 'plan', state: 'warn', text: `trying again: ${inShort(error.message)}` });
    }
    await sleep(FIRST_PAUSE_SECONDS * 1000 * 2 ** (tried - 1), undefined, { signal }).catch(() => {
      throw new InterruptedError();
    });
  }
}

/** What failed, and one of what may be a line for each resource. */
function inShort(message: string): string {
  const [what, first, ...others] = message.split('\n');
  if (first === undefined) return message;
  return `${what}\n${first}${others.length > 0 ? `\n(and ${others.length} more)` : ''}`;
}

/** Whether none of them is about anything but the moment. */
export function arePassing(diagnostics: readonly Diagnostic[]): boolean {
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  const isPassing = ({ summary, detail = '' }: Diagnostic) =>
    [summary, detail].some((text) => PASSING.some((pattern) => pattern.test(text.trim())));
  return errors.length > 0 && errors.every(isPassing);
}
