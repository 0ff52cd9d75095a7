import { beyondReview, changedChanges, changedFacts, changedState } from './_plan-differences';
import { applyPlan } from './apply';
import { type ConfigureResult, configure, failedNodes, type RollingOptions } from './configure';
import { deployedOutput } from './deployed';
import { emptyNodes } from './empty-nodes';
import { RefusedError, StalePlanError } from './errors';
import { recorded } from './events';
import { openForUpdate, type UpdateGround } from './plan';
import { changedDigests, planDigests } from './plan-digests';
import { prepare } from './prepare';
import type { ReachOptions } from './reach';
import { reviewCluster } from './review';
import { type SavedPlan, SavedPlans } from './saved-plan';
import type { StackPlan } from './terraform';
import type { TerraformState } from './terraform-state';
import type { Cluster, Workspace } from './workspace';

export interface UpdateOptions extends ReachOptions, RollingOptions {
  /** Names of nodes that go and can't be reached any more: they count as empty. @default [] */
  readonly lost?: readonly string[];
}

export interface UpdateResult {
  readonly environment: string;
  /** Changes that were made in the cloud. */
  readonly applied: number;
  /** Absent for a common environment. */
  readonly configured?: ConfigureResult;
}

/**
 * Carries out the plan to update that was reviewed: exactly that one. The cloud, the state, the roles and every node are
 * looked at again first. One that was begun and cut off is finished.
 * @throws {RefusedError} when there is none @throws {StalePlanError} naming every difference; nothing was changed then
 * @throws {TerraformError}
 */
export async function update(workspace: Workspace, name: string, options: UpdateOptions = {}): Promise<UpdateResult> {
  const failure = ({ configured }: UpdateResult) => failedNodes(configured);
  return recorded(workspace, name, { verb: 'update', failure }, () => carryOut(workspace, name, options));
}

async function carryOut(workspace: Workspace, name: string, options: UpdateOptions): Promise<UpdateResult> {
  const plans = new SavedPlans(workspace.memoryDir, name);
  const environment = workspace.environment(name);
  const saved = plans.read('update');
  if (!saved) {
    throw new RefusedError(
      `refused: "firesteel update ${name}" carries out a plan that was reviewed, and there is none: "firesteel plan ${name} --to update" makes one and shows it`,
    );
  }
  const ground = await openForUpdate(workspace, environment);
  const { terraform } = ground;
  await prepare(workspace, ground.requests, [terraform]);
  const plan = await stillFits(workspace, saved, ground, plans, options);
  plans.begin(saved);
  if (ground.cluster) await emptyLeaving(workspace, ground.cluster, ground.state, saved, options);
  const applied = await applyPlan(workspace, terraform, plan, environment, {
    goOn: `firesteel update ${name}`,
    planRest: async () => terraform.checked(await terraform.plan(), ({ changes }) => refuseBeyond(saved, changes)),
  });
  const configured = ground.cluster && (await configure(workspace, name, options));
  if (!configured || configured.failed === 0) plans.remove('update');
  return { environment: name, applied, ...(configured && { configured }) };
}

/** Work finishes or moves away from nodes whose servers go, or are made anew. */
async function emptyLeaving(
  workspace: Workspace,
  cluster: Cluster,
  state: TerraformState,
  { leaving }: SavedPlan,
  { drainSeconds, lost = [], ...reach }: UpdateOptions,
): Promise<void> {
  const output = deployedOutput(state);
  if (leaving.length === 0 || !output) return;
  // A run that was cut off may have destroyed some already; of a group that the file has no more nobody knows its roles.
  const servers = new Set(state.resources.map(({ id }) => id));
  const groups = new Set(cluster.plan.groups.map(({ name }) => name));
  const nodes = output.nodes.filter(({ serverId, group }) => servers.has(serverId) && groups.has(group));
  const there = nodes.map(({ name }) => name).filter((name) => leaving.includes(name) && !lost.includes(name));
  const deployed = { ...cluster, output: { ...output, nodes } };
  const stay = cluster.plan.groups.flatMap(({ name, numbers }) => numbers.map((number) => `${name}-${number}`));
  const gone = there.filter((name) => !stay.includes(name));
  const limit = drainSeconds === undefined ? {} : { drainSeconds };
  await emptyNodes(workspace, deployed, there, { ...reach, ...limit, leaving: gone });
}

/** @throws {StalePlanError} where something of a plan that was begun is left to do, and more */
function refuseBeyond({ environment, changes }: SavedPlan, now: StackPlan['changes']): void {
  const beyond = beyondReview(changes, now);
  if (beyond.length > 0) throw new StalePlanError(environment, 'update', beyond);
}

/** @returns Terraform's plan that is to be applied @throws {StalePlanError} */
async function stillFits(
  workspace: Workspace,
  saved: SavedPlan,
  ground: UpdateGround,
  plans: SavedPlans,
  options: ReachOptions,
): Promise<StackPlan> {
  const { terraform, state, cluster } = ground;
  const { environment } = saved;
  const refuse = (differences: readonly string[]) => {
    if (differences.length > 0) throw new StalePlanError(environment, 'update', differences);
  };
  const begun = saved.begun !== undefined;
  if (!begun) refuse(changedState(saved, state.version));
  const fresh = await terraform.plan();
  try {
    const compare = begun ? beyondReview : changedChanges;
    const inCloud = compare(saved.changes, fresh.changes);
    const review = cluster && (await reviewCluster(workspace, cluster, fresh, state, options));
    const digests = planDigests(terraform.stack, cluster, review);
    const onNodes = begun ? [] : changedFacts(saved.nodes, review?.nodes ?? []);
    refuse([...changedDigests(environment, saved.digests, digests), ...inCloud, ...onNodes]);
    if (begun) return fresh;
    terraform.discard(fresh);
    const { empty, changes, drift } = saved;
    return { empty, changes, drift, outputs: {}, file: plans.file('update'), kept: true };
  } catch (error) {
    terraform.discard(fresh);
    throw error;
  }
}
