import type { NodeContext } from '../role';
import { sparkMastersConflict } from './conf';
import { SPARK_PORTS } from './ports';

/**
 * `spark://10.0.0.11:7077`, with all masters where there are several.
 * @throws {Error} when there is none, or more than can agree on who leads
 */
export function sparkUrl(context: NodeContext): string {
  const masters = context.nodesWith('spark-master');
  if (masters.length === 0) throw new Error(`${context.cluster} has no node with the role spark-master`);
  const conflict = sparkMastersConflict(
    masters.length,
    context.settings.spark.conf,
    context.nodesWith('zookeeper').length,
  );
  if (conflict) throw new Error(conflict);
  return `spark://${masters.map(({ address }) => `${address}:${SPARK_PORTS.master}`).join(',')}`;
}
