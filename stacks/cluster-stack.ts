import { Lazy, TerraformOutput, TerraformStack } from 'cdktf';
import { Construct } from 'constructs';
import { CloudProvider } from '../constructs/cloud-provider';
import { ClusterFirewall } from '../constructs/cluster-firewall';
import type { ISecurityGroup } from '../constructs/connections';
import { KeyPair } from '../constructs/key-pair';
import { Network } from '../constructs/network';
import { NodeGroup, type NodeGroupProps } from '../constructs/node-group';
import { SecurityGroup } from '../constructs/security-group';
import { addStateBackend } from '../constructs/state-backend';
import { CLUSTER_OUTPUT, type ClusterOutput, type DeployedNode } from '../plan/cluster-output';
import { type ClusterPlan, hasFloatingIp, type NodeGroupPlan } from '../plan/cluster-plan';
import { infrastructureDigest } from '../plan/digest';
import type { StateBackend } from '../plan/state-backend';
import type { CommonReference } from './common-reference';

export interface ClusterStackProps {
  readonly plan: ClusterPlan;
  /** Where network, key pair and shared groups are: `CommonStack.fromName('common')`. */
  readonly common: CommonReference;
  /** Where Terraform keeps the state. @default - what the plan says, or a file in the project's folder */
  readonly state?: StateBackend;
}

/** What the nodes of all groups share. */
interface Surroundings extends Pick<NodeGroupProps, 'network' | 'keyPair'> {
  readonly firewall: ClusterFirewall;
  readonly sshGroup: ISecurityGroup;
  readonly nodeGroup: ISecurityGroup;
  /** Groups that the plan names, by name. */
  readonly existing: ReadonlyMap<string, ISecurityGroup>;
}

/** The servers of a cluster, whatever its plan: a node group for each of the plan's, behind the plan's firewall. */
export class ClusterStack extends TerraformStack {
  private readonly groups: ReadonlyMap<string, NodeGroup>;

  /** @throws {Error} for floating IPs without an external network, and for a state that can't be kept so */
  constructor(scope: Construct, id: string, { plan, common, state = plan.state }: ClusterStackProps) {
    super(scope, id);
    addStateBackend(this, state);
    new CloudProvider(this, 'openstack', plan);
    const surroundings = this.findSurroundings(plan, common);
    this.groups = new Map(plan.groups.map((group) => [group.name, this.addNodeGroup(plan, group, surroundings)]));
    this.letChosenAddressesGoFirst();
    this.addOutput(plan);
  }

  /** @throws {Error} when the plan has no such node group */
  findGroup(name: string): NodeGroup {
    const group = this.groups.get(name);
    if (group) return group;
    throw new Error(`no node group "${name}": there are ${[...this.groups.keys()].join(', ')}`);
  }

  private findSurroundings(plan: ClusterPlan, common: CommonReference): Surroundings {
    const scope = new Construct(this, 'common');
    return {
      network: Network.fromName(scope, 'network', common),
      keyPair: KeyPair.fromName(common.keyPair),
      firewall: new ClusterFirewall(this, 'firewall', { plan }),
      sshGroup: SecurityGroup.fromName(scope, 'ssh', common.sshGroup),
      nodeGroup: SecurityGroup.fromName(scope, 'node', common.nodeGroup),
      existing: findExisting(scope, plan),
    };
  }

  private addNodeGroup(plan: ClusterPlan, group: NodeGroupPlan, surroundings: Surroundings): NodeGroup {
    const { network, keyPair, firewall, sshGroup, nodeGroup, existing } = surroundings;
    const further = (group.securityGroups ?? []).map((name) => existing.get(name)!);
    const throughBastion = plan.groups.some(leadsInside);
    return new NodeGroup(this, group.name, {
      ...group,
      environment: plan.name,
      network,
      keyPair,
      securityGroup: firewall.findGroup(group.name),
      furtherSecurityGroups: [nodeGroup, firewall.mirrors, ...(throughBastion ? [] : [sshGroup]), ...further],
      publicSecurityGroups: throughBastion ? [sshGroup] : [],
      createWithinSeconds: plan.timeouts.serverSeconds,
    });
  }

  /** The subnet would else give an address away that a node is to have. */
  private letChosenAddressesGoFirst(): void {
    const groups = [...this.groups.values()];
    const servers = groups.flatMap(({ nodes }) => nodes.map(({ server }) => server));
    const shared = groups.flatMap(({ virtualIp }) => virtualIp ?? []);
    const holders = [...servers, ...shared].filter((each) => each.hasChosenAddress).map((each) => each.addressHolder);
    for (const server of servers.filter((other) => !other.hasChosenAddress)) server.takeAddressAfter(holders);
  }

  /** Absent where no group has one: what is deployed without keeps its output. */
  private virtualIps(): Pick<ClusterOutput, 'virtualIps'> {
    const virtualIps = [...this.groups.values()].flatMap(({ groupName: group, virtualIp }) =>
      virtualIp ? [{ group, address: virtualIp.address, floatingIp: virtualIp.floatingIp?.address ?? null }] : [],
    );
    return virtualIps.length > 0 ? { virtualIps } : {};
  }

  private addOutput(plan: ClusterPlan): void {
    const value: ClusterOutput = {
      version: 1,
      environment: plan.name,
      planDigest: infrastructureDigest(plan),
      nodes: [...this.groups.values()].flatMap((group) => deployedNodes(group, plan.region ?? null)),
      ...this.virtualIps(),
    };
    // cdktf stumbles over null in an output's value, but not in a lazy one.
    const lazy = Lazy.anyValue({ produce: () => value });
    new TerraformOutput(this, CLUSTER_OUTPUT, { staticId: true, description: 'For firesteel configure', value: lazy });
  }
}

function findExisting(common: Construct, plan: ClusterPlan): ReadonlyMap<string, ISecurityGroup> {
  const scope = new Construct(common, 'existing');
  const names = new Set(plan.groups.flatMap(({ securityGroups = [] }) => securityGroups));
  return new Map([...names].map((name) => [name, SecurityGroup.fromName(scope, name, name)]));
}

/** SSH goes through the first bastion with a floating IP; without one all nodes let it in themselves. */
function leadsInside(group: NodeGroupPlan): boolean {
  return hasFloatingIp(group) && group.roles.some((role) => role.name === 'bastion');
}

function deployedNodes(group: NodeGroup, region: string | null): DeployedNode[] {
  const { groupName, flavor } = group;
  const roles = group.roles.map((role) => role.name);
  return group.nodes.map(({ name, hostname, server }) => ({
    name,
    hostname,
    group: groupName,
    roles,
    serverId: server.serverId,
    imageId: server.imageId,
    address: server.address,
    floatingIp: server.floatingIp?.address ?? null,
    region,
    vcpus: flavor.vcpus,
    memoryMiB: flavor.memoryMiB,
    volumes: [...server.volumes],
  }));
}
