import type { RegionState } from '../roles/galera/promotion';

type Position = RegionState['position'];

/** What the servers of a region have, all together. */
export function furthest(states: readonly Pick<RegionState, 'position'>[]): Position {
  const most: Record<string, number> = {};
  for (const [domain, last] of states.flatMap(({ position }) => Object.entries(position)))
    most[domain] = Math.max(last, most[domain] ?? 0);
  return most;
}

/** How many transactions are in `one` that are not in `other`. */
export function aheadOf(one: Position, other: Position): number {
  return Object.entries(one)
    .map(([domain, last]) => Math.max(0, last - (other[domain] ?? 0)))
    .reduce((sum, count) => sum + count, 0);
}

/** As the database writes it: `1-1-105, 2-2-7`. */
function spelled(position: Position): string {
  const numbers = Object.entries(position).map(([domain, last]) => `${domain}-${domain}-${last}`);
  return numbers.join(', ') || 'none';
}

/** What is known of what would be lost. */
export function howFar(about: {
  readonly region: string;
  readonly former: string;
  /** How the servers of the region stand. */
  readonly chosen: readonly RegionState[];
}): string {
  const { region, former, chosen } = about;
  const has = furthest(chosen);
  const [last] = chosen
    .flatMap(({ lead }) => (lead?.region === former ? [lead] : []))
    .sort((one, other) => other.heard - one.heard);
  const head = `${former} takes no writes, or does not answer. ${region} has its transactions up to ${spelled(has)}; later ones are lost.`;
  if (!last) return `${head} How many there are is not known.`;
  const missing = aheadOf(last.position, has);
  const known = missing === 0 ? 'nothing more' : `${missing} ${missing === 1 ? 'transaction' : 'transactions'} more`;
  return `${head} When it was last heard of, at ${new Date(last.heard * 1000).toISOString()}, it had ${known}.`;
}
