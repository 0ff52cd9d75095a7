import type { DeployedNode } from '../plan/cluster-output';
import type { Deployed } from './deployed';
import { selectReachable } from './selection';
import { MASTER, mastersOf } from './summary';

/**
 * The nodes that a user may go to: the one that is named, else the masters, of which one serves as well as another; where
 * there are none, the first node.
 * @throws {UsageError} for a node that there isn't, or when they are off
 */
export function entryNodes(deployed: Deployed, named?: string): readonly DeployedNode[] {
  if (named !== undefined) return selectReachable(deployed, { on: [named] }).nodes;
  if (mastersOf(deployed).length > 0) return selectReachable(deployed, { roles: [MASTER] }).nodes;
  return selectReachable(deployed, {}).nodes.slice(0, 1);
}
