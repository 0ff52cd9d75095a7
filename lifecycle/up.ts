import type { CommonEnvironment, Environment } from '../plan/load-environments';
import { writeRegister } from '../plan/node-register';
import { ApplyMark } from './_apply-mark';
import { clearStrays } from './_clear-strays';
import { prefetchArtifacts } from './_prefetch';
import { serverFaults } from './_server-faults';
import { type CheckRequest, checkCloud, preflightRequest, type StackAndState } from './check-cloud';
import { type ConfigureResult, configure } from './configure';
import { findDeployed } from './deployed';
import { TerraformError } from './errors';
import { refuseLosses } from './plan-review';
import type { ReachOptions } from './reach';
import { type ClusterSummary, summarize } from './summary';
import type { StackPlan, Terraform } from './terraform';
import type { Cluster, Workspace } from './workspace';

export type UpOptions = ReachOptions;

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
  const environment = workspace.environment(name);
  if (environment.kind === 'common') {
    return { environment: name, applied: await deployCommon(workspace, environment) };
  }
  const cluster = workspace.join(environment);
  const noUse = new AbortController();
  const prefetching = prefetchArtifacts(workspace, cluster.plan, noUse.signal);
  const applied = await deployCluster(workspace, cluster).catch((error: Error) => {
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
  await prepare(workspace, { common, stacks: [await withState(terraform)] }, [terraform]);
  return apply(workspace, terraform, await terraform.plan(), common);
}

async function deployCluster(workspace: Workspace, cluster: Cluster): Promise<number> {
  const { common, environment } = cluster;
  const terraforms = await Promise.all([workspace.terraform(common), workspace.terraform(environment)]);
  const [base, own] = terraforms;
  const stacks = await Promise.all(terraforms.map(withState));
  await prepare(workspace, { common, cluster, stacks }, terraforms);
  const [basePlan, early] = await Promise.all([
    base.plan(),
    isComplete(stacks[0]!) ? tryPlan(workspace, own) : undefined,
  ]);
  const applied = await apply(workspace, base, basePlan, common);
  const plan = basePlan.empty && early ? early : await own.plan();
  return applied + (await apply(workspace, own, plan, environment));
}

/** Mostly there is nothing to do for the common environment; then both plans are made at once. */
function isComplete({ stack, state }: StackAndState): boolean {
  const known = new Set(state.resources.map(({ type, name }) => `${type}.${name}`));
  const wanted = Object.entries(stack.config.resource ?? {}).flatMap(([type, named]) =>
    Object.keys(named).map((name) => `${type}.${name}`),
  );
  return wanted.every((address) => known.has(address));
}

/** A failure may be cured by what the common environment is about to get; else the next plan tells it. */
async function tryPlan({ options: { onProgress } }: Workspace, terraform: Terraform): Promise<StackPlan | undefined> {
  const { name: subject } = terraform.stack;
  return terraform.plan().catch((error: Error) => {
    onProgress?.({ subject, phase: 'plan', state: 'update', text: `is tried again, it said: ${error.message}` });
    return undefined;
  });
}

/** Whatever can be known to be wrong is known before anything is made. */
async function prepare(workspace: Workspace, request: CheckRequest, terraforms: readonly Terraform[]): Promise<void> {
  const checking = somethingIsNew(request) ? checkCloud(workspace, request) : undefined;
  checking?.catch(() => undefined); // told where it is awaited
  // One after the other: a plug-in cache of Terraform's is not made for two at once.
  for (const terraform of terraforms) await terraform.init();
  await checking;
}

function somethingIsNew(request: CheckRequest): boolean {
  const { servers, needs = {} } = preflightRequest(request);
  return servers.some(({ count }) => count > 0) || Object.values(needs).some((count) => (count ?? 0) > 0);
}

async function withState(terraform: Terraform): Promise<StackAndState> {
  return { stack: terraform.stack, state: await terraform.state() };
}

async function apply(
  workspace: Workspace,
  terraform: Terraform,
  plan: StackPlan,
  environment: Environment,
): Promise<number> {
  const { name } = terraform.stack;
  try {
    refuseLosses(name, plan.changes, await configuredServers(workspace, name));
  } catch (error) {
    terraform.discard(plan);
    throw error;
  }
  // Names are a contract: which nodes there are is known before the first of them is.
  if (environment.kind === 'cluster') writeRegister(environment.registerFile, environment.register);
  const mark = new ApplyMark(workspace.memoryDir, name);
  if (mark.since) await clearStrays(workspace, environment, terraform);
  try {
    if (!plan.empty) {
      mark.set();
      await terraform.apply(plan);
    }
    mark.clear();
  } catch (error) {
    if (!(error instanceof TerraformError)) throw error;
    const faults = await serverFaults(workspace, environment);
    const next = `What was made is kept: "firesteel up ${name}" goes on from there, "firesteel down ${name}" removes it.`;
    throw new TerraformError([error.message, ...faults, next].join('\n'), error.environment, error.diagnostics);
  }
  return plan.changes.length;
}

async function configuredServers(workspace: Workspace, name: string): Promise<ReadonlySet<string>> {
  const record = await workspace.inventory.read(name);
  return new Set(record?.cluster.nodes.map(({ serverId }) => serverId) ?? []);
}
