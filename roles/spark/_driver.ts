import type { Port } from '../role';
import { SPARK_PORTS } from './ports';

/** Roles besides the masters whose nodes have drivers of applications. */
export const DRIVER_ROLES = ['spark-connect', 'jupyter'];

/**
 * What others ask of a node that has drivers: executors of their driver, a master that has begun to lead of all of them,
 * and for the operator, who looks through the master's page, the page of each.
 */
export const DRIVER_PORTS: readonly Port[] = [
  { name: 'driver', port: SPARK_PORTS.driver, from: ['spark-worker', 'spark-master'] },
  { name: 'driver blocks', port: SPARK_PORTS.driverBlocks, from: ['spark-worker', 'spark-master'] },
  { name: 'driver page', port: SPARK_PORTS.driverPage, from: ['spark-master'] },
];

/**
 * For applications that stay: what they don't use for a minute is for others. By itself an application keeps all cores that
 * it has got until it ends. What an executor holds for later stages moves to others when it is given back, as it does when
 * a worker is drained, so nobody has to remember whose it was.
 */
export const SHARED_CONF: Readonly<Record<string, string>> = {
  'spark.dynamicAllocation.enabled': 'true',
  'spark.dynamicAllocation.shuffleTracking.enabled': 'false',
  'spark.dynamicAllocation.executorIdleTimeout': '60s',
};

/** @returns why a cluster can't have such drivers; undefined where it can */
export function driverConflict(count: (role: string) => number): string | undefined {
  return count('spark-master') > 0 ? undefined : 'needs a group with the role spark-master';
}
