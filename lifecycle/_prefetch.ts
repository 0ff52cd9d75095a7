import { fetchArtifact } from '../configure/artifacts';
import { isBakedName } from '../plan/baked-image';
import type { ClusterPlan, NodeGroupPlan } from '../plan/cluster-plan';
import type { Role } from '../roles/role';
import { chooseImage, rolesLeft } from './image/choice';
import type { Cluster, Workspace } from './workspace';

/**
 * Fetches what the roles will want on the nodes while the servers are still being made, and what is baked into their images
 * is no part of that. A failure is no matter here: whoever needs the file tells it.
 * @param noUse aborted when nobody will want it after all
 */
export async function prefetchArtifacts(workspace: Workspace, cluster: Cluster, noUse: AbortSignal): Promise<void> {
  const { onProgress } = workspace.options;
  const { plan } = cluster;
  const signal = workspace.options.signal ? AbortSignal.any([workspace.options.signal, noUse]) : noUse;
  const roles = (await Promise.all(plan.groups.map((group) => rolesToInstall(workspace, cluster, group)))).flat();
  const artifacts = artifactsOf(roles, plan);
  if (noUse.aborted) return;
  await Promise.allSettled(
    artifacts.map((artifact) => fetchArtifact(artifact, { ...(onProgress && { onProgress }), signal })),
  );
}

function artifactsOf(roles: readonly Role[], { settings }: ClusterPlan) {
  const artifacts = roles.flatMap((role) => role.artifacts?.(settings) ?? []);
  return [...new Map(artifacts.map((artifact) => [artifact.fileName, artifact])).values()];
}

/** All of them where the cloud does not say what is in the image. */
async function rolesToInstall(
  workspace: Workspace,
  { environment, plan: { settings } }: Cluster,
  { image: name, roles, region }: NodeGroupPlan,
): Promise<readonly Role[]> {
  if (!isBakedName(name)) return roles;
  try {
    const { image } = await workspace.cloud(environment, region);
    const choice = chooseImage(await image.images({ name }), { roles, settings });
    return choice ? rolesLeft(choice, roles) : roles;
  } catch {
    return roles;
  }
}
