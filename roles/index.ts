import { closest } from './_closest';
import { bastion } from './bastion';
import { node } from './node';
import type { Role } from './role';
import { sparkHistory } from './spark-history';
import { sparkMaster } from './spark-master';
import { sparkWorker } from './spark-worker';
import { zookeeper } from './zookeeper';

export { ARTIFACT_PORT } from './node';
export * from './role';
export type { Settings, SparkSettings, SparkSource } from './settings';
export { type SparkConfConflict, sparkConfConflicts, sparkMastersConflict } from './spark-conf';
export { SPARK_CONF_DIR, SPARK_DATA_DIR, SPARK_HOME, SPARK_USER } from './spark-paths';
export { SPARK_PORTS } from './spark-ports';
export { DEFAULT_SPARK_VERSION, SPARK_VERSIONS, type SparkVersion } from './spark-versions';
export { ZOOKEEPER_PORTS } from './zookeeper-ports';
export { bastion, node, sparkHistory, sparkMaster, sparkWorker, zookeeper };

/** All roles that can be named in a plan. A new role is one new file and its line here. */
export const ROLES: readonly Role[] = [node, bastion, sparkMaster, sparkWorker, sparkHistory, zookeeper];

/**
 * The role of that name.
 * @throws {Error} when there is none, with the nearest name
 */
export function findRole(name: string): Role {
  const role = ROLES.find((candidate) => candidate.name === name);
  if (role) return role;
  const names = ROLES.map((candidate) => candidate.name);
  throw new Error(`no role is named "${name}"${closest(name, names)}; the roles are ${names.join(', ')}`);
}
