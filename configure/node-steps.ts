import type { Operation } from '../operations/operation';
import { ARTIFACT_DIR, type Artifact, type InstallContext, type NodeContext, type Role } from '../roles/role';
import type { Member } from './context';
import type { DueChange } from './converge';
import type { ProbedRole } from './probes';

/** What one node is to become, in the order in which it becomes it. */
export interface NodeSteps {
  /** Install and configure of all its roles, and the start of those that wait for no other. */
  readonly first: readonly Operation[];
  /** The roles that are healthy some time after `first`. */
  readonly started: readonly ProbedRole[];
  /** Starts that wait for other roles, the earlier ones first. */
  readonly later: readonly LaterStart[];
}

export interface LaterStart {
  /** Names of the roles that must be healthy in the node's region, or where that has none, in the others. */
  readonly after: readonly string[];
  /** Names of those that must be healthy in all regions. */
  readonly afterEverywhere: readonly string[];
  readonly operations: readonly Operation[];
  readonly started: readonly ProbedRole[];
}

/**
 * A node whose services rest has no later starts, and is asked for the health of those roles only that have none.
 * @param waves the cluster's roles in the order of their start
 * @throws {Error} when two roles say different things about the same
 */
export function nodeSteps(
  context: NodeContext,
  { roles, rest }: Pick<Member, 'roles' | 'rest'>,
  waves: readonly (readonly Role[])[],
): NodeSteps {
  const once = new Once();
  const mine = waves.map((wave) => roles.filter(({ name }) => wave.some((role) => role.name === name)));
  const made = [...installOperations(context, roles), ...roles.flatMap((role) => role.configure?.(context) ?? [])];
  if (rest) {
    const stops = [...mine].reverse().flatMap((wave) => atRest(wave, context));
    return { first: once.only([...made, ...stops]), started: probed(roles.filter(isNoService), context), later: [] };
  }
  const starts = (wave: readonly Role[]): Operation[] => wave.flatMap((role) => role.start?.(context) ?? []);
  const [now = [], ...others] = mine;
  const first = once.only([...made, ...starts(now)]);
  const later = others
    .filter((wave) => wave.length > 0)
    .map((wave) => ({
      after: awaitedBy(wave.filter(({ everywhere = false }) => !everywhere)),
      afterEverywhere: awaitedBy(wave.filter(({ everywhere = false }) => everywhere)),
      operations: once.only(starts(wave)),
      started: probed(wave, context),
    }));
  return { first, started: probed(now, context), later };
}

function awaitedBy(roles: readonly Role[]): readonly string[] {
  return [...new Set(roles.flatMap(({ after = [] }) => after))];
}

/** What the services of the roles are when they rest, the last that starts first. */
export function atRest(roles: readonly Role[], context: NodeContext): readonly Operation[] {
  return roles
    .flatMap((role) => (role.start?.(context) ?? []).flatMap((operation) => operation.atRest ?? []))
    .reverse();
}

/** It is there, whether services run or not. */
export function isNoService({ start }: Role): boolean {
  return start === undefined;
}

/** All that is stated about a node, in the order in which it is brought about. */
export function allOperations({ first, later }: NodeSteps): readonly Operation[] {
  return [...first, ...later.flatMap(({ operations }) => operations)];
}

/** What can be installed before anything is known of the cluster. */
export function installOperations(context: InstallContext, roles: readonly Role[]): readonly Operation[] {
  return new Once().only(roles.flatMap((role) => role.install?.(context) ?? []));
}

/** Every artifact that some of the roles want, each once. */
export function wantedArtifacts(context: InstallContext, roles: readonly Role[]): readonly Artifact[] {
  const artifacts = roles.flatMap((role) => role.artifacts?.(context.settings) ?? []);
  return [...new Map(artifacts.map((artifact) => [artifact.fileName, artifact])).values()];
}

/** The changes that come before the first which needs an artifact: they can be made while it is on its way. */
export function beforeArtifacts(changes: readonly DueChange[]): readonly DueChange[] {
  const end = changes.findIndex(({ script }) => script.includes(ARTIFACT_DIR));
  return end < 0 ? changes : changes.slice(0, end);
}

export function probed(roles: readonly Role[], context: NodeContext): readonly ProbedRole[] {
  return roles.map((role) => ({ role: role.name, probes: role.health?.(context) ?? [] }));
}

/** Roles on one node may state the same thing; it is done once. */
class Once {
  readonly #seen = new Map<string, Operation>();

  only(operations: readonly Operation[]): readonly Operation[] {
    return operations.filter((operation) => {
      const key = `${operation.kind} ${operation.name}`;
      const earlier = this.#seen.get(key);
      if (earlier && scripts(earlier) !== scripts(operation)) {
        throw new Error(`two roles of the node say different things about ${key}`);
      }
      this.#seen.set(key, operation);
      return !earlier;
    });
  }
}

function scripts(operation: Operation): string {
  return JSON.stringify(operation.changes(operation.fact.bare).map(({ script }) => script));
}
