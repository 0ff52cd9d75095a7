import type { ClusterOutput, DeployedNode } from '../plan/cluster-output';
import { ConnectError } from './errors';

/** How a node is reached. */
export interface Way {
  readonly host: string;
  /** The node whose connection carries ours; undefined = directly. */
  readonly through?: DeployedNode;
}

/** Role of the nodes that others are reached through. */
const BASTION_ROLE = 'bastion';

/**
 * A node with a floating IP is reached directly; any other through a node that is a bastion and has one; where there is
 * none, by its fixed address.
 * @param through the bastion to take @default - the first
 */
export function wayTo(node: DeployedNode, nodes: readonly DeployedNode[], through = bastionsFor(node, nodes)[0]): Way {
  if (node.floatingIp) return { host: node.floatingIp };
  return through ? { host: node.address, through } : { host: node.address };
}

/** The nodes of its region that a node can be reached through, one as well as the other. */
export function bastionsFor(
  { region }: Pick<DeployedNode, 'region'>,
  nodes: readonly DeployedNode[],
): readonly DeployedNode[] {
  const near = nodes.filter((node) => node.region === region);
  return near.filter(({ floatingIp, roles }) => floatingIp && roles.includes(BASTION_ROLE));
}

/**
 * Those of them that a node without a floating IP can be reached through now.
 * @param off names of nodes whose servers are to be off
 * @throws {ConnectError} when that is so of all
 */
export function runningBastions(
  node: DeployedNode,
  { environment, nodes }: Pick<ClusterOutput, 'environment' | 'nodes'>,
  off: ReadonlySet<string> = new Set(),
): readonly DeployedNode[] {
  const bastions = bastionsFor(node, nodes);
  const running = bastions.filter(({ name }) => !off.has(name));
  if (running.length > 0 || bastions.length === 0) return running;
  const start = `"firesteel start ${environment} ${bastions[0]!.name}" starts it`;
  throw new ConnectError(node.name, `${node.name} is reached through ${namesOf(bastions)}, which is off: ${start}`);
}

/** For people, e.g. `master-0 or master-1`. */
export function namesOf(bastions: readonly DeployedNode[]): string {
  return bastions.map(({ name }) => name).join(' or ');
}

/** For people, e.g. `10.0.0.7 through master-0`. */
export function describeWay({ host, through }: Way): string {
  return through ? `${host} through ${through.name}` : host;
}
