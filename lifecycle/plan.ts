import type { Environment } from '../plan/load-environments';
import { ApplyMark } from './_apply-mark';
import { configuredServers } from './_configured-servers';
import { planDestruction } from './_destroy';
import { whoami } from './_who';
import { type CheckRequest, checkRequests } from './check-requests';
import { refuseWhileUsed } from './common-users';
import { UsageError } from './errors';
import { losses } from './losses';
import { missingResources, type StackAndState } from './missing-resources';
import { planDigests } from './plan-digests';
import { prepare, withState } from './prepare';
import type { ReachOptions } from './reach';
import { reviewCluster } from './review';
import { type PlanGoal, type SavedPlan, SavedPlans } from './saved-plan';
import { askStrangers, ruleDescriptions, strangerText } from './strangers';
import type { StackPlan, Terraform } from './terraform';
import type { TerraformState } from './terraform-state';
import type { Cluster, Workspace } from './workspace';

/**
 * Finds out what would be done to an environment, in the cloud and on every node, and saves that as the plan which
 * `update` or `down` carries out. Changes nothing else.
 * @throws {UsageError} when its common environment has to be made first @throws {PreflightError | TerraformError}
 * @throws {RefusedError} to destroy what others stand on
 */
export async function plan(
  workspace: Workspace,
  name: string,
  goal: PlanGoal,
  options: ReachOptions = {},
): Promise<SavedPlan> {
  const environment = workspace.environment(name);
  const plans = new SavedPlans(workspace.memoryDir, name);
  plans.remove(goal);
  try {
    return await (goal === 'destroy'
      ? planDestroy(workspace, environment, plans)
      : planUpdate(workspace, environment, plans, options));
  } catch (error) {
    plans.remove(goal);
    throw error;
  }
}

async function planUpdate(
  workspace: Workspace,
  environment: Environment,
  plans: SavedPlans,
  options: ReachOptions,
): Promise<SavedPlan> {
  const { terraform, state, cluster, requests, stacks } = await openForUpdate(workspace, environment);
  await prepare(workspace, requests, [terraform]);
  const asking = strangersOf(workspace, environment, stacks);
  asking.catch(() => undefined); // told where it is awaited
  const stackPlan = await terraform.plan({ file: plans.file('update') });
  const review = cluster && (await reviewCluster(workspace, cluster, stackPlan, state, options));
  const known = await configuredServers(workspace, environment.name);
  return plans.write({
    ...about(workspace, environment, 'update', stackPlan, state),
    digests: planDigests(terraform.stack, cluster, review),
    strangers: await asking,
    nodes: (review?.nodes ?? []).map(({ error: _none, ...node }) => node),
    leaving: review?.leaving ?? [],
    losses: losses(stackPlan.changes, known),
  });
}

async function planDestroy(workspace: Workspace, environment: Environment, plans: SavedPlans): Promise<SavedPlan> {
  await refuseWhileUsed(workspace, environment);
  const terraform = await workspace.terraform(environment);
  const stackPlan = await planDestruction(terraform, plans.file('destroy'));
  const state = await terraform.state();
  return plans.write({
    ...about(workspace, environment, 'destroy', stackPlan, state),
    digests: { stack: '', plan: {}, roles: {} },
    strangers: [],
    nodes: [],
    leaving: [],
    losses: losses(stackPlan.changes),
  });
}

/** What others did to the groups, ports and servers of all stacks that the plan is about, where Terraform doesn't look. */
async function strangersOf(
  workspace: Workspace,
  environment: Environment,
  stacks: readonly StackAndState[],
): Promise<readonly string[]> {
  const clouds = await workspace.clouds(environment);
  const resources = stacks.flatMap(({ state }) => state.resources);
  const { since } = new ApplyMark(workspace.memoryDir, environment.name);
  const halfMade = new Set(since && stacks.flatMap(({ stack }) => ruleDescriptions(stack)));
  return (await askStrangers(clouds, resources, { halfMade })).map(strangerText);
}

/** Terraform and all that is known before a plan to update is made. */
export interface UpdateGround {
  readonly terraform: Terraform;
  readonly state: TerraformState;
  /** Absent for a common environment. */
  readonly cluster?: Cluster;
  /** Those that it stands on, and its own. */
  readonly stacks: readonly StackAndState[];
  /** One for each region. */
  readonly requests: readonly CheckRequest[];
}

/** @throws {UsageError} when the cluster's common environment is not there, or not whole */
export async function openForUpdate(workspace: Workspace, environment: Environment): Promise<UpdateGround> {
  const terraform = await workspace.terraform(environment);
  const own = await withState(terraform);
  const { state } = own;
  if (environment.kind === 'common')
    return { terraform, state, stacks: [own], requests: [{ common: environment, stacks: [own] }] };
  const cluster = workspace.join(environment);
  const bases = await Promise.all(cluster.commons.map(async (common) => withState(await workspace.terraform(common))));
  const unmade = cluster.commons.flatMap(({ name }, index) => {
    const missing = missingResources(bases[index]!).length;
    return missing > 0 ? [{ name, missing }] : [];
  });
  if (unmade.length > 0) throw new UsageError(unmade.map((each) => notThere(environment, each)).join('\n'));
  return { terraform, state, cluster, stacks: [...bases, own], requests: checkRequests(cluster, bases, own) };
}

function notThere(
  environment: Environment,
  { name, missing }: { readonly name: string; readonly missing: number },
): string {
  return `${environment.name} stands on ${name}, of which ${missing} resources are still to be made: first "firesteel plan ${name} --to update" and "firesteel update ${name}" (or "firesteel up ${name}")`;
}

function about(
  workspace: Workspace,
  { name }: Environment,
  goal: PlanGoal,
  { empty, changes, drift }: StackPlan,
  { version }: TerraformState,
) {
  return {
    environment: name,
    goal,
    created: new Date().toISOString(),
    by: whoami(workspace.env),
    ...(version && { state: version }),
    empty,
    changes,
    drift,
    interrupted: new ApplyMark(workspace.memoryDir, name).since !== undefined,
  };
}
