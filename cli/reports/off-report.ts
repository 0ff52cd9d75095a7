import { nodeRanges } from '../../plan/node-ranges';

/** The nodes that nothing was done on, because their servers are off on purpose; no line where there are none. */
export function describeOff(off: readonly string[]): readonly string[] {
  if (off.length === 0) return [];
  return [`- ${nodeRanges(off)}: ${off.length === 1 ? 'rests' : 'rest'}, left out (the server is off)`];
}
