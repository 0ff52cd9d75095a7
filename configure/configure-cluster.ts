import type { SecretStore } from '../secrets/secret-store';
import { type ClusterAccess, clusterConnector } from './cluster-access';
import { type ConfigureReport, configureNodes } from './configure-nodes';
import { refuseOtherPlan } from './plan-mismatch';

export interface ConfigureClusterOptions extends ClusterAccess {
  readonly secrets: SecretStore;
  /** Names of the nodes to configure. @default - all */
  readonly onlyNodes?: readonly string[];
  /** Finds out what would be changed, and changes nothing. @default false */
  readonly dryRun?: boolean;
  /** Where artifacts are kept on this machine. @default - see `fetchArtifact` */
  readonly cacheDir?: string;
}

/**
 * Goes to the deployed nodes over SSH and makes them what the plan says; a second run changes nothing.
 * @throws {PlanMismatchError} when the plan is not the one that is deployed
 * @throws {Error} for roles that wait for each other, or names of nodes that there aren't
 */
export async function configureCluster(options: ConfigureClusterOptions): Promise<ConfigureReport> {
  const { plan, output, secrets, onlyNodes, dryRun, cacheDir, onProgress, signal } = options;
  refuseOtherPlan(plan, output);
  const connector = await clusterConnector(options);
  try {
    const connect = connector.connect.bind(connector);
    return await configureNodes({ plan, output, connect, secrets, onlyNodes, dryRun, cacheDir, onProgress, signal });
  } finally {
    connector.close();
  }
}
