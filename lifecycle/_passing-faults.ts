import { setTimeout as sleep } from 'node:timers/promises';
import type { ProgressListener } from '../plan/progress';
import type { Diagnostic } from './_terraform-messages';
import { InterruptedError, TerraformError } from './errors';

const TRIES = { plan: 4, apply: 5 };
/** Doubled from one try to the next. What changes the cloud waits a minute in all: the provider doesn't say what `Retry-After` was. */
const FIRST_PAUSE_SECONDS = { plan: 1, apply: 4 };

/** As the provider says that the API was too busy, out of order, or gone in the middle of an answer: 1.x in words, 3.x in numbers. */
const PASSING = [
  /but got (429|500|502|503|504) instead/,
  /\b(Internal Server Error|Bad Gateway|Gateway Timeout)$/,
  /Too many requests have been sent/,
  /temporary overloading or maintenance/,
  /OpenStack connection error, retries exhausted/,
  /\bunexpected EOF$/,
];

export interface FaultOptions {
  /** What is done. @default 'plan' */
  readonly phase?: 'plan' | 'apply';
  readonly onProgress?: ProgressListener;
  readonly signal?: AbortSignal;
}

/**
 * Does something again where the cloud's APIs failed it in a way that passes.
 * @param work gets the number of the try, from 1: what changes the cloud looks at what was done before it goes on
 * @throws {TerraformError} of the last try
 */
export async function whileFaultsPass<T>(
  subject: string,
  { phase = 'plan', onProgress, signal }: FaultOptions,
  work: (number: number) => Promise<T>,
): Promise<T> {
  for (let number = 1; ; number++) {
    try {
      return await work(number);
    } catch (error) {
      const isLast = number === TRIES[phase];
      if (isLast || !(error instanceof TerraformError) || !arePassing(error.diagnostics)) throw error;
      onProgress?.({ subject, phase, state: 'warn', text: `trying again: ${inShort(error.message)}` });
    }
    await sleep(FIRST_PAUSE_SECONDS[phase] * 1000 * 2 ** (number - 1), undefined, { signal }).catch(() => {
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
