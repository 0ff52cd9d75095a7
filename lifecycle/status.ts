import { clusterConnector } from '../configure/cluster-access';
import { clusterStatus, type StatusReport } from '../configure/status';
import { PATIENCE } from './_patience';
import { findDeployed } from './deployed';
import { InterruptedError } from './errors';
import { reach } from './reach';
import type { Workspace } from './workspace';

export interface StatusResult extends StatusReport {
  readonly environment: string;
}

/** What is well and what is wrong, for every node and role; a node that can't be reached is in the result. */
export async function status(workspace: Workspace, name: string): Promise<StatusResult> {
  const deployed = await findDeployed(workspace, name);
  const access = await reach(workspace, deployed, { timeouts: PATIENCE });
  const connector = await clusterConnector(access);
  const { signal } = workspace.options;
  try {
    const { plan, output } = access;
    const connect = connector.connect.bind(connector);
    return { environment: name, ...(await clusterStatus({ plan, output, connect, ...(signal && { signal }) })) };
  } catch (error) {
    if (signal?.aborted) throw new InterruptedError();
    throw error;
  } finally {
    connector.close();
  }
}
