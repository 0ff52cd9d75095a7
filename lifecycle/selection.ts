import { closest } from 'fastest-levenshtein';
import type { DeployedNode } from '../plan/cluster-output';
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

function unknown(
  noun: string,
  asked: readonly string[] | undefined,
  allowed: readonly string[],
  shown = allowed,
): readonly string[] {
  const names = [...new Set(shown)];
  return (asked ?? [])
    .filter((name) => !allowed.includes(name))
    .map((name) => `${noun} "${name}" (did you mean "${closest(name, names)}"?): it has ${names.join(', ')}`);
}

function describe({ on, groups, roles }: Selection): string {
  const parts = Object.entries({ node: on, group: groups, role: roles });
  return parts.flatMap(([noun, names]) => (names ? [`${noun} ${names.join(' or ')}`] : [])).join(', ');
}
