import type { NodeContext, NodeInfo } from '../role';
import { REPLICATION_LOGIN } from './_logins';
import { POSTGRESQL_PORT } from './_paths';
import { POSTGRESQL_REPLICATOR } from './_settings';

const NAME = 'postgresql';
const OURS = 'firesteel_';

/** The first node of the role in the plan's order; the others follow it. */
export function primaryOf({ nodesWith }: NodeContext): NodeInfo {
  return nodesWith(NAME)[0]!;
}

export function isPrimary(context: NodeContext): boolean {
  return primaryOf(context).name === context.node.name;
}

export function standbysOf({ nodesWith }: NodeContext): readonly NodeInfo[] {
  return nodesWith(NAME).slice(1);
}

/** Name of a node's slot on the primary, and what it calls itself there. Slots of other names are not ours to drop. */
export function slotOf({ name }: NodeInfo): string {
  return `${OURS}${name.replaceAll('-', '_')}`;
}

export function isOurSlot(slot: string): boolean {
  return slot.startsWith(OURS);
}

/**
 * How a standby reaches the primary. The primary's certificate is its own work; that it is the primary's is shown by SCRAM,
 * in which both sides prove that they know the secret, bound to that certificate.
 */
export function primaryConninfo(context: NodeContext): string {
  return [
    ...[`host=${primaryOf(context).address}`, `port=${POSTGRESQL_PORT}`, `user=${POSTGRESQL_REPLICATOR}`],
    ...[`passfile=${REPLICATION_LOGIN}`, 'sslmode=require', 'channel_binding=require', 'connect_timeout=5'],
    `application_name=${slotOf(context.node)}`,
  ].join(' ');
}
