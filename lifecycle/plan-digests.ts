import { roleDigests } from '../configure/role-digests';
import { jsonDigest } from '../plan/json-digest';
import type { ClusterReview } from './review';
import type { SavedPlan } from './saved-plan';
import type { SynthesizedStack } from './synth';
import type { Cluster } from './workspace';

export type PlanDigests = SavedPlan['digests'];

/** Digests of all that a plan is made from but the cloud and the nodes: SHA-256, hexadecimal. */
export function planDigests(stack: SynthesizedStack, cluster?: Cluster, review?: ClusterReview): PlanDigests {
  return {
    stack: jsonDigest(stack.config),
    plan: cluster ? Object.fromEntries(leaves(JSON.parse(JSON.stringify(cluster.plan)))) : {},
    roles: review ? roleDigests(review.plan, review.output) : {},
  };
}

/** What has changed from one to the other, by name; values are not told, since a user's settings may hold a secret. */
export function changedDigests(environment: string, was: PlanDigests, is: PlanDigests): readonly string[] {
  const plan = changedKeys(was.plan, is.plan).map(
    (path) =>
      `the plan has changed: ${path} (environments/${environment}.yaml, its register or its common environment)`,
  );
  const roles = changedKeys(was.roles, is.roles).map((role) => `role ${role} does something else now`);
  if (plan.length + roles.length > 0 || was.stack === is.stack) return [...plan, ...roles];
  return [
    `the Terraform configuration of ${environment} is another one now (another version of Firesteel, or of your program)`,
  ];
}

function changedKeys(was: Readonly<Record<string, string>>, is: Readonly<Record<string, string>>): string[] {
  return [...new Set([...Object.keys(was), ...Object.keys(is)])].filter((key) => was[key] !== is[key]).sort();
}

/** Every value of a plan by its path, e.g. `groups.worker.flavor`. */
function leaves(value: unknown, path = ''): [path: string, digest: string][] {
  if (typeof value !== 'object' || value === null || (Array.isArray(value) && !value.every(isNamed)))
    return [[path, jsonDigest(value)]];
  const entries = Array.isArray(value)
    ? value.map((each) => [each.name as string, each] as const)
    : Object.entries(value);
  return entries.flatMap(([key, each]) => leaves(each, path === '' ? key : `${path}.${key}`));
}

function isNamed(value: unknown): value is { name: string } {
  return typeof (value as { name?: unknown } | null)?.name === 'string';
}
