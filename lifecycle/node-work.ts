import { clusterConnector } from '../configure/cluster-access';
import type { ClusterRunOptions } from '../configure/cluster-run';
import type { Deployed } from './deployed';
import { InterruptedError } from './errors';
import { type ReachOptions, reach } from './reach';
import type { Workspace } from './workspace';

/** Does something on the nodes of a deployed cluster over connections that are closed afterwards, however it ends. */
export async function onNodes<T>(
  workspace: Workspace,
  deployed: Deployed,
  work: (run: ClusterRunOptions) => Promise<T>,
  options: ReachOptions = {},
): Promise<T> {
  const access = await reach(workspace, deployed, options);
  const connector = await clusterConnector(access);
  const { plan, output, onProgress, signal } = access;
  try {
    return await work({
      plan,
      output,
      connect: connector.connect.bind(connector),
      secrets: workspace.secrets,
      ...(onProgress && { onProgress }),
      ...(signal && { signal }),
    });
  } catch (error) {
    if (signal?.aborted) throw new InterruptedError();
    throw error;
  } finally {
    connector.close();
  }
}
