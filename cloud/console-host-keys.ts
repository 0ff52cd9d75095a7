import { createHash } from 'node:crypto';
import type { Compute } from './compute';

/** An SSH host key that a server has written on its own console. */
export interface ConsoleHostKey {
  /** e.g. `ssh-ed25519` */
  readonly type: string;
  /** Base64 of the public key, as in known_hosts. */
  readonly key: string;
  /** `SHA256:…`, as `ssh-keygen -l` prints it. */
  readonly fingerprint: string;
}

export interface ConsoleFingerprint {
  /** As ssh-keygen names it: `ED25519`, `ECDSA`, `RSA`. */
  readonly algorithm: string;
  readonly fingerprint: string;
}

export type HostKeyReading =
  | { readonly kind: 'keys'; readonly keys: readonly ConsoleHostKey[] }
  /** The server hasn't written them yet: ask again. */
  | { readonly kind: 'notYet'; readonly reason: string }
  /** This cloud gives no console log. */
  | { readonly kind: 'unavailable'; readonly reason: string };

/**
 * The server's host keys by the authenticated API, so that the very first SSH connection can be checked.
 * @throws {CloudError} notFound when there is no such server
 */
export async function readHostKeys(compute: Compute, serverId: string): Promise<HostKeyReading> {
  const output = await compute.consoleOutput(serverId);
  if (output.kind !== 'text') return output;
  const keys = parseHostKeys(output.text);
  if (keys.length > 0) return { kind: 'keys', keys };
  return {
    kind: 'notYet',
    reason: output.text === '' ? 'the console log is empty' : 'the console log has no host keys',
  };
}

/** The end of a server's console log, for error messages; empty where there is none. */
export async function lastConsoleLines(compute: Compute, serverId: string, count: number): Promise<string[]> {
  // Asked for more than is wanted, because empty lines and progress bars are left out.
  const output = await compute.consoleOutput(serverId, count * 3).catch(() => undefined);
  if (output?.kind !== 'text') return [];
  const lines = consoleLines(output.text).filter((line) => line.trim() !== '');
  return lines.slice(-count);
}

/**
 * Whole keys from the last complete block that cloud-init's keys-to-console has written. Where its fingerprints confirm
 * some of them, the others are left out: their lines were torn by somebody else's messages.
 */
export function parseHostKeys(log: string): ConsoleHostKey[] {
  const lines = consoleLines(log);
  const found = lastBlock(lines, 'KEYS').flatMap(keysOfLine);
  const keys = [...new Map(found.map((key) => [key.fingerprint, key])).values()];
  // The block of fingerprints goes by way of syslog, so it may come before, after or amid the keys.
  const announced = new Set(fingerprintsIn(lines).map(({ fingerprint }) => fingerprint));
  const confirmed = keys.filter(({ fingerprint }) => announced.has(fingerprint));
  return confirmed.length > 0 ? confirmed : keys;
}

/** The last complete block of fingerprints, for images that print no whole keys. */
export function parseHostKeyFingerprints(log: string): ConsoleFingerprint[] {
  return fingerprintsIn(lastBlock(consoleLines(log), 'FINGERPRINTS'));
}

function fingerprintsIn(lines: readonly string[]): ConsoleFingerprint[] {
  const found = lines.flatMap((line) => {
    const match = /\b(SHA256:[A-Za-z0-9+/]{43})(?![A-Za-z0-9+/]).*\(([A-Z0-9-]+)\)/.exec(line);
    return match ? [{ fingerprint: match[1], algorithm: match[2] }] : [];
  });
  return [...new Map(found.map((entry) => [entry.fingerprint, entry])).values()];
}

/** What stands between the last two marks; empty where the end is still to come or the beginning is lost. */
function lastBlock(lines: readonly string[], what: 'KEYS' | 'FINGERPRINTS'): readonly string[] {
  const end = lines.findLastIndex((line) => line.includes(`-----END SSH HOST KEY ${what}-----`));
  const start = lines
    .slice(0, Math.max(end, 0))
    .findLastIndex((line) => line.includes(`-----BEGIN SSH HOST KEY ${what}-----`));
  return start < 0 ? [] : lines.slice(start + 1, end);
}

/** Anything may stand before and after the key in its line. */
function keysOfLine(line: string): ConsoleHostKey[] {
  const match = /((?:ssh|ecdsa)-[a-z0-9-]+)\s+(AAAA[A-Za-z0-9+/]+={0,2})(?=\s|$)/.exec(line);
  if (!match) return [];
  const [, type, key] = match;
  const blob = Buffer.from(key, 'base64');
  if (blob.toString('base64') !== key || !isPublicKey(blob, type)) return [];
  const digest = createHash('sha256').update(blob).digest('base64').replace(/=+$/, '');
  return [{ type, key, fingerprint: `SHA256:${digest}` }];
}

const FIELDS: Readonly<Record<string, number>> = { 'ssh-ed25519': 2, 'ssh-rsa': 3, 'ssh-dss': 5 };

/** RFC 4253, 6.6: fields with their length before them, the first of them the type, and nothing after the last. */
function isPublicKey(blob: Buffer, type: string): boolean {
  const fields: Buffer[] = [];
  let at = 0;
  while (at + 4 <= blob.length) {
    const length = blob.readUInt32BE(at);
    fields.push(blob.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return at === blob.length && fields.length === (FIELDS[type] ?? 3) && fields[0].toString('latin1') === type;
}

/** Colours and the like. Nova takes the escape character itself out of what it gives, and leaves the rest: `[0;32m`. */
const ESCAPES = new RegExp(`${String.fromCharCode(27)}\\[[0-9;?]*[A-Za-z]|\\[[0-9;]+m`, 'g');

/** Serial consoles end lines with CR LF, sometimes with CR CR LF. */
function consoleLines(text: string): string[] {
  return text
    .replace(ESCAPES, '')
    .split(/\r*\n/)
    .map((line) => line.replace(/^.*\r/, ''));
}
