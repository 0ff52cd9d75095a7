import { relative } from 'node:path';
import type { App } from 'cdktf';
import {
  type ClusterPlan,
  floatingIpOf,
  inRegion,
  type NodeGroupPlan,
  type RegionPlan,
  regionsOf,
} from '../plan/cluster-plan';
import type { ClusterEnvironment, Environment } from '../plan/load-environments';
import { PlanError, type PlanIssue } from '../plan/plan-error';
import type { StateBackend } from '../plan/state-backend';
import { ClusterStack } from './cluster-stack';
import { type CommonReference, commonReference } from './common-reference';
import { CommonStack } from './common-stack';
import { commonStackProps } from './common-stack-props';

/** What a project's clusters take from their common environment. */
interface Common {
  readonly reference: CommonReference;
  readonly state?: StateBackend;
}

/**
 * A stack for every environment, named like it. A cluster keeps its state where its common environment does, unless it
 * says where.
 * @throws {PlanError} when environments don't fit together
 */
export function addEnvironmentStacks(app: App, environments: readonly Environment[]): void {
  const commons = new Map<string, Common>();
  for (const environment of environments) {
    if (environment.kind !== 'common') continue;
    const { name, plan } = environment;
    const { reference } = new CommonStack(app, name, commonStackProps(plan));
    commons.set(name, { reference, ...(plan.state !== undefined && { state: plan.state }) });
  }
  for (const environment of environments) {
    if (environment.kind === 'cluster') addClusterStack(app, environment, commons);
  }
}

function addClusterStack(
  app: App,
  { name, file, plan }: ClusterEnvironment,
  commons: ReadonlyMap<string, Common>,
): void {
  const found = new Map(
    regionsOf(plan).map(({ common: of }) => [of, commons.get(of) ?? { reference: commonReference(of) }] as const),
  );
  const state = plan.state ?? found.get(plan.common)?.state;
  const issues = regionsOf(plan).flatMap((region) => floatingIssues(inRegion(plan, region), region, found, file));
  if (issues.length > 0) throw new PlanError(issues);
  const common = Object.fromEntries([...found].map(([of, { reference }]) => [of, reference]));
  new EnvironmentStack(app, name, { plan, common, ...(state !== undefined && { state }) });
}

function floatingIssues(
  { groups, loadBalancers = [] }: ClusterPlan,
  { common: name }: RegionPlan,
  commons: ReadonlyMap<string, Common>,
  file: string,
): PlanIssue[] {
  const { external, router } = commons.get(name)!.reference;
  const balancing = loadBalancers.filter(({ floatingIp }) => floatingIp === 'new');
  const floating = [...groups.filter(needsNewFloatingIp), ...balancing].map((each) => each.name);
  if (floating.length === 0 || external !== undefined || router !== undefined) return [];
  const message = `floating IPs for ${floating.join(' and ')}, but the network of "${name}" has no external network: name it there as "network.external", or say "floatingIp: false"`;
  return [{ file: relative(process.cwd(), file), path: '', message }];
}

function needsNewFloatingIp(group: NodeGroupPlan): boolean {
  const shared = group.virtualIp?.floatingIp === 'new';
  return shared || group.numbers.some((number) => floatingIpOf(group, number) === 'new');
}

/**
 * A cluster's stack that nobody adds anything to. Before a synth cdktf resolves all of a stack once more to find
 * references to other stacks; here there are none, by design, and it is nearly half of the time of a large cluster.
 */
class EnvironmentStack extends ClusterStack {
  override prepareStack(): void {
    this.ensureBackendExists();
  }
}
