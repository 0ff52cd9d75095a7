import type { Flavor } from '../cloud/compute';
import type { PreflightProblem } from '../cloud/preflight';
import type { ClusterPlan, NodeGroupPlan } from '../plan/cluster-plan';

/**
 * Groups whose flavor has less memory than one of their roles can live with. Found out before a server is made: on the
 * node it would be a service that dies.
 * @param flavors by the name in the plan; those that the cloud hasn't are told elsewhere
 */
export function tooLittleMemory(plan: ClusterPlan, flavors: ReadonlyMap<string, Flavor>): PreflightProblem[] {
  return plan.groups.flatMap((group) => {
    const flavor = flavors.get(group.flavor);
    const role = hungriestRole(group);
    if (!flavor || !role || flavor.ramMiB >= role.minMemoryMiB) return [];
    const message =
      `flavor "${group.flavor}" of group ${group.name} has ${flavor.ramMiB} MiB of memory, ` +
      `role ${role.name} needs at least ${role.minMemoryMiB} MiB: take a larger one ("firesteel cloud ls flavors" lists them)`;
    return [{ kind: 'unusable', subject: 'flavor', name: group.flavor, message }];
  });
}

function hungriestRole({ roles }: NodeGroupPlan): { name: string; minMemoryMiB: number } | undefined {
  const [most] = roles
    .map(({ name, minMemoryMiB = 0 }) => ({ name, minMemoryMiB }))
    .sort((a, b) => b.minMemoryMiB - a.minMemoryMiB);
  return most;
}
