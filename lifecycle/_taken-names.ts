import type { OpenStack } from '../cloud/openstack';
import type { PreflightProblem } from '../cloud/preflight';
import { missingResources, type StackAndState } from './missing-resources';

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
export async function takenNames(cloud: OpenStack, base: StackAndState): Promise<PreflightProblem[]> {
  const missing = missingResources(base);
  const problems = Object.entries(LISTS).map(async ([type, [noun, list]]) => {
    const names = missing.filter((one) => one.type === type).map(({ attributes }) => String(attributes.name));
    if (names.length === 0) return [];
    const existing = new Set((await list(cloud)).map(({ name }) => name));
    return names.filter((name) => existing.has(name)).map((name) => taken(noun, name));
  });
  return (await Promise.all(problems)).flat();
}

function taken(noun: string, name: string): PreflightProblem {
  const message = `the cloud has a ${noun} "${name}" already, and the state of this project doesn't know it: give the common environment's file another name, work from the checkout that made it, or delete it if an interrupted run left it`;
  return { kind: 'taken', subject: noun, name, message };
}
