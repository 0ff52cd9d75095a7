/** What the sandbox could not do, in words for the person at the terminal; `details` holds the last lines of a log. */
export class SandboxError extends Error {
  override readonly name = 'SandboxError';

  constructor(
    message: string,
    readonly details: readonly string[] = [],
  ) {
    super(message);
  }
}
