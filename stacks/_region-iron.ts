import { Construct } from 'constructs';
import { Cidr } from '../constructs/cidr';
import { ClusterFirewall } from '../constructs/cluster-firewall';
import type { ISecurityGroup } from '../constructs/connections';
import { KeyPair } from '../constructs/key-pair';
import { LoadBalancer, type LoadBalancerMember } from '../constructs/load-balancer';
import { type INetwork, Network } from '../constructs/network';
import { NodeGroup, type NodeGroupProps } from '../constructs/node-group';
import { SecurityGroup } from '../constructs/security-group';
import { isBakedName, roleProperties } from '../plan/baked-image';
import {
  type ClusterPlan,
  groupsBehind,
  hasFloatingIp,
  type LoadBalancerPlan,
  loadBalancerName,
  type NodeGroupPlan,
} from '../plan/cluster-plan';
import type { CommonReference } from './common-reference';

/** What the nodes of all groups of a region share. */
interface Surroundings extends Pick<NodeGroupProps, 'network' | 'keyPair'> {
  readonly firewall: ClusterFirewall;
  readonly sshGroup: ISecurityGroup;
  readonly nodeGroup: ISecurityGroup;
  /** Groups that the plan names, by name. */
  readonly existing: ReadonlyMap<string, ISecurityGroup>;
}

/** What of a cluster is made in one region. */
export interface RegionIron {
  readonly groups: readonly NodeGroup[];
  readonly loadBalancers: readonly (readonly [LoadBalancerPlan, LoadBalancer])[];
}

/**
 * The node groups of one region, behind the firewall that follows from their roles, and the load balancers before them.
 * @param plan what of the cluster is in the region
 * @param common what it stands on there
 * @throws {Error} for floating IPs without an external network
 */
export function addRegion(scope: Construct, plan: ClusterPlan, common: CommonReference): RegionIron {
  const surroundings = findSurroundings(scope, plan, common);
  const groups = plan.groups.map((group) => addNodeGroup(scope, plan, group, surroundings));
  const loadBalancers = (plan.loadBalancers ?? [])
    .filter((each) => groupsBehind(each, plan.groups).length > 0)
    .map((each) => [each, addLoadBalancer(scope, plan, each, { groups, network: surroundings.network })] as const);
  const iron = { groups, loadBalancers };
  letChosenAddressesGoFirst(iron);
  return iron;
}

function findSurroundings(parent: Construct, plan: ClusterPlan, common: CommonReference): Surroundings {
  const scope = new Construct(parent, 'common');
  return {
    network: Network.fromName(scope, 'network', common),
    keyPair: KeyPair.fromName(common.keyPair),
    firewall: new ClusterFirewall(parent, 'firewall', { plan }),
    sshGroup: SecurityGroup.fromName(scope, 'ssh', common.sshGroup),
    nodeGroup: SecurityGroup.fromName(scope, 'node', common.nodeGroup),
    existing: findExisting(scope, plan),
  };
}

function findExisting(common: Construct, plan: ClusterPlan): ReadonlyMap<string, ISecurityGroup> {
  const scope = new Construct(common, 'existing');
  const names = new Set(plan.groups.flatMap(({ securityGroups = [] }) => securityGroups));
  return new Map([...names].map((name) => [name, SecurityGroup.fromName(scope, name, name)]));
}

function addNodeGroup(
  scope: Construct,
  plan: ClusterPlan,
  group: NodeGroupPlan,
  surroundings: Surroundings,
): NodeGroup {
  const { network, keyPair, firewall, sshGroup, nodeGroup, existing } = surroundings;
  const further = (group.securityGroups ?? []).map((name) => existing.get(name)!);
  const throughBastion = plan.groups.some(leadsInside);
  return new NodeGroup(scope, group.name, {
    ...group,
    environment: plan.name,
    ...(isBakedName(group.image) && { imageProperties: roleProperties(group.roles, plan.settings) }),
    network,
    keyPair,
    securityGroup: firewall.findGroup(group.name),
    furtherSecurityGroups: [nodeGroup, firewall.mirrors, ...(throughBastion ? [] : [sshGroup]), ...further],
    publicSecurityGroups: throughBastion ? [sshGroup] : [],
    createWithinSeconds: plan.timeouts.serverSeconds,
  });
}

/** SSH goes through the first bastion with a floating IP; without one all nodes let it in themselves. */
function leadsInside(group: NodeGroupPlan): boolean {
  return hasFloatingIp(group) && group.roles.some((role) => role.name === 'bastion');
}

/** In front of the nodes of all groups with its tag; its clients may reach it, and it its members, and nobody else. */
function addLoadBalancer(
  scope: Construct,
  plan: ClusterPlan,
  wanted: LoadBalancerPlan,
  { groups, network }: { readonly groups: readonly NodeGroup[]; readonly network: INetwork },
): LoadBalancer {
  const { name, port, memberPort, address, clients } = wanted;
  const tagged = groupsBehind(wanted, plan.groups).map((group) => group.name);
  const behind = groups.filter(({ groupName }) => tagged.includes(groupName));
  for (const { connections } of behind) {
    // Which of the subnet's addresses the balancer connects from, and which groups those wear, is Octavia's own affair.
    connections.allowFrom(network.range, memberPort, { description: `tcp ${memberPort}: load balancer ${name}` });
  }
  const way = address === undefined ? network.range : Cidr.of(address);
  for (const group of groups.filter(({ roles }) => roles.some((role) => clients.includes(role.name)))) {
    group.connections.allowTo(way, port, { description: `tcp ${port}: to load balancer ${name}` });
  }
  const members = behind.flatMap(({ nodes }) =>
    nodes.map(({ name: node, server }): LoadBalancerMember => {
      return { name: node, address: server.address, port: memberPort, server: server.made };
    }),
  );
  return new LoadBalancer(scope, `load-balancer-${name}`, {
    ...wanted,
    name: loadBalancerName(plan, wanted),
    network,
    members,
  });
}

/** The subnet would else give an address away that a node is to have. */
function letChosenAddressesGoFirst({ groups, loadBalancers }: RegionIron): void {
  const servers = groups.flatMap(({ nodes }) => nodes.map(({ server }) => server));
  const shared = groups.flatMap(({ virtualIp }) => virtualIp ?? []);
  const balancers = loadBalancers.map(([, balancer]) => balancer);
  const all = [...servers, ...shared, ...balancers];
  const holders = all.filter((each) => each.hasChosenAddress).map((each) => each.addressHolder);
  for (const each of [...servers, ...balancers]) if (!each.hasChosenAddress) each.takeAddressAfter(holders);
}
