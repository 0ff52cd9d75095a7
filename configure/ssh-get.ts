import { createHash, randomBytes } from 'node:crypto';
import { closeSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { SHA256 } from './_sha256';
import { quote } from './ssh-shell';

/**
 * POSIX sh that prints a file, and last on standard error the SHA-256 of what it printed: the file is read once, and may
 * be larger than what memory holds.
 */
export function sendScript(remotePath: string): string {
  const path = quote(remotePath);
  return `[ -e ${path} ] || { echo "no such file" >&2; exit 1; }
[ -f ${path} ] || { echo "it is not a file" >&2; exit 1; }
${SHA256.text}
exec 4>&1
status=$({ { tee /dev/fd/6 <${path} 6>&1 >&4; echo $? >&5; } | sha256 >&2; } 5>&1)
exit "$status"
`;
}

/** A local file on its way here; it gets its name only when it is whole. */
export class PartFile {
  readonly #part: string;
  readonly #hash = createHash('sha256');
  readonly #failed = new AbortController();
  #descriptor: number | undefined;
  #bytes = 0;

  /** Makes missing folders. @throws {Error} where nothing can be written */
  constructor(
    private readonly path: string,
    mode: number,
  ) {
    mkdirSync(dirname(path), { recursive: true });
    this.#part = `${path}.${randomBytes(4).toString('hex')}.part`;
    this.#descriptor = openSync(this.#part, 'wx', mode);
  }

  /** Aborted, with the reason, where the disk takes no more. */
  get failed(): AbortSignal {
    return this.#failed.signal;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Waits for the disk, so that no more of the file is in memory than this, however slow the disk is. */
  push(chunk: Buffer): void {
    if (this.#descriptor === undefined || this.failed.aborted) return;
    try {
      for (let sent = 0; sent < chunk.length; ) sent += writeSync(this.#descriptor, chunk, sent);
      this.#hash.update(chunk);
      this.#bytes += chunk.length;
    } catch (error) {
      this.#failed.abort(error);
    }
  }

  /** SHA-256 of all that has come. */
  digest(): string {
    return this.#hash.copy().digest('hex');
  }

  /** Gives it its name. */
  keep(): void {
    this.#close();
    renameSync(this.#part, this.path);
  }

  /** What was not kept leaves nothing behind. */
  discard(): void {
    this.#close();
    rmSync(this.#part, { force: true });
  }

  #close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }
}

/** The digest in what `sendScript` said last; undefined where it is none. */
export function sentDigest(line: string): string | undefined {
  return /^[0-9a-f]{64}\b/.exec(line)?.[0];
}
