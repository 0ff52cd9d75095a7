/** Ports of a node of the cluster: those of the clients, and those of its like. */
export const GALERA_PORTS = {
  sql: 3306,
  snapshot: 4444,
  group: 4567,
  increments: 4568,
  state: 9200,
} as const;

export const MARIADB_USER = 'mysql';
/** A volume may be mounted here. */
export const MARIADB_DATA = '/var/lib/mysql';
export const MARIADB_RUN = '/run/mysqld';
export const MARIADB_SOCKET = `${MARIADB_RUN}/mysqld.sock`;

export const GALERA_CONF_DIR = '/etc/mysql/firesteel';
/** The server's whole configuration: what the distribution's own files say has no part in it. */
export const MARIADB_CONF = `${GALERA_CONF_DIR}/mariadb.cnf`;
/** Who is in the cluster: read by what starts the server and by nothing that would have to be restarted. */
export const GALERA_MEMBERS = `${GALERA_CONF_DIR}/members.json`;
/** What servers know each other by, as it is in the cluster's store. */
export const GALERA_SECRET_FILE = `${GALERA_CONF_DIR}/galera.secret`;
export const GALERA_CERTIFICATE = `${GALERA_CONF_DIR}/cluster.crt`;
export const GALERA_KEY = `${GALERA_CONF_DIR}/cluster.key`;
/** What the owners of the databases log in with, for root on this node and for the probe. */
export const MARIADB_APP_LOGIN = `${GALERA_CONF_DIR}/app.cnf`;

/** Which regions there are, which of them takes writes, and who serves them; read again whenever it is another. */
export const GALERA_REGIONS_FILE = `${GALERA_CONF_DIR}/regions.json`;
/** What this node logs in with on servers of other regions. */
export const MARIADB_REPLICA_LOGIN = `${GALERA_CONF_DIR}/replication.cnf`;

/** How the program that starts the server stands; gone after a boot. */
export const GALERA_STATE = `${MARIADB_RUN}/firesteel.json`;
/** While it is there, the node says to balancers that it is not ready. */
export const GALERA_DRAINING = `${MARIADB_RUN}/draining`;
/** Made by an operator who takes it on themselves that no other node has newer data. */
export const GALERA_FORCE = `${MARIADB_DATA}/firesteel-bootstrap`;
/** How the node stands between the regions; gone after a boot. */
export const GALERA_REGION_STATE = `${MARIADB_RUN}/region.json`;
/** Made by an operator who gives up what only the lost region has; gone once the region takes writes. */
export const GALERA_GIVEN_UP = `${MARIADB_DATA}/firesteel-given-up`;
