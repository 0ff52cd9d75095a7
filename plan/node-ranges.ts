/** Consecutive numbers from which on a range reads better than a list. */
const RANGE = 3;

/** For people: `master-0, worker-0..worker-3`; the order is that of the names. */
export function nodeRanges(names: readonly string[]): string {
  const runs: string[][] = [];
  for (const name of names) {
    const run = runs.at(-1);
    if (run && follows(run.at(-1)!, name)) run.push(name);
    else runs.push([name]);
  }
  return runs.map((run) => (run.length < RANGE ? run.join(', ') : `${run[0]}..${run.at(-1)}`)).join(', ');
}

function follows(before: string, name: string): boolean {
  const [, group, number] = /^(.*-)(\d+)$/.exec(before) ?? [];
  return group !== undefined && name === `${group}${Number(number) + 1}`;
}
