import { StringDecoder } from 'node:string_decoder';

/** Keeps the last of what a command printed, up to a number of bytes, and counts all of it. */
export class OutputTail {
  readonly #chunks: Buffer[] = [];
  #kept = 0;
  #total = 0;

  constructor(private readonly limitBytes: number) {}

  /** Bytes printed so far, kept or not. */
  get total(): number {
    return this.#total;
  }

  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#kept += chunk.length;
    this.#total += chunk.length;
    while (this.#kept - this.#chunks[0]!.length >= this.limitBytes) this.#kept -= this.#chunks.shift()!.length;
  }

  toString(): string {
    const all = Buffer.concat(this.#chunks);
    return all.subarray(Math.max(0, all.length - this.limitBytes)).toString('utf8');
  }

  /** The last lines that say something. */
  lastLines(count: number): string {
    return this.toString()
      .split('\n')
      .map((line) => line.trimEnd())
      .filter((line) => line !== '')
      .slice(-count)
      .join('\n');
  }
}

/** Cuts a byte stream into lines; a character or a line may be spread over several chunks. */
export class LineSplitter {
  readonly #decoder = new StringDecoder('utf8');
  #rest = '';

  constructor(private readonly onLine: (line: string) => void) {}

  push(chunk: Buffer): void {
    const lines = (this.#rest + this.#decoder.write(chunk)).split('\n');
    this.#rest = lines.pop()!;
    for (const line of lines) this.onLine(line);
  }

  /** Tells a last line that had no newline. */
  end(): void {
    const rest = this.#rest + this.#decoder.end();
    this.#rest = '';
    if (rest !== '') this.onLine(rest);
  }
}
