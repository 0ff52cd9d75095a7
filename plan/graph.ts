import { type ClusterPlan, hasFloatingIp, type NodeGroupPlan } from './cluster-plan';
import { groupFlows } from './flows';

/** Who may talk to whom in a cluster, as its security groups have it. */
export interface ClusterGraph {
  readonly cluster: string;
  readonly groups: readonly GraphGroup[];
  /** Each pair once for each way. */
  readonly edges: readonly GraphEdge[];
}

export interface GraphGroup {
  readonly name: string;
  readonly nodes: number;
  readonly flavor: string;
  /** Names, without `node`, which every node has. */
  readonly roles: readonly string[];
  /** Whether nodes of it can be reached by an address of their own from outside. */
  readonly floatingIps: boolean;
  readonly virtualIp: boolean;
}

/** `from` is a group, or one of those outside: the operator, who has SSH, or `public`. */
export interface GraphEdge {
  readonly from: string;
  readonly to: string;
  /** e.g. `tcp 7077`, ascending. */
  readonly ports: readonly string[];
}

/** Those whom `access` of the common environment lets in. */
export const OPERATOR = 'operator';
/** Addresses that the plan opens ports to. */
export const PUBLIC = 'public';

export function clusterGraph(plan: ClusterPlan): ClusterGraph {
  const { groups, settings } = plan;
  const inside = groups.flatMap((to) =>
    groups.flatMap((from) => {
      const ports = groupFlows(from, to, settings).map(({ traffic }) => String(traffic));
      return ports.length > 0 ? [{ from: from.name, to: to.name, ports }] : [];
    }),
  );
  return {
    cluster: plan.name,
    groups: groups.map(graphGroup),
    edges: [...groups.flatMap((group) => outside(group, groups)), ...inside],
  };
}

function graphGroup(group: NodeGroupPlan): GraphGroup {
  return {
    name: group.name,
    nodes: group.numbers.length,
    flavor: group.flavor,
    roles: group.roles.map(({ name }) => name).filter((name) => name !== 'node'),
    floatingIps: hasFloatingIp(group),
    virtualIp: group.virtualIp !== undefined,
  };
}

function outside(group: NodeGroupPlan, groups: readonly NodeGroupPlan[]): GraphEdge[] {
  const publicPorts = (group.publicPorts ?? []).map(({ port }) => `tcp ${port}`);
  return [
    ...(letsIn(group, groups) ? [{ from: OPERATOR, to: group.name, ports: ['tcp 22'] }] : []),
    ...(publicPorts.length > 0 ? [{ from: PUBLIC, to: group.name, ports: publicPorts }] : []),
  ];
}

/** SSH goes through the bastions with a floating IP; without one all nodes let it in themselves. */
function letsIn(group: NodeGroupPlan, groups: readonly NodeGroupPlan[]): boolean {
  const leads = (each: NodeGroupPlan) => hasFloatingIp(each) && each.roles.some(({ name }) => name === 'bastion');
  return groups.some(leads) ? hasFloatingIp(group) : true;
}
