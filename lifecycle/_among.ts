import { closest } from 'fastest-levenshtein';

/**
 * For who asked for a name that is not among these: the nearest, and all of them.
 * @param there what is said before them
 */
export function among(name: string, names: readonly string[], there = 'there are'): string {
  if (names.length === 0) return ': there is none';
  return ` (did you mean "${closest(name, names)}"?): ${there} ${names.join(', ')}`;
}
