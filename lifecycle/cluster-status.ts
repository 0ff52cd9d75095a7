import type { ClusterProject } from './cluster-project';
import { findDeployed } from './deployed';
import { NotDeployedError } from './errors';
import { type StatusResult, status } from './status';
import { type ClusterSummary, summarize } from './summary';
import type { Workspace } from './workspace';

export interface ClusterStatusResult extends StatusResult {
  /** The project that is kept for it. */
  readonly folder: string;
  /** Addresses of all nodes, and the master's. */
  readonly summary: ClusterSummary;
}

/**
 * How the nodes and roles of a cluster do that was made without a file, and where they are.
 * @param workspace of the project's folder
 * @throws {Error} when its start was cut off before there was anything
 */
export async function statusOfCluster(workspace: Workspace, project: ClusterProject): Promise<ClusterStatusResult> {
  const { name, dir } = project;
  try {
    if (!project.described) throw new NotDeployedError(name);
    const summary = summarize(await findDeployed(workspace, name));
    return { ...(await status(workspace, name)), folder: dir, summary };
  } catch (error) {
    if (!(error instanceof NotDeployedError)) throw error;
    throw new Error(
      `cluster "${name}" is not whole, its start was cut off or failed: "firesteel cluster start --name ${name}" goes on, "firesteel cluster delete --name ${name}" removes what there is`,
    );
  }
}
