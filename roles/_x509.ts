import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';

export interface CertificateOptions {
  /** Common names. */
  readonly subject: string;
  readonly issuer: string;
  /** Key of the subject; of a private one, its public half. */
  readonly key: KeyObject;
  /** DER, each. */
  readonly extensions: readonly Buffer[];
  /** Ed25519, which signs the same in the same way every time: so the same text comes out. */
  readonly signer: KeyObject;
}

/** PEM of a certificate that does not expire before 2100. */
export function certificate({ subject, issuer, key, extensions, signer }: CertificateOptions): string {
  const publicKey = spki(key);
  const body = sequence(
    tlv(0xa0, integer(Buffer.from([2]))),
    integer(serialOf(publicKey)),
    ED25519,
    nameOf(issuer),
    sequence(utcTime('200101000000Z'), tlv(0x18, Buffer.from('20991231235959Z'))),
    nameOf(subject),
    publicKey,
    tlv(0xa3, sequence(...extensions)),
  );
  const signature = tlv(0x03, Buffer.concat([Buffer.from([0]), sign(null, body, signer)]));
  return pem('CERTIFICATE', sequence(body, ED25519, signature));
}

/** @param seed 32 bytes */
export function ed25519Key(seed: Buffer): KeyObject {
  return createPrivateKey({ key: Buffer.concat([PKCS8_OF_ED25519, seed]), format: 'der', type: 'pkcs8' });
}

export function pkcs8(key: KeyObject): string {
  return key.export({ format: 'pem', type: 'pkcs8' }).toString();
}

const PKCS8_OF_ED25519 = Buffer.from('302e020100300506032b657004220420', 'hex');
/** 1.3.101.112 */
const ED25519 = Buffer.from('300506032b6570', 'hex');
/** 2.5.4.3 */
const COMMON_NAME = Buffer.from('0603550403', 'hex');

/** 2.5.29.19, critical: CA. */
export const IS_AUTHORITY = Buffer.from('300f0603551d130101ff040530030101ff', 'hex');
/** 2.5.29.15, critical: keyCertSign. */
export const SIGNS_CERTIFICATES = Buffer.from('300e0603551d0f0101ff040403020204', 'hex');
/** 2.5.29.15, critical: digitalSignature. */
export const SIGNS_HANDSHAKES = Buffer.from('300e0603551d0f0101ff040403020780', 'hex');
/** 2.5.29.37: serverAuth, clientAuth. */
export const SERVES_AND_ASKS = Buffer.from('301d0603551d250416301406082b0601050507030106082b06010505070302', 'hex');

/** 2.5.29.14 */
export function subjectKeyId(key: KeyObject): Buffer {
  return sequence(Buffer.from('0603551d0e', 'hex'), tlv(0x04, tlv(0x04, keyId(key))));
}

/** 2.5.29.35 */
export function issuerKeyId(signer: KeyObject): Buffer {
  return sequence(Buffer.from('0603551d23', 'hex'), tlv(0x04, sequence(tlv(0x80, keyId(signer)))));
}

function keyId(key: KeyObject): Buffer {
  return createHash('sha256').update(spki(key)).digest().subarray(0, 20);
}

function spki(key: KeyObject): Buffer {
  return (key.type === 'private' ? createPublicKey(key) : key).export({ format: 'der', type: 'spki' });
}

function nameOf(commonName: string): Buffer {
  return sequence(set(sequence(COMMON_NAME, tlv(0x0c, Buffer.from(commonName)))));
}

/** Positive, and of less than 20 bytes. */
function serialOf(publicKey: Buffer): Buffer {
  const serial = createHash('sha256').update(publicKey).digest().subarray(0, 16);
  serial[0] = (serial[0]! & 0x3f) | 0x40;
  return serial;
}

function integer(value: Buffer): Buffer {
  return tlv(0x02, value);
}

function utcTime(text: string): Buffer {
  return tlv(0x17, Buffer.from(text));
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return tlv(0x30, Buffer.concat(parts));
}

function set(...parts: readonly Buffer[]): Buffer {
  return tlv(0x31, Buffer.concat(parts));
}

/** DER: a tag, a length, and what is in it. */
function tlv(tag: number, value: Buffer): Buffer {
  const { length } = value;
  const bytes = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...bytes]), value]);
}

function pem(label: string, der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g)!;
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}
