import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** In the order in which they are taken when the plan names no key. */
export const DEFAULT_PUBLIC_KEYS = ['id_ed25519.pub', 'id_ecdsa.pub', 'id_rsa.pub'] as const;

const KEY_LINE =
  /^((?:ssh-(?:rsa|ed25519)|ecdsa-sha2-nistp(?:256|384|521)|sk-[a-z0-9-]+@openssh\.com)) ([A-Za-z0-9+/]+={0,2})(?: .*)?$/;

export interface PublicKey {
  /** The whole line, trimmed. */
  readonly line: string;
  /** The file it was read from; absent where the line itself was given. */
  readonly file?: string;
}

/**
 * @param given a public-key line, a path (`~` is the home folder), or nothing for the first default key there is
 * @param baseDir folder that relative paths start from
 * @throws {Error} saying what is wrong and what is allowed
 */
export function findPublicKey(given: string | undefined, baseDir = process.cwd()): PublicKey {
  if (given === undefined) return defaultPublicKey();
  if (KEY_LINE.test(given.trim())) return { line: checkPublicKey(given) };
  if (given.includes('PRIVATE KEY')) throw new Error('is a private key: give its public half (the .pub file)');
  if (/\s/.test(given.trim()))
    throw new Error(
      `is no SSH public key: ${excerpt(given)} (a line such as "ssh-ed25519 AAAA… you@host", or the path of a .pub file)`,
    );
  return readPublicKey(resolve(baseDir, expandHome(given)));
}

export function expandHome(path: string): string {
  return path === '~' || path.startsWith('~/') ? join(homedir(), path.slice(1)) : path;
}

/** @throws {Error} when the line is no SSH public key */
export function checkPublicKey(line: string): string {
  const match = KEY_LINE.exec(line.trim());
  if (!match || !blobNames(match[2]!, match[1]!)) {
    throw new Error(`is no SSH public key: ${excerpt(line)} (a line such as "ssh-ed25519 AAAA… you@host")`);
  }
  return line.trim();
}

function defaultPublicKey(): PublicKey {
  const files = DEFAULT_PUBLIC_KEYS.map((file) => join(homedir(), '.ssh', file));
  const found = files.find((file) => existsSync(file));
  if (found) return readPublicKey(found);
  throw new Error(
    `no SSH public key given and none of ${files.join(', ')} exists: name one, or let "firesteel init" make one`,
  );
}

function readPublicKey(file: string): PublicKey {
  let content: string;
  try {
    content = readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Error(`can't read the public key ${file}: ${code === 'ENOENT' ? missing(file) : (code ?? error)}`);
  }
  if (content.includes('PRIVATE KEY')) throw new Error(`${file} is a private key: name its public half, ${file}.pub`);
  try {
    return { line: checkPublicKey(content), file };
  } catch (error) {
    throw new Error(`${file} ${(error as Error).message}`);
  }
}

function missing(file: string): string {
  const isMade = file === join(homedir(), '.ssh', DEFAULT_PUBLIC_KEYS[0]);
  return `there is no such file${isMade ? ', "firesteel init" makes one' : ''}`;
}

/** RFC 4253, section 6.6: the blob begins with its own type as a length-prefixed string. */
function blobNames(base64: string, type: string): boolean {
  const blob = Buffer.from(base64, 'base64');
  if (blob.length < 4) return false;
  const length = blob.readUInt32BE(0);
  return blob.length > 4 + length && blob.subarray(4, 4 + length).toString('latin1') === type;
}

function excerpt(line: string): string {
  const start = line.trim().slice(0, 30);
  return `"${start}${line.trim().length > 30 ? '…' : ''}"`;
}
