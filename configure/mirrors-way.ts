import type { ClusterRun } from './cluster-run';
import type { DueChange } from './converge';
import { throughTunnel } from './mirrors-tunnel';
import type { Connection } from './transport';

/**
 * Makes changes of a node while what installs packages among them comes to their mirrors, the way that the plan says.
 * @param make gets the address of a proxy on the node, where the way leads through one
 */
export async function withMirrors<T>(
  connection: Connection,
  changes: readonly DueChange[],
  { options: { plan, mirrors, signal } }: ClusterRun,
  make: (mirrorsProxy?: string) => Promise<T>,
): Promise<T> {
  const { egress } = plan.settings;
  if (egress === 'open' || !changes.some((change) => change.mirrors)) return make();
  if (egress === 'none') return throughTunnel(connection, changes, make, { ...(signal && { signal }) });
  if (mirrors) return mirrors.whileOpen(make);
  throw new Error(
    `${connection.node} needs packages, and "egress: ${egress}" opens their mirrors through the API of the cloud, of which nothing is known here. ` +
      'Next: give configureCluster `mirrors: mirrorsDoor(plan)`, or let the plan say "egress: none" (packages come through SSH) or "egress: open".',
  );
}
