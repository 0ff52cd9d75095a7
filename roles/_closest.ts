import { distance, closest as nearest } from 'fastest-levenshtein';

/** `; did you mean "spark-worker"?` where a name is near enough, else nothing. */
export function closest(name: string, names: readonly string[]): string {
  const candidate = nearest(name, names);
  return distance(name, candidate) <= Math.max(2, name.length / 3) ? `; did you mean "${candidate}"?` : '';
}
