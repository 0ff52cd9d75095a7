import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';

export interface PromptOptions {
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
  readonly signal: AbortSignal;
  /** What is typed is not shown. */
  readonly secret: boolean;
}

/** Asks one question on a terminal. @throws {Error} AbortError when the signal comes first */
export async function prompt(question: string, { input, output, signal, secret }: PromptOptions): Promise<string> {
  let muted = false;
  const echo = new Writable({
    write: (chunk, _encoding, done) => {
      if (!muted) output.write(chunk);
      done();
    },
  });
  const reader = createInterface({ input, output: echo, terminal: true });
  try {
    // readline reads the terminal raw, so Ctrl-C and Ctrl-D come here and not as signals.
    const left = new AbortController();
    reader.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
    reader.on('close', () => left.abort());
    const answer = reader.question(`${question.trimEnd()} `, { signal: AbortSignal.any([signal, left.signal]) });
    muted = secret;
    return await answer;
  } finally {
    reader.close();
    if (secret) output.write('\n');
  }
}
