import { type NodeLoad, nodeLoads } from '../configure/drain';
import { nodeName, restOf } from '../plan/cluster-plan';
import type { NodeOfGroup } from './_other-changes';
import { PATIENCE } from './_patience';
import { groupsOf, type Resize } from './_resizes';
import type { Deployed } from './deployed';
import { UsageError } from './errors';
import { onNodes } from './node-work';
import type { Workspace } from './workspace';

/** Nodes of a group that go. */
export interface Leaving extends Resize {
  readonly numbers: readonly number[];
}

export interface LeavingOptions {
  /** Names of nodes that go. @default [] */
  readonly remove?: readonly string[];
  /** Numbers by group that a run which was cut off had chosen. */
  readonly earlier: Readonly<Record<string, readonly number[]>>;
  /** A node that can't be asked what it does goes first, not last. @default false */
  readonly allowUnreachable?: boolean;
}

/**
 * Which nodes go where there are to be fewer: those that are named, those that an earlier run had chosen, and then the
 * ones with the least to do.
 * @throws {UsageError} when more are named than are to go
 */
export async function chooseLeaving(
  workspace: Workspace,
  deployed: Deployed,
  resizes: readonly Resize[],
  { remove = [], earlier, allowUnreachable = false }: LeavingOptions,
): Promise<readonly Leaving[]> {
  const { environment } = deployed;
  const named = groupsOf(environment, remove);
  const chosen: Leaving[] = [];
  for (const resize of resizes) {
    const group = environment.plan.groups.find(({ name }) => name === resize.group)!;
    const count = group.numbers.length - resize.count;
    const byName = named.get(group.name) ?? [];
    if (byName.length > Math.max(count, 0)) {
      throw new UsageError(
        `${byName.length} nodes of group ${group.name} are named to go, but ${resize.word}=${resize.count} takes ${Math.max(count, 0)} away: of ${group.numbers.length} there would stay ${group.numbers.length - byName.length}`,
      );
    }
    if (count <= 0) continue;
    const first = [...byName, ...(earlier[group.name] ?? []).filter((number) => group.numbers.includes(number))];
    const wanted = [...new Set(first)].slice(0, Math.max(count, byName.length));
    const others = group.numbers.filter((number) => !wanted.includes(number));
    const rest = count - wanted.length;
    const idle = rest > 0 ? await idlest(workspace, deployed, resize, others, allowUnreachable) : [];
    chosen.push({ ...resize, numbers: [...wanted, ...idle.slice(0, rest)].sort((a, b) => a - b) });
  }
  return chosen;
}

/** Those that rest, then those with the least work, then the newest; whoever can't be asked may be at work. */
async function idlest(
  workspace: Workspace,
  deployed: Deployed,
  { group: name }: Resize,
  numbers: readonly number[],
  allowUnreachable: boolean,
): Promise<readonly number[]> {
  const group = deployed.plan.groups.find((each) => each.name === name)!;
  const names = new Map(numbers.map((number) => [nodeName(group, number), number]));
  const there = deployed.output.nodes.map((node) => node.name).filter((node) => names.has(node));
  const loads = await onNodes(workspace, deployed, (run) => nodeLoads({ ...run, onlyNodes: there }), {
    timeouts: PATIENCE,
  });
  const work = ({ load }: NodeLoad): number => load ?? (allowUnreachable ? -1 : Number.POSITIVE_INFINITY);
  const weight = new Map(loads.map((load) => [names.get(load.name)!, work(load)]));
  const of = (number: number): number => (restOf(group, number) ? -2 : (weight.get(number) ?? -3));
  return [...numbers].sort((a, b) => of(a) - of(b) || b - a);
}

/** By their group's numbers. */
export function nodesOf(numbers: Readonly<Record<string, readonly number[]>>): readonly NodeOfGroup[] {
  return Object.entries(numbers).flatMap(([group, all]) =>
    all.map((number) => ({ group, node: nodeName({ name: group }, number) })),
  );
}

/** Their names alone. */
export function namesOf(numbers: Readonly<Record<string, readonly number[]>>): readonly string[] {
  return nodesOf(numbers).map(({ node }) => node);
}

export function numbersOf(leaving: readonly Leaving[]): Readonly<Record<string, readonly number[]>> {
  return Object.fromEntries(leaving.map(({ group, numbers }) => [group, numbers]));
}
