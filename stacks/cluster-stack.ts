import { Lazy, TerraformOutput, TerraformStack } from 'cdktf';
import { Construct } from 'constructs';
import { Cidr } from '../constructs/cidr';
import { CloudProvider } from '../constructs/cloud-provider';
import { ClusterFirewall } from '../constructs/cluster-firewall';
import type { ISecurityGroup } from '../constructs/connections';
import { KeyPair } from '../constructs/key-pair';
import { LoadBalancer, type LoadBalancerMember } from '../constructs/load-balancer';
import { type INetwork, Network } from '../constructs/network';
import { NodeGroup, type NodeGroupProps } from '../constructs/node-group';
import { SecurityGroup } from '../constructs/security-group';
import { addStateBackend } from '../constructs/state-backend';
import { CLUSTER_OUTPUT, type ClusterOutput, type DeployedNode } from '../plan/cluster-output';
import {
  type ClusterPlan,
  groupsBehind,
  hasFloatingIp,
  type LoadBalancerPlan,
  loadBalancerName,
  type NodeGroupPlan,
} from '../plan/cluster-plan';
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
  private readonly loadBalancers: readonly (readonly [LoadBalancerPlan, LoadBalancer])[];

  /** @throws {Error} for floating IPs without an external network, and for a state that can't be kept so */
  constructor(scope: Construct, id: string, { plan, common, state = plan.state }: ClusterStackProps) {
    super(scope, id);
    addStateBackend(this, state);
    new CloudProvider(this, 'openstack', plan);
    const surroundings = this.findSurroundings(plan, common);
    this.groups = new Map(plan.groups.map((group) => [group.name, this.addNodeGroup(plan, group, surroundings)]));
    this.loadBalancers = (plan.loadBalancers ?? [])
      .filter((each) => groupsBehind(each, plan.groups).length > 0)
      .map((each) => [each, this.addLoadBalancer(plan, each, surroundings.network)]);
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
      furtherSecurityGroups: [nodeGroup, ...(throughBastion ? [] : [sshGroup]), ...further],
      publicSecurityGroups: throughBastion ? [sshGroup] : [],
      createWithinSeconds: plan.timeouts.serverSeconds,
    });
  }

  /** In front of the nodes of all groups with its tag; its clients may reach it, and it its members, and nobody else. */
  private addLoadBalancer(plan: ClusterPlan, wanted: LoadBalancerPlan, network: INetwork): LoadBalancer {
    const { name, port, memberPort, address, clients } = wanted;
    const behind = groupsBehind(wanted, plan.groups).map((group) => this.findGroup(group.name));
    for (const { connections } of behind) {
      // Which of the subnet's addresses the balancer connects from, and which groups those wear, is Octavia's own affair.
      connections.allowFrom(network.range, memberPort, { description: `tcp ${memberPort}: load balancer ${name}` });
    }
    const way = address === undefined ? network.range : Cidr.of(address);
    for (const group of this.groups.values()) {
      if (!group.roles.some((role) => clients.includes(role.name))) continue;
      group.connections.allowTo(way, port, { description: `tcp ${port}: to load balancer ${name}` });
    }
    const members = behind.flatMap(({ nodes }) =>
      nodes.map(({ name: node, server }): LoadBalancerMember => {
        return { name: node, address: server.address, port: memberPort, server: server.made };
      }),
    );
    return new LoadBalancer(this, `load-balancer-${name}`, {
      ...wanted,
      name: loadBalancerName(plan, wanted),
      network,
      members,
    });
  }

  /** The subnet would else give an address away that a node is to have. */
  private letChosenAddressesGoFirst(): void {
    const groups = [...this.groups.values()];
    const servers = groups.flatMap(({ nodes }) => nodes.map(({ server }) => server));
    const shared = groups.flatMap(({ virtualIp }) => virtualIp ?? []);
    const balancers = this.loadBalancers.map(([, balancer]) => balancer);
    const all = [...servers, ...shared, ...balancers];
    const holders = all.filter((each) => each.hasChosenAddress).map((each) => each.addressHolder);
    for (const each of [...servers, ...balancers]) if (!each.hasChosenAddress) each.takeAddressAfter(holders);
  }

  /** Absent where no group has one: what is deployed without keeps its output. */
  private virtualIps(): Pick<ClusterOutput, 'virtualIps'> {
    const virtualIps = [...this.groups.values()].flatMap(({ groupName: group, virtualIp }) =>
      virtualIp ? [{ group, address: virtualIp.address, floatingIp: virtualIp.floatingIp?.address ?? null }] : [],
    );
    return virtualIps.length > 0 ? { virtualIps } : {};
  }

  /** Absent where there are none, for the same reason. */
  private deployedLoadBalancers(): Pick<ClusterOutput, 'loadBalancers'> {
    const loadBalancers = this.loadBalancers.map(([{ name, port }, { address, floatingIp }]) => ({
      ...{ name, port, address },
      floatingIp: floatingIp?.address ?? null,
    }));
    return loadBalancers.length > 0 ? { loadBalancers } : {};
  }

  private addOutput(plan: ClusterPlan): void {
    const value: ClusterOutput = {
      version: 1,
      environment: plan.name,
      planDigest: infrastructureDigest(plan),
      nodes: [...this.groups.values()].flatMap((group) => deployedNodes(group, plan.region ?? null)),
      ...this.virtualIps(),
      ...this.deployedLoadBalancers(),
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
