import type { OpenStack } from '../cloud/openstack';
import type { PreflightProblem } from '../cloud/preflight';
import type { SynthesizedStack } from './synth';
import type { TerraformState } from './terraform-state';

/** Kinds that other stacks find by name, and how the cloud lists them. */
const LISTS: Readonly<Record<string, readonly [noun: string, list: (cloud: OpenStack) => Promise<readonly Named[]>]>> =
  {
    openstack_compute_keypair_v2: ['key pair', ({ compute }) => compute.keyPairs()],
    openstack_networking_network_v2: ['network', ({ network }) => network.networks()],
    openstack_networking_subnet_v2: ['subnet', ({ network }) => network.subnets()],
    openstack_networking_router_v2: ['router', ({ network }) => network.routers()],
    openstack_networking_secgroup_v2: ['security group', ({ network }) => network.securityGroups()],
  };

interface Named {
  readonly name: string;
}

/**
 * What the common environment is about to make although the cloud has one of that name: somebody else's, or of another
 * checkout of this project. Of two of one name no stack could find the right one.
 */
export async function takenNames(
  cloud: OpenStack,
  stack: SynthesizedStack,
  state: TerraformState,
): Promise<PreflightProblem[]> {
  const known = new Set(state.resources.map(({ type, name }) => `${type}.${name}`));
  const problems = Object.entries(LISTS).map(async ([type, [noun, list]]) => {
    const missing = Object.entries(stack.config.resource?.[type] ?? {})
      .filter(([id]) => !known.has(`${type}.${id}`))
      .map(([, { name }]) => String(name));
    if (missing.length === 0) return [];
    const existing = new Set((await list(cloud)).map(({ name }) => name));
    return missing.filter((name) => existing.has(name)).map((name) => taken(noun, name));
  });
  return (await Promise.all(problems)).flat();
}

function taken(noun: string, name: string): PreflightProblem {
  const message = `the cloud has a ${noun} "${name}" already, and the state of this project doesn't know it: give the common environment's file another name, work from the checkout that made it, or delete it if an interrupted run left it`;
  return { kind: 'taken', subject: noun, name, message };
}
