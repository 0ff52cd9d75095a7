/** A link to the version in use. */
export const SPARK_HOME = '/opt/spark';
/** Configuration of everything that runs on a node. */
export const SPARK_CONF_DIR = '/etc/spark';
/** Home of the user below; work, events and scratch lie in it, so one volume mounted here holds all that grows. */
export const SPARK_DATA_DIR = '/var/lib/spark';
/** What the user may write. */
export const SPARK_DATA_DIRS = ['', '/work', '/events', '/local', '/recovery'].map((name) => SPARK_DATA_DIR + name);
/** The user that daemons, drivers and executors run as. */
export const SPARK_USER = 'spark';

/** Variables of all that runs below Spark's `bin`. */
export const SPARK_ENV = `${SPARK_CONF_DIR}/spark-env.sh`;
/** Read by drivers; holds the secret. */
export const SPARK_DEFAULTS = `${SPARK_CONF_DIR}/spark-defaults.conf`;
/** Read by master and worker when they start; holds the secret. */
export const SPARK_DAEMON_CONF = `${SPARK_CONF_DIR}/daemon.conf`;
/** Read by the history server when it starts. */
export const SPARK_HISTORY_CONF = `${SPARK_CONF_DIR}/history.conf`;
/** Read by Spark Connect's server when it starts; holds the secret and its clients' token. */
export const SPARK_CONNECT_CONF = `${SPARK_CONF_DIR}/connect.conf`;
