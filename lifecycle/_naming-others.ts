import { type ClusterPlan, plannedNodes, restOf } from '../plan/cluster-plan';
import type { Role } from '../roles/role';

/**
 * Nodes whose configuration has to be told of others that come or go: balancers, say. Those that are off are told when they
 * start.
 * @param moving names of those that come or go
 */
export function namingOthers(plan: Pick<ClusterPlan, 'groups'>, moving: readonly string[]): readonly string[] {
  if (moving.length === 0) return [];
  const groups = new Set(moving.map((node) => node.replace(/-\d+$/, '')));
  const roles = plan.groups.filter(({ name }) => groups.has(name)).flatMap((group) => group.roles);
  const names = ({ namesOthers = false }: Role): boolean =>
    typeof namesOthers === 'boolean' ? namesOthers : roles.some(({ name }) => namesOthers.includes(name));
  return plannedNodes(plan)
    .filter(({ group, number }) => group.roles.some(names) && restOf(group, number) !== 'off')
    .map(({ name }) => name);
}
