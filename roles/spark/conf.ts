import { SPARK_PORTS } from './ports';

/** A key of the user's `spark.conf` that is not theirs to set. */
export interface SparkConfConflict {
  readonly key: string;
  /** Why, and what to do instead. */
  readonly reason: string;
}

/** What makes a cluster safe; the same in every cluster. The secret itself comes from the secret store. */
export const SECURITY_CONF: Readonly<Record<string, string>> = {
  'spark.authenticate': 'true',
  'spark.network.crypto.enabled': 'true',
  'spark.network.crypto.saslFallback': 'false',
  'spark.network.crypto.cipher': 'AES/GCM/NoPadding',
  'spark.io.encryption.enabled': 'true',
  'spark.master.rest.enabled': 'false',
};

/** Ports of drivers and executors, which the security groups are derived from. */
export const PORT_CONF: Readonly<Record<string, string>> = {
  'spark.driver.port': String(SPARK_PORTS.driver[0]),
  'spark.driver.blockManager.port': String(SPARK_PORTS.driverBlocks[0]),
  'spark.blockManager.port': String(SPARK_PORTS.blocks[0]),
  'spark.port.maxRetries': String(SPARK_PORTS.driver[1] - SPARK_PORTS.driver[0]),
};

const SECRET = 'the secret is made by firesteel and kept out of the plan; leave it out';
const SAFETY = 'is always on, because a cluster without it lets anybody on its network run programs; leave it out';
const PORT = "the security groups are derived from the roles' ports, so another one would be closed; leave it out";
const DAEMON = 'is set for each node by firesteel; leave it out';

const REASONS: Readonly<Record<string, string>> = {
  ...Object.fromEntries(Object.keys(SECURITY_CONF).map((key) => [key, SAFETY])),
  ...Object.fromEntries(Object.keys(PORT_CONF).map((key) => [key, PORT])),
  'spark.history.ui.port': PORT,
  'spark.connect.grpc.binding.port': PORT,
  'spark.connect.grpc.port.maxRetries': PORT,
  'spark.authenticate.secret': SECRET,
  'spark.authenticate.secret.file': SECRET,
  'spark.authenticate.secret.driver.file': SECRET,
  'spark.authenticate.secret.executor.file': SECRET,
  'spark.connect.authenticate.token': SECRET,
  'spark.authenticate.enableSaslEncryption': SAFETY,
  'spark.master.rest.enabled': 'the REST server stays off, because it takes programs from anybody; leave it out',
  'spark.master.rest.port': 'the REST server stays off, because it takes programs from anybody; leave it out',
  'spark.jars.packages': 'write the coordinates as a list under spark.packages instead',
  'spark.master': DAEMON,
  'spark.driver.host': DAEMON,
  'spark.driver.bindAddress': DAEMON,
  'spark.connect.grpc.binding.address': DAEMON,
};

/** Keys that the user's `spark.conf` may not hold, with the reason; all others win over ours. */
export function sparkConfConflicts(keys: readonly string[]): readonly SparkConfConflict[] {
  return keys.flatMap((key) => {
    const reason = Object.hasOwn(REASONS, key) ? REASONS[key] : notSpark(key);
    return reason === undefined ? [] : [{ key, reason }];
  });
}

function notSpark(key: string): string | undefined {
  if (/^spark\.[\w.:$/-]+$/.test(key)) return undefined;
  return `"${key}" is no Spark property: their names begin with "spark." and have no spaces`;
}

/**
 * Why this many masters can't work; undefined where they can. Several masters need ZooKeeper to agree on who leads: without
 * it each of them thinks it does.
 * @param conf the user's `spark.conf`
 * @param zookeepers how many nodes have the role zookeeper
 */
export function sparkMastersConflict(
  count: number,
  conf: Readonly<Record<string, string>>,
  zookeepers = 0,
): string | undefined {
  const agreed = conf['spark.deploy.recoveryMode']?.toUpperCase() === 'ZOOKEEPER' && conf['spark.deploy.zookeeper.url'];
  if (count <= 1 || zookeepers > 0 || agreed) return undefined;
  return (
    `${count} masters need a ZooKeeper to agree on who leads: take 1 master, or 3 with the role zookeeper beside them ` +
    '(in a plan of kind spark: "zookeeper: { onMasters: true }"), or give spark.deploy.recoveryMode: ZOOKEEPER and spark.deploy.zookeeper.url of ' +
    'your own in spark.conf'
  );
}
