import { createHash, createHmac, createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { Secret } from '../operations/secret';

export interface ClusterCertificate {
  /** PEM. */
  readonly certificate: string;
  /** PEM. */
  readonly key: Secret;
}

/**
 * One key and certificate for all members of a group, which trust it and nothing else: who shows it knows the secret that
 * it follows from. Ed25519 makes the same key and the same signature of the same secret every time, so every node, and
 * every run, comes to the same text. It names nobody, and does not expire before 2100.
 * @param purpose tells certificates of one secret apart; it is in the certificate
 */
export function clusterCertificate(secret: Secret, purpose: string): ClusterCertificate {
  const seed = createHmac('sha256', secret.reveal()).update(`certificate of ${purpose}`).digest();
  const key = createPrivateKey({ key: Buffer.concat([PKCS8_OF_ED25519, seed]), format: 'der', type: 'pkcs8' });
  const publicKey = createPublicKey(key).export({ format: 'der', type: 'spki' });
  const name = sequence(set(sequence(COMMON_NAME, tlv(0x0c, Buffer.from(purpose)))));
  const body = sequence(
    tlv(0xa0, integer(Buffer.from([2]))),
    integer(serialOf(publicKey)),
    ED25519,
    name,
    sequence(utcTime('200101000000Z'), tlv(0x18, Buffer.from('20991231235959Z'))),
    name,
    publicKey,
    tlv(0xa3, sequence(IS_AUTHORITY)),
  );
  const signature = tlv(0x03, Buffer.concat([Buffer.from([0]), sign(null, body, key)]));
  return {
    certificate: pem('CERTIFICATE', sequence(body, ED25519, signature)),
    key: new Secret(key.export({ format: 'pem', type: 'pkcs8' }).toString()),
  };
}

const PKCS8_OF_ED25519 = Buffer.from('302e020100300506032b657004220420', 'hex');
/** 1.3.101.112 */
const ED25519 = Buffer.from('300506032b6570', 'hex');
/** 2.5.4.3 */
const COMMON_NAME = Buffer.from('0603550403', 'hex');
/** 2.5.29.19, critical: CA. */
const IS_AUTHORITY = Buffer.from('300f0603551d130101ff040530030101ff', 'hex');

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
