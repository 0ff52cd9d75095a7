import type { RegionState } from '../roles/galera/promotion';
import { RefusedError } from './errors';

type Position = RegionState['position'];

/** How one region takes over from another. */
export interface Handover {
  /** What only the former one has is given up, because it can't hand over. */
  readonly loses: boolean;
  /** What it means, for who has to agree. */
  readonly text: string;
}

/**
 * How a region takes over from the one that takes writes.
 * @param states of the servers that answer, by region
 * @throws {RefusedError} where it can't yet, or should not
 */
export function handover(
  states: ReadonlyMap<string, readonly RegionState[]>,
  former: string,
  region: string,
): Handover {
  const chosen = states.get(region) ?? [];
  const diverged = chosen.find(({ phase }) => phase === 'diverged');
  if (diverged) throw new RefusedError(`${region} can't take over: ${diverged.problem}`);
  if (states.get(former)?.some(({ writes }) => writes)) {
    const problem = chosen.find((state) => state.problem !== null)?.problem;
    if (problem) throw new RefusedError(`${region} can't take over without a loss yet: ${problem}`);
    return {
      loses: false,
      text: `${former} takes no writes any more, then ${region} does; what writes meanwhile fails.`,
    };
  }
  const further = [...states.keys()]
    .filter((other) => other !== region && other !== former)
    .find((other) => aheadOf(furthest(states.get(other)!), furthest(chosen)) > 0);
  if (further !== undefined)
    throw new RefusedError(`${further} has transactions that ${region} does not have: promote that one`);
  return { loses: true, text: howFar({ region, former, chosen }) };
}

/** What the servers of a region have, all together. */
function furthest(states: readonly Pick<RegionState, 'position'>[]): Position {
  const most: Record<string, number> = {};
  for (const [domain, last] of states.flatMap(({ position }) => Object.entries(position)))
    most[domain] = Math.max(last, most[domain] ?? 0);
  return most;
}

/** How many transactions are in `one` that are not in `other`. */
function aheadOf(one: Position, other: Position): number {
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
function howFar(about: {
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
