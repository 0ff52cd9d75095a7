import type { Event } from '../../lifecycle/events';
import { duration } from '../progress/listener';
import { table } from '../table';

/** One line for each, the newest last. */
export function describeEvents(environment: string, events: readonly Event[]): string {
  if (events.length === 0) return `${environment}: nothing has been done yet`;
  const rows = events.map(({ at, verb, outcome, seconds, by, detail, error }) => [
    `${at.slice(0, 19)}Z`,
    verb,
    outcome === 'cut off' ? 'was cut off' : outcome,
    seconds === undefined ? '' : duration(seconds),
    by,
    [detail, error].filter(Boolean).join(': '),
  ]);
  return table(['WHEN', 'WHAT', 'OUTCOME', 'TOOK', 'BY', ''], rows);
}
