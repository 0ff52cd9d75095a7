import { closest } from './_closest';
import { bastion } from './bastion';
import { dnsmasq } from './dnsmasq/dnsmasq';
import { flaskApp } from './flask-app/flask-app';
import { galeraArbitrator } from './galera/galera-arbitrator';
import { mariadbGalera } from './galera/mariadb-galera';
import { haproxy } from './haproxy/haproxy';
import { jupyter } from './jupyter/jupyter';
import { kafka } from './kafka/kafka';
import { keepalived } from './keepalived/keepalived';
import { memcached } from './memcached';
import { nginx } from './nginx/nginx';
import { node } from './node';
import { nodeExporter } from './node-exporter';
import { postgresql } from './postgresql/postgresql';
import type { Role } from './role';
import { sparkConnect } from './spark/spark-connect';
import { sparkHistory } from './spark/spark-history';
import { sparkMaster } from './spark/spark-master';
import { sparkWorker } from './spark/spark-worker';
import { wordpress } from './wordpress/wordpress';
import { zookeeper } from './zookeeper/zookeeper';

export { folderDigest } from './folder';
export { ARTIFACT_PORT } from './node';
export { portsOf } from './ports';
export * from './role';
export { roleSettings } from './role-settings';
export type { Settings, SparkSettings, SparkSource } from './settings';
export { type SparkConfConflict, sparkConfConflicts, sparkMastersConflict } from './spark/conf';
export { SPARK_CONF_DIR, SPARK_DATA_DIR, SPARK_HOME, SPARK_USER } from './spark/paths';
export { SPARK_PORTS } from './spark/ports';
export { DEFAULT_SPARK_VERSION, SPARK_VERSIONS, type SparkVersion } from './spark/versions';
export { Traffic } from './traffic';
export { ZOOKEEPER_PORTS } from './zookeeper/ports';
export {
  bastion,
  dnsmasq,
  flaskApp,
  galeraArbitrator,
  haproxy,
  jupyter,
  kafka,
  keepalived,
  mariadbGalera,
  memcached,
  nginx,
  node,
  nodeExporter,
  postgresql,
  sparkConnect,
  sparkHistory,
  sparkMaster,
  sparkWorker,
  wordpress,
  zookeeper,
};

/** All roles that can be named in a plan. A new role is one new file and its line here. */
export const ROLES: readonly Role[] = [
  node,
  bastion,
  sparkMaster,
  sparkWorker,
  sparkHistory,
  sparkConnect,
  jupyter,
  zookeeper,
  kafka,
  postgresql,
  mariadbGalera,
  galeraArbitrator,
  memcached,
  haproxy,
  keepalived,
  nginx,
  flaskApp,
  wordpress,
  dnsmasq,
  nodeExporter,
];

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
