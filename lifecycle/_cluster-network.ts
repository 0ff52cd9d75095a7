import type { CloudNetwork, Subnet } from '../cloud/network';
import type { OpenStack } from '../cloud/openstack';
import { noSuchNetwork } from './_init-choices';
import { UsageError } from './errors';

export interface NetworkWish {
  /** Name or id of an existing network. */
  readonly network: string;
  /** Name or id of its subnet. @default - its only one */
  readonly subnet?: string;
  /** Name or id of the network that floating IPs come from. @default - the one that the subnet's router leads to */
  readonly external?: string;
}

/** By name, as stacks find them. */
export interface FoundNetwork {
  readonly network: string;
  readonly subnet: string;
  /** Absent: there are no floating IPs to be had. */
  readonly external?: string;
}

/** @throws {UsageError} with what there is, where something is missing or can't be told apart */
export async function findNetwork(cloud: OpenStack, wish: NetworkWish): Promise<FoundNetwork> {
  const networks = await cloud.network.networks();
  const network = named(wish.network, networks);
  const subnet = subnetOf(network, await cloud.network.subnets({ network_id: network.id }), wish.subnet);
  const external =
    wish.external === undefined ? await externalOf(cloud, networks, subnet) : named(wish.external, networks);
  if (external && !external.external) {
    const names = networks.filter((each) => each.external).map(({ name }) => name);
    throw new UsageError(
      `network "${external.name}" is no external one, which floating IPs come from: there are ${names.join(', ') || 'none'}`,
    );
  }
  return { network: network.name, subnet: subnet.name, ...(external && { external: external.name }) };
}

function named(wanted: string, networks: readonly CloudNetwork[]): CloudNetwork {
  const found = networks.filter(({ name }) => name === wanted);
  const network = found[0] ?? networks.find(({ id }) => id === wanted);
  if (!network) throw new UsageError(noSuchNetwork(wanted, networks));
  const same = networks.filter(({ name }) => name === network.name);
  if (same.length === 1 && network.name !== '') return network;
  const ids = same.map(({ id }) => id).join(', ');
  throw new UsageError(
    `network "${wanted}" can't be found by its name, "${network.name}", which ${same.length} networks have (${ids}): give it a name of its own`,
  );
}

function subnetOf(network: CloudNetwork, all: readonly Subnet[], wanted: string | undefined): Subnet {
  const subnets = all.filter(({ ipVersion }) => ipVersion === 4);
  const names = subnets.map(({ name, cidr }) => `${name || '(no name)'} (${cidr})`).join(', ') || 'none';
  const fitting = wanted === undefined ? subnets : subnets.filter(({ name, id }) => name === wanted || id === wanted);
  const [subnet, second] = fitting;
  if (!subnet) {
    const which = wanted === undefined ? 'no IPv4 subnet' : `no IPv4 subnet "${wanted}"`;
    throw new UsageError(`network "${network.name}" has ${which}: there are ${names}`);
  }
  if (second) {
    throw new UsageError(
      `network "${network.name}" has several IPv4 subnets: choose with --subnet one of ${names}; two of one name can't be told apart`,
    );
  }
  if (subnet.name === '') {
    throw new UsageError(
      `the subnet ${subnet.id} (${subnet.cidr}) of network "${network.name}" has no name to find it by: give it one`,
    );
  }
  return subnet;
}

/** Where the project may not see the router (it may be the cloud's own), the one external network there is. */
async function externalOf(
  cloud: OpenStack,
  networks: readonly CloudNetwork[],
  { networkId, id }: Subnet,
): Promise<CloudNetwork | undefined> {
  const [ports, routers] = await Promise.all([
    cloud.network.ports({ network_id: networkId, fixed_ips: `subnet_id=${id}` }),
    cloud.network.routers(),
  ]);
  const owners = ports.filter(({ deviceOwner }) => deviceOwner.startsWith('network:')).map(({ deviceId }) => deviceId);
  const leading = routers.find((router) => owners.includes(router.id) && router.externalNetworkId !== undefined);
  if (leading) return networks.find((network) => network.id === leading.externalNetworkId);
  const external = networks.filter((network) => network.external);
  return external.length === 1 && external[0]!.name !== '' ? external[0] : undefined;
}
