import { createHmac } from 'node:crypto';
import { Secret } from '../operations/secret';
import { certificate, ed25519Key, IS_AUTHORITY, pkcs8 } from './_x509';

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
  const key = ed25519Key(createHmac('sha256', secret.reveal()).update(`certificate of ${purpose}`).digest());
  return {
    certificate: certificate({ subject: purpose, issuer: purpose, key, extensions: [IS_AUTHORITY], signer: key }),
    key: new Secret(pkcs8(key)),
  };
}
