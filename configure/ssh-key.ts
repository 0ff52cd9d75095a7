import { createHash } from 'node:crypto';
import { type ParsedKey, utils } from 'ssh2';

/** A public SSH key as it stands in `authorized_keys`, `known_hosts` and on the wire. */
export interface PublicKey {
  /** e.g. `ssh-ed25519` */
  readonly type: string;
  /** Base64 of the wire form. */
  readonly key: string;
}

const OPENSSH_PRIVATE = /-----BEGIN OPENSSH PRIVATE KEY-----([\s\S]+?)-----END OPENSSH PRIVATE KEY-----/;
const OPENSSH_MAGIC = 'openssh-key-v1\0';

/** `SHA256:…`, as ssh-keygen and the console log print it. */
export function fingerprint(key: Buffer | string): string {
  const bytes = typeof key === 'string' ? Buffer.from(key, 'base64') : key;
  return `SHA256:${createHash('sha256').update(bytes).digest('base64').replace(/=+$/, '')}`;
}

/** The key's type as its wire form names it; undefined where these are no bytes of a key. */
export function tryKeyType(key: Buffer): string | undefined {
  const type = tryReadString(key, 0)?.toString('latin1');
  return type && /^[\w@.-]+$/.test(type) ? type : undefined;
}

/** Reads one line like `ssh-ed25519 AAAA… comment`; undefined where it isn't one. */
export function tryParsePublicKey(line: string): PublicKey | undefined {
  const [, type, key] = /^\s*([\w@.-]+)\s+([A-Za-z0-9+/]+={0,2})(?:\s|$)/.exec(line) ?? [];
  if (!type || !key) return undefined;
  return tryKeyType(Buffer.from(key, 'base64')) === type ? { type, key } : undefined;
}

/** The public half of a private key file, which its newer format holds in the clear even when it is encrypted. */
export function tryPublicHalf(privateKeyText: string): PublicKey | undefined {
  const body = OPENSSH_PRIVATE.exec(privateKeyText)?.[1];
  if (body) return readOpenSshPublicHalf(Buffer.from(body, 'base64'));
  const key = utils.parseKey(privateKeyText);
  return key instanceof Error ? undefined : publicKeyOf(key);
}

export function publicKeyOf(key: ParsedKey): PublicKey {
  return { type: key.type, key: key.getPublicSSH().toString('base64') };
}

/** After the magic stand the cipher, the key derivation, its options, the number of keys and the public keys. */
function readOpenSshPublicHalf(bytes: Buffer): PublicKey | undefined {
  if (bytes.subarray(0, OPENSSH_MAGIC.length).toString('latin1') !== OPENSSH_MAGIC) return undefined;
  let offset = OPENSSH_MAGIC.length;
  for (let skipped = 0; skipped < 3; skipped++) {
    const field = tryReadString(bytes, offset);
    if (!field) return undefined;
    offset += 4 + field.length;
  }
  const key = tryReadString(bytes, offset + 4);
  const type = key && tryKeyType(key);
  return type ? { type, key: key.toString('base64') } : undefined;
}

function tryReadString(bytes: Buffer, offset: number): Buffer | undefined {
  if (bytes.length < offset + 4) return undefined;
  const end = offset + 4 + bytes.readUInt32BE(offset);
  return end <= bytes.length ? bytes.subarray(offset + 4, end) : undefined;
}
