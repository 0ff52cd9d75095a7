/** A program that Firesteel needs is missing and can't be had, or doesn't do what it should. The message says what to do. */
export class ToolError extends Error {
  override readonly name = 'ToolError';
}
