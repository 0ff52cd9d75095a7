import { Construct } from 'constructs';
import { ClusterFirewall } from '../constructs/cluster-firewall';
import type { ISecurityGroup } from '../constructs/connections';
import { KeyPair } from '../constructs/key-pair';
import { Network } from '../constructs/network';
import { NodeGroup, type NodeGroupProps } from '../constructs/node-group';
import { SecurityGroup } from '../constructs/security-group';
import { type ClusterPlan, hasFloatingIp, type NodeGroupPlan } from '../plan/cluster-plan';
import type { CommonReference } from './common-reference';

/** What the nodes of all groups of a region share. */
interface Surroundings extends Pick<NodeGroupProps, 'network' | 'keyPair'> {
  readonly firewall: ClusterFirewall;
  readonly sshGroup: ISecurityGroup;
  readonly nodeGroup: ISecurityGroup;
  /** Groups that the plan names, by name. */
  readonly existing: ReadonlyMap<string, ISecurityGroup>;
}

/**
 * The node groups of one region, behind the firewall that follows from their roles.
 * @param plan what of the cluster is in the region
 * @param common what it stands on there
 * @throws {Error} for floating IPs without an external network
 */
export function addRegionGroups(scope: Construct, plan: ClusterPlan, common: CommonReference): readonly NodeGroup[] {
  const surroundings = findSurroundings(scope, plan, common);
  const groups = plan.groups.map((group) => addNodeGroup(scope, plan, group, surroundings));
  letChosenAddressesGoFirst(groups);
  return groups;
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
    network,
    keyPair,
    securityGroup: firewall.findGroup(group.name),
    furtherSecurityGroups: [nodeGroup, ...(throughBastion ? [] : [sshGroup]), ...further],
    publicSecurityGroups: throughBastion ? [sshGroup] : [],
    createWithinSeconds: plan.timeouts.serverSeconds,
  });
}

/** SSH goes through the first bastion with a floating IP; without one all nodes let it in themselves. */
function leadsInside(group: NodeGroupPlan): boolean {
  return hasFloatingIp(group) && group.roles.some((role) => role.name === 'bastion');
}

/** The subnet would else give an address away that a node is to have. */
function letChosenAddressesGoFirst(groups: readonly NodeGroup[]): void {
  const servers = groups.flatMap(({ nodes }) => nodes.map(({ server }) => server));
  const shared = groups.flatMap(({ virtualIp }) => virtualIp ?? []);
  const holders = [...servers, ...shared].filter((each) => each.hasChosenAddress).map((each) => each.addressHolder);
  for (const server of servers.filter((other) => !other.hasChosenAddress)) server.takeAddressAfter(holders);
}
