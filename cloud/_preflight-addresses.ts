import { BlockList } from 'node:net';
import { listNames } from './_suggest';
import type { NetworkService, Port, Subnet } from './network';

/** Addresses that nodes are to have, where the cloud doesn't choose them. */
export interface AddressRequest {
  /** Floating IPs that must exist in the project, and lead nowhere or to one of `ownPorts`. */
  readonly floatingIps?: readonly string[];
  /** Fixed addresses by the name of the port, in the subnet of a name; one that is still to be made is not looked into. */
  readonly fixed?: { readonly subnet: string; readonly addresses: Readonly<Record<string, string>> };
  /** Ids of the ports that the nodes have already. */
  readonly ownPorts: ReadonlySet<string>;
}

interface AddressProblem {
  readonly kind: 'unknown' | 'taken' | 'unusable';
  readonly subject: string;
  readonly name: string;
  readonly message: string;
}

/** What is wrong with addresses that were chosen by hand. */
export async function addressProblems(network: NetworkService, request: AddressRequest): Promise<AddressProblem[]> {
  const { floatingIps = [], fixed } = request;
  const problems = await Promise.all([
    floatingIps.length === 0 ? [] : floatingIpProblems(network, floatingIps, request.ownPorts),
    fixed === undefined || Object.keys(fixed.addresses).length === 0
      ? []
      : fixedProblems(network, fixed, request.ownPorts),
  ]);
  return problems.flat();
}

async function floatingIpProblems(
  network: NetworkService,
  wanted: readonly string[],
  ownPorts: ReadonlySet<string>,
): Promise<AddressProblem[]> {
  const existing = await network.floatingIps();
  return wanted.flatMap((name): AddressProblem[] => {
    const found = existing.find(({ address }) => address === name);
    const free = existing.filter(({ portId }) => portId === undefined).map(({ address }) => address);
    const choice = free.length > 0 ? `; free are ${listNames(free)}` : '; none is free: "new" makes one';
    if (!found) {
      const message = `the project has no floating IP ${name}${choice}`;
      return [{ kind: 'unknown', subject: 'floating IP', name, message }];
    }
    if (found.portId === undefined || ownPorts.has(found.portId)) return [];
    const message = `floating IP ${name} leads to ${found.fixedAddress ?? `port ${found.portId}`}, which is not of this cluster: take it away there first${choice}`;
    return [{ kind: 'taken', subject: 'floating IP', name, message }];
  });
}

async function fixedProblems(
  network: NetworkService,
  { subnet: subnetName, addresses }: NonNullable<AddressRequest['fixed']>,
  ownPorts: ReadonlySet<string>,
): Promise<AddressProblem[]> {
  const [subnet, second] = await network.subnets({ name: subnetName });
  // What is not there yet, or not told apart by its name, is somebody else's problem.
  if (!subnet || second) return [];
  const ports = await network.ports({ network_id: subnet.networkId });
  return Object.entries(addresses).flatMap(([name, address]) => {
    // Of another node of ours too: it could only be changed when that one has let it go.
    const others = ports.filter((port) => !(port.name === name && ownPorts.has(port.id)));
    const found = reasonAgainst(address, subnet, others);
    return found ? [{ ...found, subject: 'address', name: address }] : [];
  });
}

function reasonAgainst(
  address: string,
  subnet: Subnet,
  others: readonly Port[],
): Pick<AddressProblem, 'kind' | 'message'> | undefined {
  const where = `of subnet "${subnet.name}" (${subnet.cidr})`;
  if (!isIn(subnet.cidr, address)) return { kind: 'unusable', message: `${address} is outside ${where}` };
  if (address === subnet.gateway) return { kind: 'unusable', message: `${address} is the gateway ${where}` };
  const port = others.find(({ addresses }) => addresses.includes(address));
  if (!port) return undefined;
  const owner = port.name || port.deviceOwner || port.id;
  return { kind: 'taken', message: `${address} ${where} is taken by port ${owner}: give another` };
}

function isIn(cidr: string, address: string): boolean {
  const [network = '', bits] = cidr.split('/');
  const range = new BlockList();
  range.addSubnet(network, Number(bits), 'ipv4');
  return range.check(address, 'ipv4');
}
