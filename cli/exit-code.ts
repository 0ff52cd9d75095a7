/** What the exit status says; `firesteel --help` lists the same. */
export const EXIT = {
  ok: 0,
  failure: 1,
  /** A wrong call, an unknown name, a plan that can't be. */
  usage: 2,
  /** It would have destroyed something that nobody asked to destroy. */
  refused: 3,
  /** What was reviewed is not what would be done. */
  stalePlan: 4,
  interrupted: 130,
} as const;

/** With `--detailed-exitcode`, as Terraform has it. */
export const DETAILED_EXIT = { ok: 0, failure: 1, changes: 2 } as const;

const BY_NAME: Readonly<Record<string, number>> = {
  PlanError: EXIT.usage,
  UsageError: EXIT.usage,
  PreflightError: EXIT.usage,
  PlanMismatchError: EXIT.usage,
  RefusedError: EXIT.refused,
  StalePlanError: EXIT.stalePlan,
  InterruptedError: EXIT.interrupted,
  AbortError: EXIT.interrupted,
};

/** CloudError kinds that are about what the user wrote, not about what the cloud did. */
const CLOUD_USAGE = new Set(['noCredentials', 'unknownCloud', 'badConfiguration']);

/** By the error's name, so that telling them apart loads none of the rooms. */
export function exitCodeOf(error: unknown): number {
  if (!isError(error)) return EXIT.failure;
  const { kind } = error as { kind?: unknown };
  if (error.name === 'CloudError' && typeof kind === 'string') {
    if (kind === 'aborted') return EXIT.interrupted;
    return CLOUD_USAGE.has(kind) ? EXIT.usage : EXIT.failure;
  }
  return BY_NAME[error.name] ?? EXIT.failure;
}

/** By its shape: an abort's DOMException is an `Error` of another realm where tests run. */
function isError(error: unknown): error is Error {
  const { name, message } = (error ?? {}) as { readonly name?: unknown; readonly message?: unknown };
  return typeof name === 'string' && typeof message === 'string';
}

/** The message alone, of every failure where there are several; the stack only for who develops Firesteel. */
export function describeError(error: unknown, debug: boolean): string {
  if (!isError(error)) return String(error);
  if (debug) return error.stack ?? error.message;
  // Node's own words for it are about operations, not about what somebody did.
  if (error.name === 'AbortError') return 'interrupted';
  const { errors } = error as { readonly errors?: unknown };
  if (Array.isArray(errors)) return errors.map((each) => describeError(each, debug)).join('\n');
  return [error.message || error.name, ...lastLines(error).map((line) => `  | ${line}`)].join('\n');
}

/** What some errors carry for people to read: the end of a log, the last words of a node's console. */
function lastLines(error: Error): readonly string[] {
  const { details, console } = error as { readonly details?: unknown; readonly console?: unknown };
  const lines = details ?? console;
  return Array.isArray(lines) ? lines.filter((line) => typeof line === 'string') : [];
}
