import { fetchArtifact } from '../configure/artifacts';
import type { ClusterPlan } from '../plan/cluster-plan';
import type { Workspace } from './workspace';

/**
 * Fetches what the roles will want on the nodes while the servers are still being made. A failure is no matter here:
 * whoever needs the file tells it.
 * @param noUse aborted when nobody will want it after all
 */
export async function prefetchArtifacts({ options }: Workspace, plan: ClusterPlan, noUse: AbortSignal): Promise<void> {
  const { onProgress } = options;
  const signal = options.signal ? AbortSignal.any([options.signal, noUse]) : noUse;
  const artifacts = plan.groups.flatMap(({ roles }) => roles.flatMap((role) => role.artifacts?.(plan.settings) ?? []));
  const once = [...new Map(artifacts.map((artifact) => [artifact.fileName, artifact])).values()];
  await Promise.allSettled(
    once.map((artifact) => fetchArtifact(artifact, { ...(onProgress && { onProgress }), signal })),
  );
}
