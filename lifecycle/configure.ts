import { configureCluster } from '../configure/configure-cluster';
import type { ConfigureReport } from '../configure/configure-nodes';
import { writeRegister } from '../plan/node-register';
import { type Deployed, findDeployed } from './deployed';
import { InterruptedError } from './errors';
import { type ReachOptions, reach } from './reach';
import type { Workspace } from './workspace';

export interface ConfigureOptions extends ReachOptions {
  /** Finds out what would be changed, and changes nothing. @default false */
  readonly dryRun?: boolean;
}

export interface ConfigureResult extends ConfigureReport {
  readonly environment: string;
  readonly dryRun: boolean;
}

/**
 * Goes to the nodes of a deployed environment and makes them what the plan says, whoever deployed it. What fails on a
 * node is in the result, and stops no other node.
 * @throws {NotDeployedError} @throws {PlanMismatchError} when something else is deployed than the plan
 */
export async function configure(
  workspace: Workspace,
  name: string,
  options: ConfigureOptions = {},
): Promise<ConfigureResult> {
  const deployed = await findDeployed(workspace, name);
  await remember(workspace, deployed);
  const dryRun = options.dryRun ?? false;
  try {
    const access = await reach(workspace, deployed, options);
    const report = await configureCluster({ ...access, secrets: workspace.secrets, dryRun });
    // Whoever deployed it: numbers of nodes that plain cdktf made, or took away, are used all the same.
    if (!dryRun) writeRegister(deployed.environment.registerFile, deployed.environment.register);
    return { environment: name, dryRun, ...report };
  } catch (error) {
    if (workspace.options.signal?.aborted) throw new InterruptedError();
    throw error;
  }
}

/** Which servers there are; the host keys of those that are no more are forgotten. */
async function remember({ inventory }: Workspace, { output }: Deployed): Promise<void> {
  const record = await inventory.read(output.environment);
  const servers = new Set(output.nodes.map(({ serverId }) => serverId));
  const hostKeys = Object.fromEntries(Object.entries(record?.hostKeys ?? {}).filter(([server]) => servers.has(server)));
  await inventory.write({ version: 1, environment: output.environment, cluster: output, hostKeys });
}
