import { file } from '../../operations/file';
import type { Operation } from '../../operations/operation';
import { bootstrapElsewhere } from '../kafka/_brokers';
import { assignments, clientProperties } from '../kafka/_login';
import { POSTGRESQL_APP } from '../postgresql/_logins';
import { POSTGRESQL_PORT } from '../postgresql/_paths';
import { POSTGRESQL_OWNER, postgresqlSettings } from '../postgresql/_settings';
import type { NodeContext } from '../role';
import { sparkConfFile } from './_conf-files';
import { SPARK_CONF_DIR } from './paths';

/**
 * How a job reaches the cluster's Kafka: each line is an option of Spark's source and sink, without its `kafka.`. In several
 * regions, `REGION.bootstrap.servers` names the brokers of each other one, to be taken for `bootstrap.servers`.
 */
export const SPARK_KAFKA_CONF = `${SPARK_CONF_DIR}/kafka.conf`;
/** The certificate that it knows Kafka's brokers by; no secret. */
const SPARK_KAFKA_TRUSTED = `${SPARK_CONF_DIR}/kafka.crt`;
/** How a job reaches the first database of the cluster's PostgreSQL: options of Spark's `jdbc`. */
export const SPARK_POSTGRESQL_CONF = `${SPARK_CONF_DIR}/postgresql.conf`;

/**
 * What a driver on the node needs to know to use the other services of the cluster: addresses and logins, in files that
 * only jobs can read. Their text is `key=value`, a line each.
 */
export function sparkServices(context: NodeContext): readonly Operation[] {
  return [
    ...kafkaFiles(context),
    ...(context.nodesWith('postgresql').length > 0 ? [sparkConfFile(SPARK_POSTGRESQL_CONF, jdbcConf(context))] : []),
  ];
}

function kafkaFiles(context: NodeContext): readonly Operation[] {
  const certificate = context.certificateOf('kafka');
  if (certificate === undefined) return [];
  const elsewhere = [...bootstrapElsewhere(context)];
  const conf = {
    ...clientProperties(context, SPARK_KAFKA_TRUSTED),
    ...Object.fromEntries(elsewhere.map(([region, brokers]) => [`${region}.bootstrap.servers`, brokers])),
  };
  return [
    file({ path: SPARK_KAFKA_TRUSTED, content: certificate }),
    sparkConfFile(SPARK_KAFKA_CONF, assignments(conf)),
  ];
}

function jdbcConf(context: NodeContext) {
  const { databases } = postgresqlSettings(context.settings);
  const [first] = databases;
  const hosts = context.nodesWith('postgresql').map(({ address }) => `${address}:${POSTGRESQL_PORT}`);
  return assignments({
    driver: 'org.postgresql.Driver',
    url: `jdbc:postgresql://${hosts.join(',')}/${first?.name ?? 'postgres'}?targetServerType=primary&sslmode=require`,
    user: first?.owner ?? POSTGRESQL_OWNER,
    password: context.secret(POSTGRESQL_APP.name).reveal(),
  });
}
