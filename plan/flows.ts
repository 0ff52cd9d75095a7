import { portsOf } from '../roles/ports';
import type { Settings } from '../roles/settings';
import { Traffic } from '../roles/traffic';
import type { NodeGroupPlan } from './cluster-plan';

/** What nodes of one group may say to those of another. */
export interface Flow {
  readonly traffic: Traffic;
  /** e.g. `spark-worker to spark-master rpc`. */
  readonly reasons: readonly string[];
}

/**
 * What the roles of one group ask of those of another, which is perhaps in another region. Ports that touch are one flow: the provider removes the rules of a
 * group one after another, and takes about five seconds for each.
 */
export function groupFlows(from: NodeGroupPlan, to: NodeGroupPlan, settings?: Settings): readonly Flow[] {
  // What a node says to itself never leaves it.
  if (from === to && to.numbers.length === 1) return [];
  const across = from.region !== to.region;
  const asked = to.roles.flatMap((role) =>
    portsOf(role, settings).flatMap((port) => {
      const clients = across ? (port.across ?? []) : port.from;
      const peers = from.roles.filter(({ name }) => clients.includes(name));
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
