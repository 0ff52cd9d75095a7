import { node } from '../roles/node';
import { portsOf } from '../roles/ports';
import type { Settings } from '../roles/settings';
import { Traffic } from '../roles/traffic';
import {
  type ClusterPlan,
  groupsBehind,
  hasFloatingIp,
  type LoadBalancerPlan,
  type NodeGroupPlan,
} from './cluster-plan';
import { groupFlows } from './flows';

/** Who may talk to whom in a cluster, as its security groups have it. */
export interface ClusterGraph {
  readonly cluster: string;
  readonly groups: readonly GraphGroup[];
  /** Each pair once for each way; without what is the same for all nodes. */
  readonly edges: readonly GraphEdge[];
  /** Names of the cloud's load balancers, as the edges have them. */
  readonly loadBalancers: readonly string[];
  /** What is the same for all nodes, in words: `tcp 22 from master to every node`. */
  readonly everywhere: readonly string[];
}

export interface GraphGroup {
  readonly name: string;
  /** The cloud's name, of a cluster that is in several. */
  readonly region?: string;
  readonly nodes: number;
  readonly flavor: string;
  /** Names, without `node`, which every node has. */
  readonly roles: readonly string[];
  /** Whether nodes of it can be reached by an address of their own from outside. */
  readonly floatingIps: boolean;
  readonly virtualIp: boolean;
}

/** `from` and `to` are groups, load balancers, or those outside: the operator, who has SSH, or `public`. */
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
  const { groups, settings, loadBalancers = [] } = plan;
  const inside = groups.flatMap((to) =>
    groups.flatMap((from) => {
      const ports = groupFlows(ownRoles(from), ownRoles(to), settings).map(({ traffic }) => String(traffic));
      return ports.length > 0 ? [{ from: from.name, to: to.name, ports }] : [];
    }),
  );
  return {
    cluster: plan.name,
    groups: groups.map(graphGroup),
    edges: [
      ...groups.flatMap((group) => outside(group, groups)),
      ...loadBalancers.flatMap((each) => balanced(each, groups)),
      ...inside,
    ],
    loadBalancers: loadBalancers.map(balancerId),
    everywhere: [
      ...node.exposes.map((port) => `${Traffic.of(port)} from ${holdersOf(port.from, groups)} to every node`),
      ...groups.flatMap((group) => openToAll(group, settings)),
    ],
  };
}

/** Ports that a group opens to all nodes, whatever their roles. */
function openToAll(group: NodeGroupPlan, settings: Settings): string[] {
  const ports = ownRoles(group).roles.flatMap((role) => portsOf(role, settings));
  const open = ports.filter(({ from }) => from.includes(node.name)).map(Traffic.of);
  return open.length > 0 ? [`${open.join(', ')} from all nodes to ${group.name}`] : [];
}

/** Every node is a `node`: what that opens would be an arrow from each group to each. */
function ownRoles(group: NodeGroupPlan): NodeGroupPlan {
  return { ...group, roles: group.roles.filter(({ name }) => name !== node.name) };
}

function holdersOf(roles: readonly string[], groups: readonly NodeGroupPlan[]): string {
  const holders = groups.filter((group) => group.roles.some(({ name }) => roles.includes(name)));
  if (holders.length === groups.length) return 'all nodes';
  return holders.map(({ name }) => name).join(', ') || 'outside only';
}

function graphGroup(group: NodeGroupPlan): GraphGroup {
  return {
    name: group.name,
    ...(group.region !== undefined && { region: group.region }),
    nodes: group.numbers.length,
    flavor: group.flavor,
    roles: group.roles.map(({ name }) => name).filter((name) => name !== node.name),
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

function balancerId({ name }: LoadBalancerPlan): string {
  return `load balancer ${name}`;
}

function balanced(balancer: LoadBalancerPlan, groups: readonly NodeGroupPlan[]): GraphEdge[] {
  const { port, memberPort, from, clients } = balancer;
  const own = balancerId(balancer);
  const callers = groups.filter(({ roles }) => roles.some(({ name }) => clients.includes(name)));
  return [
    ...[...(from.length > 0 ? [PUBLIC] : []), ...callers.map(({ name }) => name)].map((caller) => ({
      ...{ from: caller, to: own },
      ports: [`tcp ${port}`],
    })),
    ...groupsBehind(balancer, groups).map(({ name }) => ({ from: own, to: name, ports: [`tcp ${memberPort}`] })),
  ];
}

/** SSH goes through the bastions of the region with a floating IP; without one all its nodes let it in themselves. */
function letsIn(group: NodeGroupPlan, all: readonly NodeGroupPlan[]): boolean {
  const groups = all.filter(({ region }) => region === group.region);
  const leads = (each: NodeGroupPlan) => hasFloatingIp(each) && each.roles.some(({ name }) => name === 'bastion');
  return groups.some(leads) ? hasFloatingIp(group) : true;
}
