import { RefusedError } from './errors';
import type { PlannedChange } from './planned-changes';
import { noun } from './resource-nouns';

/** What belongs to one node, and is named after it. */
const OF_NODES = new Set([
  'openstack_blockstorage_volume_v3',
  'openstack_compute_instance_v2',
  'openstack_networking_floatingip_v2',
  'openstack_networking_port_v2',
]);

export interface NodeOfGroup {
  readonly group: string;
  readonly node: string;
}

/**
 * A verb that is about some nodes changes no other one, whatever else the environment's file says by now.
 * @param nodes that it is about
 * @throws {RefusedError} naming what would be changed besides
 */
export function refuseOtherChanges(
  environment: string,
  changes: readonly PlannedChange[],
  nodes: readonly NodeOfGroup[],
): void {
  const others = changes.filter(
    ({ type, address, reason }) =>
      OF_NODES.has(type) &&
      reason !== 'replace_because_tainted' &&
      // The stack names what belongs to a node after its region, where there are several, the group and the node:
      // `TYPE.worker_worker-1_port_5B1E0A6C`.
      !nodes.some(({ group, node }) => `_${address.slice(type.length + 1)}`.includes(`_${group}_${node}_`)),
  );
  if (others.length === 0) return;
  throw new RefusedError(
    `refused: the file of ${environment} asks for more than that, which would change other nodes too; no server was touched. ` +
      `"firesteel plan ${environment} --to update" shows all of it, and "firesteel update ${environment}" does it:`,
    others.map(({ type, name, action, details }) => {
      const what = details.map(({ attribute }) => attribute).join(', ');
      return `${noun(type)} ${name} would be ${action === 'update' ? `changed (${what})` : `${action}d`}`;
    }),
  );
}
