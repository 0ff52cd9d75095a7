import { closest, distance } from 'fastest-levenshtein';

/** ` (did you mean "x"?)` where something near enough is allowed, else nothing. */
export function didYouMean(got: string, allowed: readonly string[]): string {
  if (allowed.length === 0) return '';
  const begun = allowed.filter((name) => got.length >= 3 && name.startsWith(got));
  const near = begun[0] ?? closest(got, allowed as string[]);
  const isNear = begun.length > 0 || distance(got, near) <= Math.max(2, Math.floor(got.length / 3));
  return isNear ? ` (did you mean "${near}"?)` : '';
}
