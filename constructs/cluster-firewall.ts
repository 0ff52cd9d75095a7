import { Construct } from 'constructs';
import { type ClusterPlan, groupPrefix, type NodeGroupPlan } from '../plan/cluster-plan';
import { SecurityGroup } from './security-group';
import { Traffic } from './traffic';

export interface ClusterFirewallProps {
  readonly plan: Pick<ClusterPlan, 'name' | 'groups'>;
}

/**
 * The security groups of a cluster, one for each node group: what the roles expose to each other is open between
 * groups, and nothing else. The number of rules grows with roles and groups, never with nodes.
 */
export class ClusterFirewall extends Construct {
  private readonly groups: ReadonlyMap<string, SecurityGroup>;

  constructor(scope: Construct, id: string, { plan }: ClusterFirewallProps) {
    super(scope, id);
    this.groups = new Map(plan.groups.map((group) => [group.name, this.addGroup(plan.name, group)]));
    for (const to of plan.groups) {
      for (const from of plan.groups) this.open(from, to);
    }
  }

  /** @throws {Error} when the plan has no such node group */
  findGroup(name: string): SecurityGroup {
    const group = this.groups.get(name);
    if (group) return group;
    throw new Error(`no node group "${name}": there are ${[...this.groups.keys()].join(', ')}`);
  }

  private addGroup(environment: string, group: NodeGroupPlan): SecurityGroup {
    return new SecurityGroup(this, group.name, {
      name: groupPrefix({ name: environment }, group),
      description: `Nodes ${group.name} of ${environment}`,
      exposes: Traffic.exposedBy(group.roles),
    });
  }

  private open(from: NodeGroupPlan, to: NodeGroupPlan): void {
    for (const { traffic, reasons } of flows(from, to)) {
      const description = `${traffic}: ${reasons.join('; ')}`;
      this.findGroup(to.name).connections.allowFrom(this.findGroup(from.name), traffic, { description });
    }
  }
}

interface Flow {
  readonly traffic: Traffic;
  /** e.g. `spark-worker to spark-master rpc`. */
  readonly reasons: readonly string[];
}

/**
 * What the roles of one group ask of those of another. Ports that touch are one flow: the provider removes the rules of a
 * group one after another, and takes about five seconds for each.
 */
function flows(from: NodeGroupPlan, to: NodeGroupPlan): readonly Flow[] {
  // What a node says to itself never leaves it.
  if (from === to && to.numbers.length === 1) return [];
  const asked = to.roles.flatMap((role) =>
    role.exposes.flatMap((port) => {
      const peers = from.roles.filter(({ name }) => port.from.includes(name));
      return peers.map(
        (peer): Flow => ({ traffic: Traffic.of(port), reasons: [`${peer.name} to ${role.name} ${port.name}`] }),
      );
    }),
  );
  return Traffic.union(asked.map(({ traffic }) => traffic)).map((traffic) => ({
    traffic,
    reasons: asked.filter((flow) => traffic.covers(flow.traffic)).flatMap(({ reasons }) => reasons),
  }));
}
