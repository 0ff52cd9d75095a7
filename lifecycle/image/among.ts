import { closest } from 'fastest-levenshtein';

/** For who asked for a name that is not among these: the nearest, and all of them. */
export function among(name: string, names: readonly string[]): string {
  if (names.length === 0) return ': there is none';
  return ` (did you mean "${closest(name, names)}"?): there are ${names.join(', ')}`;
}
