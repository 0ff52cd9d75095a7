import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import type { ClientChannel } from 'ssh2';
import { SHA256 } from './_sha256';
import { quote } from './ssh-shell';

const CHUNK_BYTES = 256 * 1024;

export interface LocalFile {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

/**
 * What there is to send.
 * @param sha256 where it is known already, so that a large file is read only once
 * @throws {Error} when it is no readable file
 */
export async function localFile(path: string, sha256?: string): Promise<LocalFile> {
  const stats = await stat(path).catch((error: NodeJS.ErrnoException) => {
    throw new Error(error.code === 'ENOENT' ? `${path}: no such file` : `${path} can't be read: ${error.message}`);
  });
  if (!stats.isFile()) throw new Error(`${path} is not a file`);
  return { path, bytes: stats.size, sha256: sha256 ?? (await digest(path)) };
}

/**
 * The command that receives a file on its standard input. SFTP would keep one write under way at a time; this is as fast
 * as the network. A file that didn't arrive whole never gets its name.
 */
export function receiveCommand(file: LocalFile, remotePath: string, mode: number): string {
  // A signal that comes while the shell forks may miss the child, which then goes on without it: so the shell itself makes the
  // file, under a name that it knows before, and children have it by its descriptor only.
  const script = `umask 022
mkdir -p -- "$(dirname -- "$1")" || exit
part=$1.$5
trap 'rm -f -- "$part"' EXIT
trap 'exit 1' HUP INT TERM PIPE
umask 077
set -C
exec 3>"$part"
${SHA256.text}
cat >&3 || exit
sum=$(sha256 <"$part") || exit
[ "\${sum%% *}" = "$2" ] && [ "$(wc -c <"$part")" -eq "$4" ] || { echo "arrived damaged or not whole: SHA-256 \${sum%% *} instead of $2" >&2; exit 1; }
chmod "$3" "$part" && mv -fT -- "$part" "$1"`;
  const suffix = randomBytes(4).toString('hex');
  const words = ['/bin/sh', '-c', script, 'put', remotePath, file.sha256, mode.toString(8), String(file.bytes), suffix];
  return words.map(quote).join(' ');
}

/** Sends the file as fast as the channel takes it, and ends the channel's input; stops when nothing more may be written. */
export async function sendFile(
  file: LocalFile,
  channel: ClientChannel,
  inputClosed: Promise<void>,
  onProgress?: (sentBytes: number, totalBytes: number) => void,
): Promise<void> {
  let isClosed = false;
  void inputClosed.then(() => {
    isClosed = true;
  });
  let sent = 0;
  for await (const chunk of createReadStream(file.path, { highWaterMark: CHUNK_BYTES })) {
    if (isClosed) return;
    if (!channel.write(chunk)) await drained(channel, inputClosed);
    sent += chunk.length;
    onProgress?.(sent, file.bytes);
  }
  channel.end();
}

function drained(channel: ClientChannel, inputClosed: Promise<void>): Promise<void> {
  return new Promise((resolve) => {
    channel.once('drain', resolve);
    void inputClosed.then(resolve);
  });
}

async function digest(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: CHUNK_BYTES }), hash);
  return hash.digest('hex');
}
