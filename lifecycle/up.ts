import type { CommonEnvironment, Environment } from '../plan/load-environments';
import { configuredServers } from './_configured-servers';
import { prefetchArtifacts } from './_prefetch';
import { applyPlan } from './apply';
import { checkRequests } from './check-requests';
import { type ConfigureResult, configure, failedNodes, type RollingOptions } from './configure';
import { findDeployed } from './deployed';
import { recorded } from './events';
import { refuseLosses } from './losses';
import { missingResources } from './missing-resources';
import type { PlannedChange } from './planned-changes';
import { prepare, withState } from './prepare';
import type { ReachOptions } from './reach';
import { type ClusterSummary, summarize } from './summary';
import type { StackPlan, Terraform } from './terraform';
import type { Cluster, Workspace } from './workspace';

export interface UpOptions extends ReachOptions, RollingOptions {
  /** Floating IPs of its own that the plan has no use for any more are given back to the cloud. @default false */
  readonly releaseFloatingIps?: boolean;
}

export interface UpResult {
  readonly environment: string;
  /** Changes that were made in the cloud, those of the common environment too. */
  readonly applied: number;
  /** Absent for a common environment. */
  readonly configured?: ConfigureResult;
  readonly summary?: ClusterSummary;
}

/**
 * Creates or changes what an environment describes, its common environment first where that has to be, and configures
 * it until it is healthy. Deletes nothing that holds something.
 * @throws {PreflightError} before anything is made @throws {RefusedError} when something would be lost
 * @throws {TerraformError}
 */
export async function up(workspace: Workspace, name: string, options: UpOptions = {}): Promise<UpResult> {
  const failure = ({ configured }: UpResult) => failedNodes(configured);
  return recorded(workspace, name, { verb: 'up', failure }, () => bringUp(workspace, name, options));
}

async function bringUp(workspace: Workspace, name: string, options: UpOptions): Promise<UpResult> {
  const environment = workspace.environment(name);
  if (environment.kind === 'common') {
    return { environment: name, applied: await deployCommon(workspace, environment) };
  }
  const cluster = workspace.join(environment);
  const noUse = new AbortController();
  const prefetching = prefetchArtifacts(workspace, cluster, noUse.signal);
  const applied = await deployCluster(workspace, cluster, options).catch((error: Error) => {
    noUse.abort(error);
    throw error;
  });
  const configured = await configure(workspace, name, options);
  await prefetching;
  const summary = summarize(await findDeployed(workspace, name));
  return { environment: name, applied, configured, summary };
}

async function deployCommon(workspace: Workspace, common: CommonEnvironment): Promise<number> {
  const terraform = await workspace.terraform(common);
  await prepare(workspace, [{ common, stacks: [await withState(terraform)] }], [terraform]);
  return apply(workspace, terraform, await terraform.plan(), common);
}

async function deployCluster(workspace: Workspace, cluster: Cluster, options: UpOptions): Promise<number> {
  const { commons, environment } = cluster;
  const own = await workspace.terraform(environment);
  const bases = await Promise.all(commons.map((common) => workspace.terraform(common)));
  const states = await Promise.all(bases.map(withState));
  await prepare(workspace, checkRequests(cluster, states, await withState(own)), [...bases, own]);
  const [basePlans, early] = await Promise.all([
    Promise.all(bases.map((base) => base.plan())),
    // Mostly there is nothing to do for the common environments; then all plans are made at once.
    states.every((state) => missingResources(state).length === 0) ? tryPlan(workspace, own) : undefined,
  ]);
  let applied = 0;
  for (const [index, common] of commons.entries()) {
    const plan = basePlans[index]!;
    const deploy = () => apply(workspace, bases[index]!, plan, common);
    // Where nothing is changed there, it is no event of the common environment's.
    const deed = { verb: 'up', detail: `for ${environment.name}` };
    applied += await (plan.changes.length > 0 ? recorded(workspace, common.name, deed, deploy) : deploy());
  }
  const plan = basePlans.every(({ empty }) => empty) && early ? early : await own.plan();
  return applied + (await apply(workspace, own, plan, environment, options));
}

const FLOATING_IP = 'openstack_networking_floatingip_v2';

/** A failure may be cured by what the common environment is about to get; else the next plan tells it. */
async function tryPlan({ options: { onProgress } }: Workspace, terraform: Terraform): Promise<StackPlan | undefined> {
  const { name: subject } = terraform.stack;
  return terraform.plan().catch((error: Error) => {
    onProgress?.({ subject, phase: 'plan', state: 'update', text: `is tried again, it said: ${error.message}` });
    return undefined;
  });
}

async function apply(
  workspace: Workspace,
  terraform: Terraform,
  plan: StackPlan,
  environment: Environment,
  { releaseFloatingIps = false }: UpOptions = {},
): Promise<number> {
  const { name } = environment;
  const known = await configuredServers(workspace, name);
  const released = ({ type, action }: PlannedChange) =>
    releaseFloatingIps && type === FLOATING_IP && action === 'delete';
  const check = ({ changes }: StackPlan) =>
    refuseLosses(
      name,
      changes.filter((change) => !released(change)),
      known,
    );
  await terraform.checked(plan, check);
  return applyPlan(workspace, terraform, plan, environment, {
    goOn: `firesteel up ${name}`,
    planRest: async () => terraform.checked(await terraform.plan(), check),
  });
}
