/** Passes an output on up to a mark, after which the script's exit status stands in the rest of the line. */
export class EndMark {
  #rest: Buffer = Buffer.alloc(0);
  #status: number | undefined;

  /** @param mark that nothing before it can hold */
  constructor(
    private readonly mark: string,
    private readonly onData: (chunk: Buffer) => void,
  ) {}

  /** The exit status; undefined until the mark has come. */
  get status(): number | undefined {
    return this.#status;
  }

  push(chunk: Buffer): void {
    const all = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk;
    const end = this.#endOfData(all);
    if (end > 0) this.onData(all.subarray(0, end));
    this.#rest = all.subarray(end);
    const line = this.#rest.toString('latin1');
    if (line.endsWith('\n')) this.#status = Number(line.slice(this.mark.length));
  }

  /** What may be the beginning of the mark is kept back; all else must not wait. */
  #endOfData(all: Buffer): number {
    const found = all.indexOf(this.mark);
    if (found >= 0) return found;
    const end = all.toString('latin1', Math.max(0, all.length - this.mark.length));
    for (let length = Math.min(end.length, this.mark.length - 1); length > 0; length--) {
      if (this.mark.startsWith(end.slice(-length))) return all.length - length;
    }
    return all.length;
  }
}
