import type { NodeContext, Role } from '../roles/role';
import type { Member } from './context';
import type { AppliedChange } from './converge';

/** Names of the systemd units that a role starts on a node. */
export function unitsOf(role: Role, context: NodeContext): readonly string[] {
  return (role.start?.(context) ?? []).filter(({ kind }) => kind === 'unit').map(({ name }) => name);
}

/** The node's roles that have a running service which the changes interrupt. */
export function interruptedRoles(
  { roles }: Member,
  changes: readonly AppliedChange[],
  context: NodeContext,
): readonly Role[] {
  const restarted = new Set(changes.flatMap(({ restarts }) => restarts ?? []));
  return restarted.size === 0 ? [] : roles.filter((role) => unitsOf(role, context).some((unit) => restarted.has(unit)));
}
