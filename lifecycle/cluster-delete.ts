import type { ClusterProject } from './cluster-project';
import { type Confirmation, confirmed } from './confirmation';
import { down } from './down';
import { plan } from './plan';
import type { PlannedChange } from './planned-changes';
import { noun } from './resource-nouns';
import type { Workspace } from './workspace';

export interface DeleteClusterResult {
  readonly cluster: string;
  /** Resources of the cloud that were destroyed, those of the common environment too. */
  readonly destroyed: number;
  /** Servers of the cluster's names that the cloud still has and no state knows; then the folder is kept. */
  readonly leftovers: readonly string[];
}

/**
 * Destroys a cluster that was made without a file, with its common environment, and removes its folder. One that was cut
 * off is finished by the next run.
 * @param workspace of the project's folder
 * @throws {RefusedError} when the user says no
 */
export async function deleteCluster(
  workspace: Workspace,
  project: ClusterProject,
  options: Confirmation = {},
): Promise<DeleteClusterResult> {
  const { name, common } = project;
  const leftovers: string[] = [];
  let destroyed = 0;
  let asked = false;
  for (const environment of [name, common]) {
    if (!workspace.environmentNames().includes(environment) || !project.mayHave(environment)) continue;
    const { changes } = await plan(workspace, environment, 'destroy');
    if (!asked) await confirmed(`cluster ${name}`, whatGoes(project, changes), options);
    asked = true;
    // Where a run was cut off, the cloud may still be at what that one had asked it to delete.
    const result = await down(workspace, environment, { goneIsFine: true });
    destroyed += result.destroyed;
    leftovers.push(...result.leftovers);
  }
  if (leftovers.length === 0) project.remove();
  return { cluster: name, destroyed, leftovers };
}

/** Named one by one where it holds something, else counted. */
function whatGoes({ name, common }: ClusterProject, changes: readonly PlannedChange[]): string {
  const going = changes.filter(({ action }) => action === 'delete');
  const named = going.filter(({ type }) => HOLDS_SOMETHING.has(type));
  const others = going.length - named.length;
  return [
    `This destroys cluster ${name}:`,
    ...named.map((change) => `  - ${noun(change.type)} ${change.name}`),
    ...(others > 0 ? [`  - ${others} ports, security groups, rules and the like that only it uses`] : []),
    `  - what is left of ${common}: the security groups that it shares with nobody`,
  ].join('\n');
}

const HOLDS_SOMETHING = new Set([
  'openstack_blockstorage_volume_v3',
  'openstack_compute_instance_v2',
  'openstack_networking_floatingip_v2',
]);
