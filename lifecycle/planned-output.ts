import { CLUSTER_OUTPUT, type ClusterOutput, clusterOutputSchema } from '../plan/cluster-output';
import { type PlannedOutput, UNKNOWN } from './planned-changes';
import type { StackPlan } from './terraform';
import type { TerraformState } from './terraform-state';

/** A cluster as it will be once a plan is carried out. */
export interface PlannedCluster {
  /** What can't be known before is `(known after apply)`. */
  readonly output: ClusterOutput;
  /** Names of the nodes whose servers are made, or made anew. */
  readonly bare: ReadonlySet<string>;
}

/** undefined where the stack has no nodes, before and after. */
export function plannedCluster({ outputs }: StackPlan, state: TerraformState): PlannedCluster | undefined {
  const planned = outputs[CLUSTER_OUTPUT];
  const value = planned ? filledIn(planned.after, planned.unknown) : state.outputs[CLUSTER_OUTPUT]?.value;
  if (value === undefined || value === null) return undefined;
  const output = clusterOutputSchema.parse(value);
  const bare = output.nodes.filter(({ serverId }) => serverId === UNKNOWN).map(({ name }) => name);
  return { output, bare: new Set(bare) };
}

/** @param unknown of the shape of the value, with `true` for whatever nobody knows yet */
function filledIn(after: unknown, unknown: PlannedOutput['unknown']): unknown {
  if (unknown === true) return UNKNOWN;
  if (Array.isArray(unknown) || Array.isArray(after)) {
    const values = (after ?? []) as readonly unknown[];
    const marks = (Array.isArray(unknown) ? unknown : []) as readonly unknown[];
    return Array.from({ length: Math.max(values.length, marks.length) }, (_, index) =>
      filledIn(values[index], marks[index]),
    );
  }
  if (!isObject(after) && !isObject(unknown)) return after;
  const values = isObject(after) ? after : {};
  const marks = isObject(unknown) ? unknown : {};
  return Object.fromEntries(
    [...new Set([...Object.keys(values), ...Object.keys(marks)])].map((key) => [
      key,
      filledIn(values[key], marks[key]),
    ]),
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
