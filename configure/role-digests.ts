import type { ClusterOutput, DeployedNode } from '../plan/cluster-output';
import type { ClusterPlan } from '../plan/cluster-plan';
import { jsonDigest } from '../plan/json-digest';
import type { NodeContext, Role } from '../roles/role';
import { ClusterContext, membersOf } from './context';

/**
 * A digest of every role in the cluster, by name: of its data, and of all that it would do on a bare node of each group.
 * Another version of a role, ours or one of the user's own, has another digest.
 */
export function roleDigests(plan: ClusterPlan, output: ClusterOutput): Readonly<Record<string, string>> {
  const members = membersOf(plan, { ...output, nodes: output.nodes.map(anywhere) });
  const context = ClusterContext.withoutSecrets(plan, members);
  const parts = new Map<string, unknown[]>();
  for (const group of plan.groups) {
    const member = members.find(({ deployed }) => deployed.group === group.name);
    if (!member) continue;
    for (const role of member.roles)
      parts.set(role.name, [...(parts.get(role.name) ?? []), roleText(role, context.of(member))]);
  }
  return Object.fromEntries([...parts].map(([name, texts]) => [name, jsonDigest(texts)]));
}

/** Where a node is, is no matter of the role's. */
function anywhere(node: DeployedNode): DeployedNode {
  const volumes = node.volumes.map((volume) => ({ ...volume, id: '00000000-0000-0000-0000-000000000000' }));
  return { ...node, address: '0.0.0.0', floatingIp: null, volumes };
}

function roleText(role: Role, context: NodeContext): unknown {
  const { exposes, after, secrets, drain } = role;
  const operations = [
    ...(role.install?.(context) ?? []),
    ...(role.configure?.(context) ?? []),
    ...(role.start?.(context) ?? []),
  ];
  const changes = operations.map((operation) => [
    operation.kind,
    operation.name,
    operation.changes(operation.fact.bare).map(({ script }) => script),
  ]);
  return [
    exposes,
    after,
    secrets,
    role.artifacts?.(context.settings),
    changes,
    role.health?.(context),
    drain?.(context),
  ];
}
