import { file } from '../../operations/file';
import type { Operation } from '../../operations/operation';
import { Secret } from '../../operations/secret';
import { type ClusterAuthority, clusterAuthority } from '../_cluster-authority';
import type { NodeContext, RoleCertificate } from '../role';
import { KAFKA_BROKER_SECRET, KAFKA_CONF_DIR } from './_login';
import { trusting } from './_trust';

/** What brokers and controllers show, and its key: for them alone. */
const KEY_STORE = `${KAFKA_CONF_DIR}/cluster.pem`;
/** What all trust who speak to them. */
export const KAFKA_TRUSTED = `${KAFKA_CONF_DIR}/cluster.crt`;

/** It follows from what brokers know each other by, so who may log in as a broker and who may pass for one are the same. */
export const KAFKA_CERTIFICATE: RoleCertificate = {
  secret: KAFKA_BROKER_SECRET.name,
  of: (secret, cluster) => authority(secret, cluster).authority,
};

/** Kafka reads no keys but those of RSA, DSA and EC. */
function authority(secret: Secret, cluster: string): ClusterAuthority {
  return clusterAuthority(secret, `kafka.${cluster}`);
}

/** TLS of all listeners, and of a broker that speaks to others; versions and ciphers are Kafka's own choice, 1.3 and 1.2. */
export function tlsOfServer(): Readonly<Record<string, string>> {
  return { 'ssl.keystore.type': 'PEM', 'ssl.keystore.location': KEY_STORE, ...trusting(KAFKA_TRUSTED) };
}

/** What a broker reads when it starts. */
export function certificateFiles({ secret, cluster }: NodeContext) {
  const { authority: trusted, certificate, key } = authority(secret(KAFKA_BROKER_SECRET.name), cluster);
  return [
    { path: KEY_STORE, content: new Secret(key.reveal() + certificate) },
    { path: KAFKA_TRUSTED, content: trusted },
  ] as const;
}

/** @param group whose members alone may read the key */
export function writeCertificate(context: NodeContext, group: string): readonly Operation[] {
  const [keyStore, trusted] = certificateFiles(context);
  return [file({ ...keyStore, mode: 0o640, group }), file(trusted)];
}
