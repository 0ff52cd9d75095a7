import { distance } from 'fastest-levenshtein';

/** The known name that was probably meant, or undefined where none is near. */
export function suggest(name: string, known: readonly string[]): string | undefined {
  const wanted = name.toLowerCase();
  const limit = Math.max(2, Math.floor(name.length / 3));
  const ranked = known
    .map((candidate) => ({ candidate, far: distance(wanted, candidate.toLowerCase()) }))
    .sort((a, b) => a.far - b.far);
  const nearest = ranked[0];
  if (nearest && nearest.far <= limit) return nearest.candidate;
  return known.find((candidate) => wanted.length >= 3 && candidate.toLowerCase().includes(wanted));
}

/** ` Did you mean "x"?`, or nothing. */
export function didYouMean(name: string, known: readonly string[]): string {
  const meant = suggest(name, known);
  return meant === undefined ? '' : ` Did you mean "${meant}"?`;
}

/** `a, b, c` of what exists, cut off where it gets long. */
export function listNames(names: readonly string[], atMost = 20): string {
  const sorted = [...new Set(names)].sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  if (sorted.length === 0) return 'none';
  const shown = sorted.slice(0, atMost).join(', ');
  return sorted.length > atMost ? `${shown}, … (${sorted.length - atMost} more)` : shown;
}
