/**
 * How a client knows the brokers. The certificate is the cluster's and names none of its nodes: who shows it has what only
 * the cluster's brokers have, so whether a broker is at the address that its name says is not asked.
 * @param certificate path of what `KAFKA_CERTIFICATE` gives
 */
export function trusting(certificate: string): Readonly<Record<string, string>> {
  return {
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.location': certificate,
    'ssl.endpoint.identification.algorithm': '',
  };
}
