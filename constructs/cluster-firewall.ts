import { Construct } from 'constructs';
import { type ClusterPlan, groupPrefix, MIRRORS, mirrorsGroupName, type NodeGroupPlan } from '../plan/cluster-plan';
import { groupFlows } from '../plan/flows';
import type { Settings } from '../roles/settings';
import { Traffic } from '../roles/traffic';
import { Cidr } from './cidr';
import { allowMirrors } from './node-egress';
import { SecurityGroup } from './security-group';

export interface ClusterFirewallProps {
  /** Without settings, only what roles expose whatever a plan says is open. */
  readonly plan: Pick<ClusterPlan, 'name' | 'groups'> & Partial<Pick<ClusterPlan, 'settings'>>;
}

/**
 * The security groups of a cluster, one for each node group: what the roles expose to each other is open between
 * groups, and nothing else. The number of rules grows with roles and groups, never with nodes. One more group, of all
 * nodes, is for the package mirrors.
 */
export class ClusterFirewall extends Construct {
  /**
   * By its rules nodes reach package mirrors. Where the plan does not let them always, it has none here: `configure` adds
   * some for as long as it installs, of which Terraform knows nothing. It is there and worn whatever the plan says, so
   * that another word in the plan changes rules alone.
   */
  readonly mirrors: SecurityGroup;
  private readonly groups: ReadonlyMap<string, SecurityGroup>;

  constructor(scope: Construct, id: string, { plan }: ClusterFirewallProps) {
    super(scope, id);
    this.groups = new Map(plan.groups.map((group) => [group.name, this.addGroup(plan, group)]));
    for (const to of plan.groups) {
      for (const from of plan.groups) this.open(from, to, plan.settings);
      this.openToPublic(to);
    }
    this.mirrors = new SecurityGroup(this, MIRRORS, {
      name: mirrorsGroupName(plan),
      description: `Package mirrors, for all nodes of ${plan.name}`,
    });
    if (plan.settings?.egress === 'open') allowMirrors(this.mirrors.connections);
  }

  /** @throws {Error} when the plan has no such node group */
  findGroup(name: string): SecurityGroup {
    const group = this.groups.get(name);
    if (group) return group;
    throw new Error(`no node group "${name}": there are ${[...this.groups.keys()].join(', ')}`);
  }

  private addGroup(plan: ClusterFirewallProps['plan'], group: NodeGroupPlan): SecurityGroup {
    return new SecurityGroup(this, group.name, {
      name: groupPrefix(plan, group),
      description: `Nodes ${group.name} of ${plan.name}`,
      exposes: Traffic.exposedBy(group.roles, plan.settings),
    });
  }

  private open(from: NodeGroupPlan, to: NodeGroupPlan, settings: Settings | undefined): void {
    for (const { traffic, reasons } of groupFlows(from, to, settings)) {
      const description = `${traffic}: ${reasons.join('; ')}`;
      this.findGroup(to.name).connections.allowFrom(this.findGroup(from.name), traffic, { description });
    }
  }

  private openToPublic({ name, publicPorts = [] }: NodeGroupPlan): void {
    for (const { port, from } of publicPorts) {
      for (const range of from.map(Cidr.of)) {
        const description = `port ${port} is public to ${range.label}`;
        this.findGroup(name).connections.allowFrom(range, port, { description });
      }
    }
  }
}
