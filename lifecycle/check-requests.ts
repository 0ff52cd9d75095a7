import { type ClusterPlan, inRegion, type RegionPlan, regionsOf } from '../plan/cluster-plan';
import type { CommonEnvironment } from '../plan/load-environments';
import type { StackAndState } from './missing-resources';
import type { SynthesizedStack } from './synth';
import type { Cluster } from './workspace';

/** What one region of a cloud is asked about. */
export interface CheckRequest {
  readonly common: CommonEnvironment;
  /** Absent when the common environment alone is deployed. */
  readonly cluster?: Pick<Cluster, 'environment' | 'plan'>;
  /** The cloud's name of the region, of a cluster that is in several. */
  readonly region?: string;
  readonly stacks: readonly StackAndState[];
}

/**
 * One for each region of a cluster, with what of it is there.
 * @param bases the stacks of its common environments, in the order of its regions
 */
export function checkRequests(
  { environment, commons, plan }: Cluster,
  bases: readonly StackAndState[],
  own: StackAndState,
): readonly CheckRequest[] {
  return regionsOf(plan).map((region, index) => {
    const common = commons[index]!;
    const base = bases[index]!;
    if (!plan.regions) return { common, cluster: { environment, plan }, stacks: [base, own] };
    return {
      common,
      cluster: { environment, plan: index === 0 ? inRegion(plan, region) : withoutDns(inRegion(plan, region)) },
      region: region.name!,
      stacks: [base, ofRegion(own, plan, region)],
    };
  });
}

/** The first region is asked for zones. */
function withoutDns({ dns: _, ...plan }: ClusterPlan): ClusterPlan {
  return plan;
}

/** What of a stack is made in one region, as its resources name the region's provider. */
function ofRegion({ stack, state }: StackAndState, plan: ClusterPlan, { name }: RegionPlan): StackAndState {
  const providers = stack.config.provider?.openstack ?? [];
  const alias = providers.find(({ region }) => region === name)?.alias;
  if (alias === undefined) throw new Error(`the stack of ${plan.name} has no provider for the region ${name}`);
  return { stack: { ...stack, config: { ...stack.config, resource: madeBy(`openstack.${alias}`, stack) } }, state };
}

type Resources = NonNullable<SynthesizedStack['config']['resource']>;

function madeBy(provider: string, { config }: SynthesizedStack): Resources {
  const types = Object.entries(config.resource ?? {}).map(([type, named]) => {
    const own = Object.entries(named).filter(([, attributes]) => attributes.provider === provider);
    return [type, Object.fromEntries(own)];
  });
  return Object.fromEntries(types) as Resources;
}
