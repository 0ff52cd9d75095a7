import type { LoadBalancerPlan, NodeGroupPlan } from './cluster-plan';

/** An address that a node, or a group, can't have. */
export interface WrongAddress {
  readonly group: string;
  /** Absent where it is the group's virtual one. */
  readonly number?: number;
  readonly message: string;
}

/**
 * Which fixed addresses of the groups, and of their nodes, a subnet can't give.
 * @param cidr IPv4, of a subnet whose gateway is its first address, as Neutron has it where nobody says otherwise
 */
export function wrongAddresses(
  groups: readonly Pick<NodeGroupPlan, 'name' | 'addresses' | 'virtualIp'>[],
  cidr: string,
): readonly WrongAddress[] {
  const subnet = boundsOf(cidr);
  return groups.flatMap(({ name: group, addresses = {}, virtualIp }) => [
    ...Object.entries(addresses).flatMap(([number, address]) =>
      wrong(address, subnet, cidr).map((message) => ({ group, number: Number(number), message })),
    ),
    ...wrong(virtualIp?.address, subnet, cidr).map((message) => ({ group, message })),
  ]);
}

/** Which address of its own a load balancer can't have there, by its name. */
export function wrongBalancerAddresses(
  balancers: readonly Pick<LoadBalancerPlan, 'name' | 'address'>[],
  cidr: string,
): readonly { readonly balancer: string; readonly message: string }[] {
  const subnet = boundsOf(cidr);
  return balancers.flatMap(({ name: balancer, address }) =>
    wrong(address, subnet, cidr).map((message) => ({ balancer, message })),
  );
}

function wrong(address: string | undefined, subnet: Bounds, cidr: string): readonly string[] {
  const reason = address === undefined ? undefined : reasonAgainst(toNumber(address), subnet);
  if (reason === undefined) return [];
  return [`${address} ${reason} ${cidr}: give one of ${toText(subnet.first + 2)} to ${toText(subnet.last - 1)}`];
}

interface Bounds {
  readonly first: number;
  readonly last: number;
}

function boundsOf(cidr: string): Bounds {
  const [address = '', bits = ''] = cidr.split('/');
  const size = 2 ** (32 - Number(bits));
  const first = Math.floor(toNumber(address) / size) * size;
  return { first, last: first + size - 1 };
}

function reasonAgainst(address: number, { first, last }: Bounds): string | undefined {
  if (address < first || address > last) return 'is outside of the subnet';
  if (address === first + 1) return 'is the gateway of the subnet';
  return address === first || address === last ? 'is no address for a node in the subnet' : undefined;
}

function toNumber(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

function toText(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');
}
