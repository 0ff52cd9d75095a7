import { createHash } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HttpFailure, request } from './_http';
import { lastLines, tryRun } from './_run';
import { ToolError } from './errors';
import { type Platform, platformName } from './platform';
import type { ToolOptions } from './progress';

const RELEASES = 'https://github.com/opentofu/opentofu/releases/download';

export interface ReleaseOptions extends ToolOptions {
  /** @default GitHub's */
  readonly releases?: string;
  /** ASCII-armored public key that signs the releases. @default OpenTofu's, kept beside this file */
  readonly signingKey?: string;
}

/** What a release server answered can't be trusted, or nothing came; never what was fetched is run then. */
export class ReleaseUnavailable extends Error {
  override readonly name = 'ReleaseUnavailable';
}

/**
 * Downloads a released OpenTofu: the checksums must be signed by OpenTofu's key, the archive must have the checksum.
 * @param folder gets the program `tofu`
 * @throws {ReleaseUnavailable}
 */
export async function downloadOpenTofu(
  version: string,
  platform: Platform,
  folder: string,
  options: ReleaseOptions = {},
): Promise<void> {
  const archive = `tofu_${version}_${platformName(platform)}.tar.gz`;
  const sums = `tofu_${version}_SHA256SUMS`;
  const get = (name: string) => download(`${options.releases ?? RELEASES}/v${version}/${name}`, options);
  const [sumsText, signature] = await Promise.all([get(sums), get(`${sums}.gpgsig`)]);
  await checkSignature(
    sums,
    sumsText,
    signature,
    options.signingKey ?? (await readFile(join(__dirname, 'opentofu', 'signing-key.asc'), 'utf8')),
  );
  const bytes = await get(archive);
  checkSum(archive, bytes, sumsText.toString('utf8'));
  await unpack(archive, bytes, folder, options);
}

async function download(url: string, { env, signal }: ReleaseOptions): Promise<Buffer> {
  try {
    const response = await request(url, { ...(env && { env }), ...(signal && { signal }) });
    return Buffer.from(await response.arrayBuffer());
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof HttpFailure) throw new ReleaseUnavailable(error.message);
    throw new ReleaseUnavailable(`${url}: ${(error as Error).message}`);
  }
}

async function checkSignature(name: string, text: Buffer, signature: Buffer, armoredKey: string): Promise<void> {
  const openpgp = await import('openpgp');
  try {
    const { signatures } = await openpgp.verify({
      message: await openpgp.createMessage({ binary: new Uint8Array(text) }),
      signature: await readSignature(signature),
      verificationKeys: await openpgp.readKey({ armoredKey }),
    });
    if (signatures.length === 0) throw new Error('it has no signature');
    await Promise.all(signatures.map(({ verified }) => verified));
  } catch (error) {
    throw new ReleaseUnavailable(`${name} is not signed by OpenTofu: ${(error as Error).message}`);
  }
}

async function readSignature(bytes: Buffer) {
  const openpgp = await import('openpgp');
  const text = bytes.toString('latin1');
  return text.startsWith('-----BEGIN')
    ? openpgp.readSignature({ armoredSignature: text })
    : openpgp.readSignature({ binarySignature: new Uint8Array(bytes) });
}

function checkSum(archive: string, bytes: Buffer, sums: string): void {
  const expected = sums
    .split('\n')
    .find((line) => line.endsWith(` ${archive}`))
    ?.split(/\s+/)[0];
  if (!expected) throw new ReleaseUnavailable(`the signed checksums do not name ${archive}`);
  const actual = createHash('sha256').update(bytes).digest('hex');
  if (actual !== expected)
    throw new ReleaseUnavailable(`${archive} has sha256 ${actual}, and ${expected} is the signed one`);
}

async function unpack(archive: string, bytes: Buffer, folder: string, { signal }: ReleaseOptions): Promise<void> {
  const file = join(folder, archive);
  await writeFile(file, bytes);
  const result = await tryRun('tar', ['-xzf', archive, 'tofu'], { cwd: folder, ...(signal && { signal }) });
  await rm(file);
  if (result?.exitCode === 0) return;
  throw new ToolError(`tar could not unpack ${archive}: ${lastLines(result?.stderr ?? 'there is no tar')}`);
}
