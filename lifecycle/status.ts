import type { ClusterRunOptions } from '../configure/cluster-run';
import { clusterStatus, type StatusReport } from '../configure/status';
import { PATIENCE } from './_patience';
import { findDeployed } from './deployed';
import { type MirrorsState, mirrorsState } from './mirrors';
import { onNodes } from './node-work';
import { namedNodes } from './selection';
import type { Workspace } from './workspace';

export interface StatusResult extends StatusReport {
  readonly environment: string;
  /** Whether the nodes reach package mirrors now: where they do and should not, not all is well. Absent for a common environment. */
  readonly mirrors?: MirrorsState;
}

export interface StatusRequest {
  /** Names of the nodes that it is about. @default - all */
  readonly nodes?: readonly string[];
}

/**
 * What is well and what is wrong, for every node and role; a node that can't be reached is in the result.
 * @throws {UsageError} for a node that there isn't, or an environment that has none
 */
export async function status(workspace: Workspace, name: string, request: StatusRequest = {}): Promise<StatusResult> {
  const deployed = await findDeployed(workspace, name);
  const only = namedNodes(deployed, request.nodes);
  const ask = ({ plan, output, connect, signal }: ClusterRunOptions) =>
    clusterStatus({ plan, output, connect, ...only, ...(signal && { signal }) });
  const asking = mirrorsState(workspace, deployed.environment);
  const report = await onNodes(workspace, deployed, ask, { timeouts: PATIENCE });
  const mirrors = await asking;
  return { environment: name, ...report, ok: report.ok && !mirrors.left, mirrors };
}
