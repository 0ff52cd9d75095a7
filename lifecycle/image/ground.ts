import { addRule, makeFloatingIp, makePort, makeSecurityGroup, type RuleWish } from '../../cloud/make-network';
import type { Subnet } from '../../cloud/network';
import type { OpenStack } from '../../cloud/openstack';
import { commonNames } from '../../plan/common-names';
import type { CommonEnvironment } from '../../plan/load-environments';
import { METADATA_ADDRESS, MIRROR_PORTS } from '../../roles/ports';
import { UsageError } from '../errors';
import type { BastionWay } from './bastion-way';

export interface GroundWishes {
  /** Of all that is made. */
  readonly name: string;
  /** Whether the server reaches package mirrors itself. */
  readonly mirrors: boolean;
  /** Nodes that its SSH is reached through. @default - directly */
  readonly through?: BastionWay;
}

/** What a build server stands on. */
export interface Ground {
  /** Id of its port. */
  readonly port: string;
  /** Where its SSH is: a floating IP, or the fixed address. */
  readonly address: string;
}

const SSH = 22;

/** Whether the network is there on which servers of a common environment are made. */
export async function hasNetwork(cloud: OpenStack, common: CommonEnvironment): Promise<boolean> {
  return (await trySubnet(cloud, common)) !== undefined;
}

/**
 * Makes the port of a build server, which nobody but us reaches: SSH from the environment's `access`, or from bastions, and
 * nothing out but what it needs to be built. What is made before a failure is for the caller to clear.
 * @throws {CloudError}
 */
export async function makeGround(cloud: OpenStack, common: CommonEnvironment, wishes: GroundWishes): Promise<Ground> {
  const { name, mirrors, through } = wishes;
  const subnet = await trySubnet(cloud, common);
  if (!subnet)
    throw new UsageError(`${common.name} has no network in the cloud: "firesteel up ${common.name}" makes it`);
  const rules = [
    ...(through?.addresses.map((address) => `${address}/32`) ?? common.plan.access).map(sshFrom),
    ...outside(subnet, common, mirrors),
  ];
  const description = `Building an image with firesteel, from ${common.name}`;
  const group = await makeSecurityGroup(cloud, { name, description, rules });
  for (const bastions of through?.groups ?? []) {
    const [found] = await cloud.network.securityGroups({ name: bastions });
    // It goes with the group that it leads to.
    if (found)
      await addRule(cloud, found.id, {
        direction: 'egress',
        protocol: 'tcp',
        port: SSH,
        groupId: group,
        description: name,
      });
  }
  const securityGroupIds = [group];
  const port = await makePort(cloud, { name, networkId: subnet.networkId, subnetId: subnet.id, securityGroupIds });
  const { external } = common.plan.network;
  if (through || external === undefined) return { port: port.id, address: port.address };
  const [network] = (await cloud.network.networks({ name: external })).filter((one) => one.external);
  if (!network) throw new UsageError(`there is no external network "${external}"`);
  return {
    port: port.id,
    address: await makeFloatingIp(cloud, { description: name, networkId: network.id, portId: port.id }),
  };
}

function sshFrom(cidr: string): RuleWish {
  return { direction: 'ingress', protocol: 'tcp', port: SSH, cidr, description: `SSH from ${cidr}` };
}

function outside(subnet: Subnet, common: CommonEnvironment, mirrors: boolean): readonly RuleWish[] {
  const named = common.plan.network.nameservers;
  const servers = named.length > 0 ? named : [subnet.cidr, ...subnet.nameservers];
  const resolvers = [
    ...new Set(servers.map((one) => (one.includes('/') ? one : `${one}/${one.includes(':') ? 128 : 32}`))),
  ];
  const out = (protocol: 'tcp' | 'udp', port: number, cidr: string, description: string): RuleWish => ({
    ...{ direction: 'egress', protocol, port, cidr, description },
  });
  return [
    out('tcp', 80, METADATA_ADDRESS, 'Metadata of the server'),
    ...resolvers.flatMap((cidr) => [out('udp', 53, cidr, 'Name resolution'), out('tcp', 53, cidr, 'Name resolution')]),
    ...(mirrors ? MIRROR_PORTS.map((port) => out('tcp', port, '0.0.0.0/0', 'Package mirrors')) : []),
  ];
}

async function trySubnet(
  cloud: OpenStack,
  { name, plan: { network } }: CommonEnvironment,
): Promise<Subnet | undefined> {
  const own = commonNames(name);
  const names = network.kind === 'existing' ? network : own;
  const [found] = await cloud.network.networks({ name: names.network });
  if (!found) return undefined;
  const [subnet] = await cloud.network.subnets({ name: names.subnet, network_id: found.id });
  return subnet;
}
