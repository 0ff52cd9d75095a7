import type { AppliedChange } from './converge';
import { ConnectError } from './errors';

/** What came of configuring one node. */
export interface NodeReport {
  readonly name: string;
  readonly ok: boolean;
  /** How many changes were made; in a dry run: would be. */
  readonly changed: number;
  readonly changes: readonly AppliedChange[];
  /** What went wrong, and what to do. */
  readonly error?: string;
  /** Last lines of the console log, where the node never got up. */
  readonly console?: readonly string[];
  readonly seconds: number;
}

export function nodeReport(
  name: string,
  changes: readonly AppliedChange[],
  seconds: number,
  error?: unknown,
): NodeReport {
  const report = { name, ok: error === undefined, changed: changes.length, changes, seconds };
  if (error === undefined) return report;
  const console = error instanceof ConnectError && error.console.length > 0 ? { console: error.console } : {};
  return { ...report, error: error instanceof Error ? error.message : String(error), ...console };
}
