import { createHash, type Hash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Response } from 'undici';
import { connectionReason, httpGet, shownUrl } from './_http';
import { ArtifactError } from './artifact-error';

export interface Digest {
  readonly algorithm: 'sha256' | 'sha512';
  /** Hexadecimal. */
  readonly hex: string;
}

export interface DownloadOptions {
  readonly url: string;
  /** Where it is to lie; half of it lies beside it as `….part`, and the next download goes on there. */
  readonly file: string;
  readonly digest: Digest;
  readonly onProgress?: (doneBytes: number, totalBytes: number | undefined) => void;
  readonly signal?: AbortSignal;
}

/** How often a connection that breaks is taken up again where it broke. */
const TRIES = 5;

/**
 * Fetches a file and verifies it while it comes; has its name only when it is whole and right. What is there already
 * and is right isn't fetched again.
 * @throws {ArtifactError} when the server can't be reached, or when the content is not what it should be
 */
export async function download(options: DownloadOptions): Promise<void> {
  if (await isWhole(options.file, options.digest)) return;
  const part = `${options.file}.part`;
  for (let attempt = 1; ; attempt++) {
    options.signal?.throwIfAborted();
    const startedAt = await sizeOf(part);
    try {
      const found = await fetchRest(part, options);
      if (found === options.digest.hex) return await rename(part, options.file);
      await rm(part, { force: true });
      // A part of an earlier run may have gone bad; only what came in one piece counts as the server's own.
      if (startedAt === 0) throw wrongContent(options, found);
    } catch (error) {
      options.signal?.throwIfAborted();
      if (error instanceof ArtifactError) throw error;
      if (attempt >= TRIES) throw unreachable(options, connectionReason(error), error);
      await new Promise((resolve) => setTimeout(resolve, 500 * attempt));
    }
  }
}

/** Whether a file is there with exactly this content. */
export async function isWhole(file: string, digest: Digest): Promise<boolean> {
  if ((await sizeOf(file)) === 0) return false;
  return (await digestOf(file, digest.algorithm)) === digest.hex;
}

/** Hexadecimal. */
export async function digestOf(file: string, algorithm: Digest['algorithm']): Promise<string> {
  const hash = createHash(algorithm);
  await feed(file, hash);
  return hash.digest('hex');
}

async function sizeOf(file: string): Promise<number> {
  return (await stat(file).catch(() => undefined))?.size ?? 0;
}

/** @returns the digest of the whole file, old part and new */
async function fetchRest(part: string, options: DownloadOptions): Promise<string> {
  const { url, digest, signal } = options;
  const have = await sizeOf(part);
  const response = await httpGet(url, { headers: have > 0 ? { range: `bytes=${have}-` } : {}, signal });
  const hash = createHash(digest.algorithm);
  if (response.status === 416) {
    await response.body?.cancel();
    await feed(part, hash);
    return hash.digest('hex');
  }
  if (!response.ok || !response.body) throw await refused(options, response);
  const goesOn = response.status === 206;
  if (goesOn) await feed(part, hash);
  const before = goesOn ? have : 0;
  const length = Number(response.headers.get('content-length') ?? Number.NaN);
  const meter = metered(hash, before, before + length, options.onProgress);
  const file = createWriteStream(part, { flags: goesOn ? 'a' : 'w' });
  await pipeline(Readable.fromWeb(response.body as never), meter, file, { signal });
  return hash.digest('hex');
}

async function feed(file: string, hash: Hash): Promise<void> {
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
}

function metered(hash: Hash, before: number, total: number, onProgress: DownloadOptions['onProgress']) {
  return async function* (source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    let done = before;
    for await (const chunk of source) {
      hash.update(chunk);
      done += chunk.length;
      onProgress?.(done, Number.isNaN(total) ? undefined : total);
      yield chunk;
    }
  };
}

/** 5xx and 429 may pass; everything else the server means as it says. */
async function refused(options: DownloadOptions, response: Response): Promise<Error> {
  await response.body?.cancel();
  const reason = `the server answers ${response.status} ${response.statusText}`.trim();
  return response.status >= 500 || response.status === 429 ? new Error(reason) : unreachable(options, reason);
}

function unreachable({ url, file }: DownloadOptions, reason: string, cause?: unknown): ArtifactError {
  const name = basename(file);
  return new ArtifactError(
    `${shownUrl(url)} can't be fetched: ${reason}. What came so far is kept. ` +
      `Next: check this machine's way to the internet and run it again, or put the file there yourself: ${file}`,
    name,
    { cause },
  );
}

function wrongContent({ url, file, digest }: DownloadOptions, found: string): ArtifactError {
  return new ArtifactError(
    `${shownUrl(url)} is not the file that was asked for: its ${digest.algorithm} is ${found}, expected ${digest.hex}. ` +
      'It was thrown away. Next: check the version and the digest, or the mirror that it comes from.',
    basename(file),
  );
}
