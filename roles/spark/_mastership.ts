import type { Secret } from '../../operations/secret';
import type { ReadFile } from '../../operations/unit';
import type { NodeContext } from '../role';
import { clientLogin, ZOOKEEPER_LOGIN_OPTIONS } from '../zookeeper/_login';
import { ZOOKEEPER_PORTS } from '../zookeeper/ports';
import { SPARK_CONF_DIR } from './paths';

/** The master's login at ZooKeeper, as JAAS reads it. */
const LOGIN = `${SPARK_CONF_DIR}/zookeeper-login.conf`;

/** Whether the node has a master that agrees with others, through the cluster's own ZooKeeper, on who leads. */
export function sharesMastership({ node, nodesWith }: NodeContext): boolean {
  return node.roles.includes('spark-master') && nodesWith('zookeeper').length > 0;
}

/** `10.0.0.11:2181` of each server. */
export function zookeeperAddresses({ nodesWith }: NodeContext): readonly string[] {
  return nodesWith('zookeeper').map(({ address }) => `${address}:${ZOOKEEPER_PORTS.client}`);
}

/** Where masters keep who leads, and the workers and applications that the next one takes over. */
export function zookeeperRecovery(context: NodeContext): Readonly<Record<string, string>> {
  return {
    'spark.deploy.recoveryMode': 'ZOOKEEPER',
    'spark.deploy.zookeeper.url': zookeeperAddresses(context).join(','),
    'spark.deploy.zookeeper.dir': `/spark/${context.cluster}`,
  };
}

/** The file of the login; empty where there is no ZooKeeper of ours. */
export function zookeeperLogin(context: NodeContext): readonly (ReadFile & { readonly content: Secret })[] {
  return sharesMastership(context) ? [{ path: LOGIN, content: clientLogin(context) }] : [];
}

/** How Spark's `bin` is told of the login. */
export function zookeeperEnvironment(context: NodeContext): Readonly<Record<string, string>> {
  if (!sharesMastership(context)) return {};
  const options = [
    `-Djava.security.auth.login.config=${LOGIN}`,
    ...ZOOKEEPER_LOGIN_OPTIONS,
    // Of use to Kerberos alone; it would ask the resolver for each server's name.
    '-Dzookeeper.sasl.client.canonicalize.hostname=false',
  ];
  return { SPARK_MASTER_OPTS: options.join(' ') };
}
