import type { ClusterPlan } from '../plan/cluster-plan';
import { groupFlows } from '../plan/flows';
import { Cidr } from './cidr';
import type { NodeGroup } from './node-group';

/**
 * Opens what roles let in from other regions. A security group is known in its own region alone, so the other end is told
 * by the address that each of its nodes has outside: its floating one, or its fixed one where networks are joined. The
 * number of rules grows with the nodes of both ends.
 */
export function allowAcrossRegions(
  { groups, settings }: Pick<ClusterPlan, 'groups' | 'settings'>,
  made: ReadonlyMap<string, NodeGroup>,
): void {
  for (const to of groups) {
    for (const from of groups.filter(({ region }) => region !== to.region)) {
      const [there, here] = [made.get(from.name)!, made.get(to.name)!];
      for (const { traffic, reasons } of groupFlows(from, to, settings)) {
        const description = `${traffic}: ${reasons.join('; ')}`;
        for (const peer of addressesOf(there)) here.connections.allowFrom(peer, traffic, { description });
        for (const peer of addressesOf(here)) there.connections.allowTo(peer, traffic, { description });
      }
    }
  }
}

function addressesOf({ nodes }: NodeGroup): readonly Cidr[] {
  return nodes.map(({ hostname, server }) =>
    Cidr.named(hostname, `${server.floatingIp?.address ?? server.address}/32`),
  );
}
