import { sh } from '../../operations/shell';
import type { SecretSpec } from '../role';
import { SPARK_DAEMON_CONF } from './paths';

/** One secret for all daemons and applications of a cluster: standalone Spark knows no other way. */
export const SPARK_SECRET: SecretSpec = {
  name: 'spark.authenticate',
  bytes: 32,
  recover: sh`sed -n 's/^spark\.authenticate\.secret //p' ${SPARK_DAEMON_CONF} 2>/dev/null || :`.text,
};
