import type { ClusterRunOptions } from '../configure/cluster-run';
import { clusterStatus, type StatusReport } from '../configure/status';
import { PATIENCE } from './_patience';
import { findDeployed } from './deployed';
import { onNodes } from './node-work';
import type { Workspace } from './workspace';

export interface StatusResult extends StatusReport {
  readonly environment: string;
}

/** What is well and what is wrong, for every node and role; a node that can't be reached is in the result. */
export async function status(workspace: Workspace, name: string): Promise<StatusResult> {
  const deployed = await findDeployed(workspace, name);
  const ask = ({ plan, output, connect, signal }: ClusterRunOptions) =>
    clusterStatus({ plan, output, connect, ...(signal && { signal }) });
  return { environment: name, ...(await onNodes(workspace, deployed, ask, { timeouts: PATIENCE })) };
}
