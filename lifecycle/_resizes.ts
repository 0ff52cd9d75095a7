import { hostName, plannedNodes } from '../plan/cluster-plan';
import { scalableGroup } from '../plan/edit-environment';
import type { ClusterEnvironment } from '../plan/load-environments';
import { UsageError } from './errors';

/** How many nodes a group is to have. */
export interface Resize {
  /** As the environment's file calls it, e.g. `workers`. */
  readonly word: string;
  readonly group: string;
  readonly count: number;
}

export interface WantedSizes {
  /** By word. @default {} */
  readonly sizes?: Readonly<Record<string, number>>;
  /** Names of nodes that go. @default [] */
  readonly remove?: readonly string[];
}

/** @throws {UsageError} for a size or a node that can't be */
export function wantedSizes(
  environment: ClusterEnvironment,
  { sizes = {}, remove = [] }: WantedSizes,
): readonly Resize[] {
  const given = Object.entries(sizes).map(([word, count]) => ({
    word,
    count,
    group: scalableGroup(environment, word).group,
  }));
  const twice = given.find(({ group }, index) => given.findIndex((other) => other.group === group) !== index);
  if (twice) throw new UsageError(`the number of group ${twice.group} is given twice`);
  const named = [...groupsOf(environment, remove)].filter(([group]) => !given.some((resize) => resize.group === group));
  const byName = named.map(([group, numbers]) => {
    const { numbers: all } = environment.plan.groups.find((each) => each.name === group)!;
    return { word: wordOf(environment, group), group, count: all.length - numbers.length };
  });
  for (const { word, count } of [...given, ...byName]) {
    if (!Number.isInteger(count) || count < 1)
      throw new UsageError(
        `${environment.name} can't have ${count} ${word}: at least 1 has to stay (all of it goes with "firesteel plan ${environment.name} --to destroy" and "firesteel down ${environment.name}")`,
      );
  }
  return [...given, ...byName];
}

/** @throws {UsageError} for a node whose group has a fixed number */
function wordOf({ name, scalable }: ClusterEnvironment, group: string): string {
  const [word] = Object.entries(scalable).find(([, each]) => each.group === group) ?? [];
  if (word !== undefined) return word;
  throw new UsageError(`the nodes of group ${group} of ${name} can't be taken away one by one`);
}

/** Numbers of the named nodes by their group. @throws {UsageError} */
export function groupsOf(
  { name, plan }: ClusterEnvironment,
  nodes: readonly string[],
): ReadonlyMap<string, readonly number[]> {
  const found = new Map<string, number[]>();
  const all = plannedNodes(plan);
  const wanted = nodes.map((wantedName) => {
    const node = all.find((each) => each.name === wantedName || hostName(plan, each.name) === wantedName);
    if (node) return node;
    throw new UsageError(`${name} has no node "${wantedName}": it has ${all.map((each) => each.name).join(', ')}`);
  });
  for (const { group, number } of new Set(wanted)) found.set(group.name, [...(found.get(group.name) ?? []), number]);
  return found;
}

/** As the command line takes them. */
export function describeSizes(resizes: readonly Resize[]): string {
  return resizes.map(({ word, count }) => `${word}=${count}`).join(' ');
}
