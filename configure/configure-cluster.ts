import { type ClusterAccess, clusterConnector } from './cluster-access';
import type { ClusterRunOptions } from './cluster-run';
import { type ConfigureReport, configureNodes } from './configure-nodes';
import { refuseOtherPlan } from './plan-mismatch';

export interface ConfigureClusterOptions extends ClusterAccess, Omit<ClusterRunOptions, 'connect'> {}

/**
 * Goes to the deployed nodes over SSH and makes them what the plan says; a second run changes nothing.
 * @throws {PlanMismatchError} when the plan is not the one that is deployed
 * @throws {Error} for roles that wait for each other, or names of nodes that there aren't
 */
export async function configureCluster(options: ConfigureClusterOptions): Promise<ConfigureReport> {
  refuseOtherPlan(options.plan, options.output);
  const connector = await clusterConnector(options);
  try {
    return await configureNodes({ ...options, connect: connector.connect.bind(connector) });
  } finally {
    connector.close();
  }
}
