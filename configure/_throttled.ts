/** Calls `tell` at most every so many milliseconds; what comes between is left out. */
export function throttled<A extends unknown[]>(tell: (...values: A) => void, everyMs = 500): (...values: A) => void {
  let last = 0;
  return (...values) => {
    const now = Date.now();
    if (now - last < everyMs) return;
    last = now;
    tell(...values);
  };
}
