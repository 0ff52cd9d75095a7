import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Pack, pack } from 'tar-stream';

export interface Tarball {
  /** Hexadecimal. */
  readonly sha256: string;
  readonly bytes: number;
}

export interface TarballFile {
  readonly name: string;
  readonly content: Buffer;
  /** Whether it can be run. */
  readonly program: boolean;
  /** @default - 1970, so that the same files make the same tarball */
  readonly modified?: Date;
}

/** Adds one file to a tarball; resolves when there is room for the next. */
export type AddFile = (file: TarballFile) => Promise<void>;

/**
 * Writes a tarball, not compressed; it has its name only when it is whole.
 * @param fill adds the files, in their order
 */
export async function writeTarball(
  file: string,
  fill: (add: AddFile) => Promise<void>,
  signal?: AbortSignal,
): Promise<Tarball> {
  const unfinished = `${file}.unfinished`;
  const tarball = pack();
  const { meter, read } = measured();
  const filled = async (): Promise<void> => {
    try {
      await fill((one) => add(tarball, one));
      tarball.finalize();
    } catch (error) {
      tarball.destroy(error as Error);
      throw error;
    }
  };
  const output = createWriteStream(unfinished, { highWaterMark: 1 << 22 });
  const closed = new Promise<void>((resolve) => void output.once('close', () => resolve()));
  try {
    await Promise.all([filled(), pipeline(tarball, meter, output, { signal })]);
    await rename(unfinished, file);
  } catch (error) {
    // Else the file could be made after it was removed.
    output.destroy();
    await closed;
    await rm(unfinished, { force: true });
    signal?.throwIfAborted();
    throw error;
  }
  return read();
}

function measured(): { readonly meter: Transform; readonly read: () => Tarball } {
  const hash = createHash('sha256');
  let bytes = 0;
  const meter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      bytes += chunk.length;
      done(null, chunk);
    },
  });
  return { meter, read: () => ({ sha256: hash.digest('hex'), bytes }) };
}

function add(tarball: Pack, { name, content, program, modified = new Date(0) }: TarballFile): Promise<void> {
  const header = { name, mode: program ? 0o755 : 0o644, mtime: modified, type: 'file' } as const;
  return new Promise((resolve, reject) => {
    tarball.entry(header, content, (error) => (error ? reject(error) : resolve()));
  });
}
