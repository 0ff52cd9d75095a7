import { relative } from 'node:path';
import type { App } from 'cdktf';
import type { ClusterEnvironment, Environment } from '../plan/load-environments';
import { PlanError } from '../plan/plan-error';
import { ClusterStack } from './cluster-stack';
import { type CommonReference, commonReference } from './common-reference';
import { CommonStack } from './common-stack';
import { commonStackProps } from './common-stack-props';

/**
 * A stack for every environment, named like it.
 * @throws {PlanError} when environments don't fit together
 */
export function addEnvironmentStacks(app: App, environments: readonly Environment[]): void {
  const commons = new Map<string, CommonReference>();
  for (const environment of environments) {
    if (environment.kind !== 'common') continue;
    const { name, plan } = environment;
    commons.set(name, new CommonStack(app, name, commonStackProps(plan)).reference);
  }
  for (const environment of environments) {
    if (environment.kind === 'cluster') addClusterStack(app, environment, commons);
  }
}

function addClusterStack(
  app: App,
  { name, file, plan }: ClusterEnvironment,
  commons: ReadonlyMap<string, CommonReference>,
): void {
  const common = commons.get(plan.common) ?? commonReference(plan.common);
  const floating = plan.groups.filter((group) => group.floatingIp).map((group) => group.name);
  if (floating.length > 0 && common.external === undefined && common.router === undefined) {
    const message = `floating IPs for ${floating.join(' and ')}, but the network of "${plan.common}" has no external network: name it there as "network.external", or say "floatingIp: false"`;
    throw new PlanError([{ file: relative(process.cwd(), file), path: '', message }]);
  }
  new EnvironmentStack(app, name, { plan, common });
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
