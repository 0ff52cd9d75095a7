import type { Operation } from '../../operations/operation';
import { sh } from '../../operations/shell';
import { unit } from '../../operations/unit';
import { hardenedUnit } from '../_hardened-unit';
import type { NodeContext, SecretSpec } from '../role';
import { SPARK_CONNECT_CONF } from './paths';
import { SPARK_PORTS } from './ports';

/** Roles whose nodes reach Spark Connect, and know its token. */
export const CONNECT_CLIENT_ROLES = ['jupyter', 'flask-app'];

/** What a client of Spark Connect shows. Whoever knows it runs programs on the cluster. */
export const CONNECT_TOKEN: SecretSpec = {
  name: 'spark.connect',
  opens: 'token of Spark Connect',
  bytes: 32,
  sharedWith: CONNECT_CLIENT_ROLES,
  recover: sh`sed -n 's/^spark\.connect\.authenticate\.token //p' ${SPARK_CONNECT_CONF} 2>/dev/null || :`.text,
};

/** Whether there is a Spark Connect for the node's programs to use. */
export function hasConnect({ nodesWith }: NodeContext): boolean {
  return nodesWith('spark-connect').length > 0;
}

/**
 * Makes the cluster's Spark Connect be found at `sc://localhost:15002`: a token is taken there by Spark's own clients
 * without TLS, and nowhere else. Empty where the cluster has none.
 * @param user who it runs as; needs no rights
 */
export function connectForward(context: NodeContext, user: string): readonly Operation[] {
  const [server] = context.nodesWith('spark-connect');
  if (!server) return [];
  const { connect } = SPARK_PORTS;
  const forward = `/usr/lib/systemd/systemd-socket-proxyd ${server.address}:${connect}`;
  const content = hardenedUnit({
    description: `spark-connect of the cluster ${context.cluster}, as seen from this node`,
    user,
    exec: `/usr/bin/systemd-socket-activate -l 127.0.0.1:${connect} ${forward}`,
    directory: '/',
    writable: [],
  });
  return [unit({ name: 'spark-connect-forward.service', content })];
}
