import { Lazy, TerraformOutput, TerraformStack } from 'cdktf';
import { Construct } from 'constructs';
import { CloudProvider } from '../constructs/cloud-provider';
import { ClusterFirewall } from '../constructs/cluster-firewall';
import type { ISecurityGroup } from '../constructs/connections';
import { KeyPair } from '../constructs/key-pair';
import { Network } from '../constructs/network';
import { NodeGroup, type NodeGroupProps } from '../constructs/node-group';
import { SecurityGroup } from '../constructs/security-group';
import { CLUSTER_OUTPUT, type ClusterOutput, type DeployedNode } from '../plan/cluster-output';
import type { ClusterPlan, NodeGroupPlan } from '../plan/cluster-plan';
import { infrastructureDigest } from '../plan/digest';
import type { CommonReference } from './common-reference';

export interface ClusterStackProps {
  readonly plan: ClusterPlan;
  /** Where network, key pair and shared groups are: `CommonStack.fromName('common')`. */
  readonly common: CommonReference;
}

/** What the nodes of all groups share. */
interface Surroundings extends Pick<NodeGroupProps, 'network' | 'keyPair'> {
  readonly firewall: ClusterFirewall;
  readonly sshGroup: ISecurityGroup;
  readonly nodeGroup: ISecurityGroup;
}

/** The servers of a cluster, whatever its plan: a node group for each of the plan's, behind the plan's firewall. */
export class ClusterStack extends TerraformStack {
  private readonly groups: ReadonlyMap<string, NodeGroup>;

  /** @throws {Error} for floating IPs without an external network */
  constructor(scope: Construct, id: string, { plan, common }: ClusterStackProps) {
    super(scope, id);
    new CloudProvider(this, 'openstack', plan);
    const surroundings = this.findSurroundings(plan, common);
    this.groups = new Map(plan.groups.map((group) => [group.name, this.addNodeGroup(plan, group, surroundings)]));
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
    };
  }

  private addNodeGroup(plan: ClusterPlan, group: NodeGroupPlan, surroundings: Surroundings): NodeGroup {
    const { network, keyPair, firewall, sshGroup, nodeGroup } = surroundings;
    return new NodeGroup(this, group.name, {
      ...group,
      environment: plan.name,
      network,
      keyPair,
      securityGroup: firewall.findGroup(group.name),
      furtherSecurityGroups: reachedDirectly(plan, group) ? [nodeGroup, sshGroup] : [nodeGroup],
      createWithinSeconds: plan.timeouts.serverSeconds,
    });
  }

  private addOutput(plan: ClusterPlan): void {
    const value: ClusterOutput = {
      version: 1,
      environment: plan.name,
      planDigest: infrastructureDigest(plan),
      nodes: [...this.groups.values()].flatMap((group) => deployedNodes(group, plan.region ?? null)),
    };
    // cdktf stumbles over null in an output's value, but not in a lazy one.
    const lazy = Lazy.anyValue({ produce: () => value });
    new TerraformOutput(this, CLUSTER_OUTPUT, { staticId: true, description: 'For firesteel configure', value: lazy });
  }
}

/** SSH goes through the first bastion with a floating IP; nodes it can't be spared for let it in themselves. */
function reachedDirectly(plan: ClusterPlan, group: NodeGroupPlan): boolean {
  const isBastion = (other: NodeGroupPlan) => other.floatingIp && other.roles.some((role) => role.name === 'bastion');
  return group.floatingIp || !plan.groups.some(isBastion);
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
    floatingIp: server.floatingIp ?? null,
    region,
    vcpus: flavor.vcpus,
    memoryMiB: flavor.memoryMiB,
    volumes: [...server.volumes],
  }));
}
