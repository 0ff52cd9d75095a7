import type { DeployedNode } from '../plan/cluster-output';
import { nodesOff } from '../plan/cluster-plan';
import { nodeRanges } from '../plan/node-ranges';
import { among } from './_among';
import type { Deployed } from './deployed';
import { UsageError } from './errors';

/** Which nodes of a cluster are meant. Of several conditions a node has to fit all; without any, all nodes are meant. */
export interface Selection {
  /** Names of nodes. */
  readonly on?: readonly string[];
  /** Names of groups, e.g. `worker`. */
  readonly groups?: readonly string[];
  /** Names of roles, e.g. `spark-worker`. */
  readonly roles?: readonly string[];
}

/** @throws {UsageError} for every name that there isn't, or when no node is left */
export function selectNodes({ output }: Pick<Deployed, 'output'>, selection: Selection): readonly DeployedNode[] {
  const { environment, nodes } = output;
  const { on, groups, roles } = selection;
  const problems = [
    ...unknown(
      'node',
      on,
      nodes.flatMap(({ name, hostname }) => [name, hostname]),
      nodes.map(({ name }) => name),
    ),
    ...unknown(
      'group',
      groups,
      nodes.map(({ group }) => group),
    ),
    ...unknown(
      'role',
      roles,
      nodes.flatMap((node) => node.roles),
    ),
  ];
  if (problems.length > 0)
    throw new UsageError(problems.map((problem) => `${environment} has no ${problem}`).join('\n'));
  const selected = nodes.filter(
    (node) =>
      (!on || on.includes(node.name) || on.includes(node.hostname)) &&
      (!groups || groups.includes(node.group)) &&
      (!roles || node.roles.some((role) => roles.includes(role))),
  );
  if (selected.length > 0) return selected;
  throw new UsageError(`no node of ${environment} fits all that was asked for: ${describe(selection)}`);
}

/** What a run on nodes is to be told; a name may be that of the host. @throws {UsageError} for every name that there isn't */
export function namedNodes(
  deployed: Pick<Deployed, 'output'>,
  on: readonly string[] | undefined,
): { readonly onlyNodes?: readonly string[] } {
  return on ? { onlyNodes: selectNodes(deployed, { on }).map(({ name }) => name) } : {};
}

/** Selected nodes, without those whose servers are to be off. */
export interface Reachable {
  readonly nodes: readonly DeployedNode[];
  /** Names of those that were left out. */
  readonly off: readonly string[];
}

/**
 * As `selectNodes`, without the nodes whose servers are to be off.
 * @throws {UsageError} also when one of them is asked for by its name, or no other is left
 */
export function selectReachable(deployed: Pick<Deployed, 'output' | 'plan'>, selection: Selection): Reachable {
  const selected = selectNodes(deployed, selection);
  const resting = nodesOff(deployed.plan);
  const nodes = selected.filter(({ name }) => !resting.has(name));
  const off = selected.filter((node) => !nodes.includes(node)).map(({ name }) => name);
  if (off.length > 0 && (selection.on || nodes.length === 0)) throw new UsageError(offText(deployed, off));
  return { nodes, off };
}

function offText({ output: { environment, nodes } }: Pick<Deployed, 'output'>, off: readonly string[]): string {
  const start = ['firesteel start', environment, ...(off.length < nodes.length ? off : [])].join(' ');
  const [are, them] = off.length === 1 ? ['is', 'it'] : ['are', 'them'];
  return `${nodeRanges(off)} of ${environment} ${are} off: "${start}" starts ${them}`;
}

function unknown(
  noun: string,
  asked: readonly string[] | undefined,
  allowed: readonly string[],
  shown = allowed,
): readonly string[] {
  const names = [...new Set(shown)];
  return (asked ?? [])
    .filter((name) => !allowed.includes(name))
    .map((name) => `${noun} "${name}"${among(name, names, 'it has')}`);
}

function describe({ on, groups, roles }: Selection): string {
  const parts = Object.entries({ node: on, group: groups, role: roles });
  return parts.flatMap(([noun, names]) => (names ? [`${noun} ${names.join(' or ')}`] : [])).join(', ');
}
