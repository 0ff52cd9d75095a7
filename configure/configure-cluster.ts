import { type ClusterAccess, clusterConnector } from './cluster-access';
import type { ClusterRunOptions } from './cluster-run';
import { type ConfigureReport, configureNodes } from './configure-nodes';
import { refuseOtherPlan } from './plan-mismatch';

export interface ConfigureClusterOptions extends ClusterAccess, Omit<ClusterRunOptions, 'connect'> {}

/**
 * Goes to the deployed nodes over SSH and makes them what the plan says; a second run changes nothing.
 * @throws {PlanMismatchError} when the plan is not the one that is deployed
 * @throws {Error} when package mirrors that were opened can't be closed again
 * @throws {Error} for roles that wait for each other, or names of nodes that there aren't
 */
export async function configureCluster(options: ConfigureClusterOptions): Promise<ConfigureReport> {
  refuseOtherPlan(options.plan, options.output);
  const connector = await clusterConnector(options);
  const configuring = async (): Promise<ConfigureReport> => {
    try {
      return await configureNodes({ ...options, connect: connector.connect.bind(connector) });
    } finally {
      connector.close();
    }
  };
  const { mirrors, dryRun = false } = options;
  return mirrors && !dryRun ? mirrors.during(configuring) : configuring();
}
