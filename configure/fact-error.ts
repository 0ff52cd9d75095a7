/** What is on a node could not be found out, so nothing on it was changed. */
export class FactError extends Error {
  constructor(
    readonly node: string,
    /** One line for each operation concerned. */
    readonly problems: readonly string[],
  ) {
    super(problems.join('\n'));
    this.name = 'FactError';
  }
}
