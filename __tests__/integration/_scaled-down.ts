/** A big plan as this machine can hold it. */
export interface ScaledDown {
  readonly text: string;
  /** What of the plan is another here, a line each. */
  readonly substitutions: readonly string[];
}

/** One node of each group; no Cinder volumes, which the sandbox has not; no swap, which its kernel gives to no guest. */
export function scaledDown(text: string): ScaledDown {
  const substitutions: string[] = [];
  const lines = text.split('\n').flatMap((line) => {
    const [, count] = /^(\s+count: )\d+$/.exec(line) ?? [];
    const leftOut = /^\s+(volumes|swap|root):/.test(line);
    if (count === undefined && !leftOut) return [line];
    substitutions.push(`${line.trim()} → ${count === undefined ? 'left out' : 'count: 1'}`);
    return count === undefined ? [] : [`${count}1`];
  });
  return { text: lines.join('\n'), substitutions };
}
