import { type ConfigureClusterOptions, configureCluster } from '../configure/configure-cluster';
import type { ConfigureReport } from '../configure/configure-nodes';
import { wantedDigests } from '../configure/wanted-digests';
import type { DeployedNode } from '../plan/cluster-output';
import { writeRegister } from '../plan/node-register';
import { ConfiguredRecord } from './_configured-record';
import { movedNodes, rebootMoved, tellMoved } from './_moved-nodes';
import { type Deployed, findDeployed } from './deployed';
import { InterruptedError } from './errors';
import { recorded } from './events';
import { mirrorsDoorOf } from './mirrors';
import { type ReachOptions, reach } from './reach';
import type { Workspace } from './workspace';

export interface ConfigureOptions extends ReachOptions, RollingOptions {
  /** Finds out what would be changed, and changes nothing. @default false */
  readonly dryRun?: boolean;
  /** Names of the nodes to configure. @default - all */
  readonly onlyNodes?: readonly string[];
}

/** How running services are interrupted where that has to be. */
export interface RollingOptions extends Pick<ConfigureClusterOptions, 'rolling' | 'batch' | 'drainSeconds'> {}

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
  if (options.dryRun) return configureNow(workspace, name, options);
  return recorded(workspace, name, { verb: 'configure', failure: failedNodes }, () =>
    configureNow(workspace, name, options),
  );
}

/** For the journal of events. */
export function failedNodes(result: Pick<ConfigureResult, 'failed'> | undefined): string | undefined {
  if (!result || result.failed === 0) return undefined;
  return `${result.failed} ${result.failed === 1 ? 'node' : 'nodes'} failed`;
}

async function configureNow(workspace: Workspace, name: string, options: ConfigureOptions): Promise<ConfigureResult> {
  const deployed = await findDeployed(workspace, name);
  const dryRun = options.dryRun ?? false;
  try {
    const moved = await movedNodes(workspace, deployed);
    if (dryRun) tellMoved(workspace, moved.up);
    else await rebootMoved(workspace, deployed, moved.up);
    const access = await reach(workspace, deployed, options);
    const { onlyNodes, rolling, batch, drainSeconds } = options;
    const mirrors = mirrorsDoorOf(workspace, deployed.environment);
    const common = { ...access, secrets: workspace.secrets, dryRun, ...(mirrors && { mirrors }) };
    // Their services are still set to the addresses of before, and so can't run: there is nothing to drain.
    const first = { onlyNodes: moved.up.map((node) => node.name), rolling: 'none' as const };
    const settled = dryRun || moved.up.length === 0 ? undefined : await configureCluster({ ...common, ...first });
    if (settled && settled.failed > 0) return { environment: name, dryRun, ...settled };
    if (settled || moved.up.length === 0) await remember(workspace, deployed, moved.off);
    const rest = await configureCluster({
      ...common,
      ...(onlyNodes && { onlyNodes }),
      ...(rolling && { rolling }),
      ...(batch !== undefined && { batch }),
      ...(drainSeconds !== undefined && { drainSeconds }),
    });
    const report = settled ? together(settled, rest) : rest;
    if (!dryRun) {
      // Whoever deployed it: numbers of nodes that plain cdktf made, or took away, are used all the same.
      writeRegister(deployed.environment.registerFile, deployed.environment.register);
      const done = new Set(report.nodes.filter(({ ok }) => ok).map((node) => node.name));
      new ConfiguredRecord(workspace.memoryDir, name).write(wantedDigests(access.plan, access.output), done);
    }
    return { environment: name, dryRun, ...report };
  } catch (error) {
    if (workspace.options.signal?.aborted) throw new InterruptedError();
    throw error;
  }
}

/** Two runs, of which the first one was about some of the nodes, as one. */
function together(first: ConfigureReport, second: ConfigureReport): ConfigureReport {
  const nodes = second.nodes.map((node) => {
    const earlier = first.nodes.find(({ name }) => name === node.name);
    if (!earlier) return node;
    const { changed, changes, seconds } = earlier;
    return {
      ...node,
      changed: changed + node.changed,
      changes: [...changes, ...node.changes],
      seconds: seconds + node.seconds,
    };
  });
  return { ...second, nodes, changed: first.changed + second.changed };
}

/**
 * Which servers there are; the host keys of those that are no more are forgotten.
 * @param former nodes that are remembered as they were, because they have yet to learn what has changed
 */
async function remember(
  { inventory }: Workspace,
  { output }: Deployed,
  former: readonly DeployedNode[],
): Promise<void> {
  const nodes = output.nodes.map((node) => former.find(({ serverId }) => serverId === node.serverId) ?? node);
  const record = await inventory.read(output.environment);
  const servers = new Set(output.nodes.map(({ serverId }) => serverId));
  const hostKeys = Object.fromEntries(Object.entries(record?.hostKeys ?? {}).filter(([server]) => servers.has(server)));
  await inventory.write({ version: 1, environment: output.environment, cluster: { ...output, nodes }, hostKeys });
}
