import type { Change } from '../operations/operation';

/** Changes that are made by one script. */
export interface ChangeStep {
  /** Position of the first of them among all. */
  readonly first: number;
  readonly count: number;
  readonly script: string;
  /** It installs from package mirrors. */
  readonly mirrors: boolean;
}

export interface ChangeStepsOptions {
  /** Leaves out all before this one, and makes none from there on together with others. @default - all, as it is cheapest */
  readonly singlyFrom?: number;
}

/** The scripts that make the changes, in the order given; those that can be made together are one. */
export function changeSteps(
  changes: readonly Pick<Change, 'script' | 'joint' | 'mirrors'>[],
  { singlyFrom }: ChangeStepsOptions = {},
): readonly ChangeStep[] {
  const steps: ChangeStep[] = [];
  for (let first = singlyFrom ?? 0; first < changes.length; first += steps.at(-1)!.count) {
    const { script, joint, mirrors = false } = changes[first]!;
    const other = changes.findIndex((change, index) => index > first && change.joint?.by !== joint?.by);
    const together = changes.slice(first, other < 0 ? undefined : other);
    if (!joint || together.length === 1 || singlyFrom !== undefined) steps.push({ first, count: 1, script, mirrors });
    else {
      const items = together.map((change) => change.joint!.item);
      steps.push({ first, count: together.length, script: joint.by.script(items), mirrors });
    }
  }
  return steps;
}
