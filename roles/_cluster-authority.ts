import { createECDH, createHmac, createPrivateKey, type KeyObject } from 'node:crypto';
import { Secret } from '../operations/secret';
import {
  certificate,
  ed25519Key,
  IS_AUTHORITY,
  issuerKeyId,
  pkcs8,
  SERVES_AND_ASKS,
  SIGNS_CERTIFICATES,
  SIGNS_HANDSHAKES,
  subjectKeyId,
} from './_x509';

export interface ClusterAuthority {
  /** What clients trust, and nothing else; no secret. PEM. */
  readonly authority: string;
  /** What servers show, signed by it. PEM. */
  readonly certificate: string;
  /** Of what servers show. PEM. */
  readonly key: Secret;
}

/**
 * Like `clusterCertificate`, for programs that read no keys of Ed25519. A key of ECDSA would sign itself in another way
 * every time; so an authority of Ed25519 signs one of P-256, and again every run comes to the same text. It has no other
 * use: nobody keeps its key, and who shows the certificate knows the secret.
 * @param purpose tells authorities of one secret apart; it is in the certificates
 */
export function clusterAuthority(secret: Secret, purpose: string): ClusterAuthority {
  const signer = ed25519Key(seedOf(secret, `authority of ${purpose}`));
  const key = p256Key(secret, purpose);
  return {
    authority: certificate({
      ...{ subject: purpose, issuer: purpose, key: signer, signer },
      extensions: [IS_AUTHORITY, SIGNS_CERTIFICATES, subjectKeyId(signer)],
    }),
    certificate: certificate({
      ...{ subject: `${purpose} server`, issuer: purpose, key, signer },
      extensions: [SIGNS_HANDSHAKES, SERVES_AND_ASKS, subjectKeyId(key), issuerKeyId(signer)],
    }),
    key: new Secret(pkcs8(key)),
  };
}

/** One number of 2³² is none that the curve has a key for. */
function p256Key(secret: Secret, purpose: string): KeyObject {
  const curve = createECDH('prime256v1');
  for (let attempt = 0; ; attempt++) {
    const d = seedOf(secret, `key ${attempt} of ${purpose}`);
    try {
      curve.setPrivateKey(d);
    } catch {
      continue;
    }
    const point = curve.getPublicKey();
    const text = (bytes: Buffer): string => bytes.toString('base64url');
    const jwk = { kty: 'EC', crv: 'P-256', d: text(d), x: text(point.subarray(1, 33)), y: text(point.subarray(33)) };
    return createPrivateKey({ key: jwk, format: 'jwk' });
  }
}

function seedOf(secret: Secret, purpose: string): Buffer {
  return createHmac('sha256', secret.reveal()).update(purpose).digest();
}
