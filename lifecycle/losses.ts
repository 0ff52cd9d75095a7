import { RefusedError } from './errors';
import type { PlannedChange } from './planned-changes';
import { isHarmless, noun } from './resource-nouns';

/**
 * What the changes would destroy, in words. A server that was never finished (tainted) holds nothing, unless it is
 * one of `known`.
 * @param known ids of servers that have been configured
 */
export function losses(changes: readonly PlannedChange[], known: ReadonlySet<string> = new Set()): string[] {
  return changes.flatMap((change) => {
    const loss = lossOf(change, known);
    return loss === undefined ? [] : [`${noun(change.type)} ${change.name} ${loss}`];
  });
}

/** @throws {RefusedError} when something would be lost */
export function refuseLosses(
  environment: string,
  changes: readonly PlannedChange[],
  known?: ReadonlySet<string>,
): void {
  const lost = losses(changes, known);
  if (lost.length === 0) return;
  throw new RefusedError(
    `refused: the plan of ${environment} differs from what is deployed in a way that destroys; nothing was changed. ` +
      `Take the change back in the environment's file, or review it with "firesteel plan ${environment} --to update" and then ` +
      `apply exactly that with "firesteel update ${environment}". It would lose:`,
    lost,
  );
}

function lossOf(change: PlannedChange, known: ReadonlySet<string>): string | undefined {
  if (isHarmless(change.type)) return undefined;
  const because = change.attributes.length > 0 ? ` (${change.attributes.join(', ')})` : '';
  if (change.action === 'delete') return 'would be deleted';
  if (change.action === 'replace' && !neverFinished(change, known)) return `would be deleted and made anew${because}`;
  if (wipesDisk(change)) return `would be rebuilt from another image, which wipes its disk${because}`;
  return undefined;
}

function neverFinished(change: PlannedChange, known: ReadonlySet<string>): boolean {
  return change.reason === 'replace_because_tainted' && !(change.id !== undefined && known.has(change.id));
}

/** Since 2.0 the provider rebuilds a server in place when its image changes. */
function wipesDisk(change: PlannedChange): boolean {
  const image = change.attributes.some((attribute) => attribute === 'image_id' || attribute === 'image_name');
  return change.action === 'update' && change.type === 'openstack_compute_instance_v2' && image;
}
