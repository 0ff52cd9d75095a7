import type { DeployedNode } from '../plan/cluster-output';

/** How a node is reached. */
export interface Way {
  readonly host: string;
  /** The node whose connection carries ours; undefined = directly. */
  readonly through?: DeployedNode;
}

/** Role of the nodes that others are reached through. */
const BASTION_ROLE = 'bastion';

/**
 * A node with a floating IP is reached directly; any other through the first node that is a bastion and has one; where
 * there is none, by its fixed address.
 */
export function wayTo(node: DeployedNode, nodes: readonly DeployedNode[]): Way {
  if (node.floatingIp) return { host: node.floatingIp };
  const [through] = bastionsOf(nodes);
  return through ? { host: node.address, through } : { host: node.address };
}

/** The nodes that others can be reached through, one as well as the other. */
export function bastionsOf(nodes: readonly DeployedNode[]): readonly DeployedNode[] {
  return nodes.filter(({ floatingIp, roles }) => floatingIp && roles.includes(BASTION_ROLE));
}

/** For people, e.g. `10.0.0.7 through master-0`. */
export function describeWay({ host, through }: Way): string {
  return through ? `${host} through ${through.name}` : host;
}
