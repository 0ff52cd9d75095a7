import { z } from 'zod';
import type { OpenStack } from './openstack';

/** What a security group lets through; everything else is closed. */
export interface RuleWish {
  readonly direction: 'ingress' | 'egress';
  readonly protocol: 'tcp' | 'udp';
  readonly port: number;
  /** Address range (CIDR) of the other side; or its security group. */
  readonly cidr?: string;
  readonly groupId?: string;
  readonly description: string;
}

export interface SecurityGroupWish {
  readonly name: string;
  readonly description: string;
  readonly rules: readonly RuleWish[];
}

export interface PortWish {
  readonly name: string;
  readonly networkId: string;
  readonly subnetId: string;
  readonly securityGroupIds: readonly string[];
}

export interface FloatingIpWish {
  readonly description: string;
  /** The external network that it comes from. */
  readonly networkId: string;
  readonly portId: string;
}

type Cloud = Pick<OpenStack, 'session' | 'network'>;

const ID = z.object({ id: z.string() });

/** Makes a security group that lets through what it is told, and nothing else. @returns its id @throws {CloudError} */
export async function makeSecurityGroup(cloud: Cloud, wish: SecurityGroupWish): Promise<string> {
  const { name, description } = wish;
  const schema = z.object({ security_group: ID });
  const body = { security_group: { name, description } };
  const made = await cloud.session.request('POST', 'network', '/security-groups', { body, schema });
  const { id } = made!.security_group;
  // The cloud's own rules let everything out.
  const given = await cloud.network.securityGroupRules({ security_group_id: id });
  await Promise.all(given.map((rule) => cloud.network.delete({ kind: 'security group rule', id: rule.id })));
  for (const rule of wish.rules) await addRule(cloud, id, rule);
  return id;
}

/** @throws {CloudError} */
export async function addRule({ session }: Cloud, securityGroupId: string, wish: RuleWish): Promise<void> {
  const { direction, protocol, port, cidr, groupId, description } = wish;
  const security_group_rule = {
    ...{ security_group_id: securityGroupId, direction, protocol, port_range_min: port, port_range_max: port },
    ...{ ethertype: cidr?.includes(':') ? 'IPv6' : 'IPv4', description },
    ...(cidr !== undefined && { remote_ip_prefix: cidr }),
    ...(groupId !== undefined && { remote_group_id: groupId }),
  };
  await session.request('POST', 'network', '/security-group-rules', { body: { security_group_rule } });
}

/** @returns its id and its fixed IPv4 address @throws {CloudError} */
export async function makePort(
  { session }: Cloud,
  { name, networkId, subnetId, securityGroupIds }: PortWish,
): Promise<{ readonly id: string; readonly address: string }> {
  const port = {
    ...{ name, network_id: networkId, fixed_ips: [{ subnet_id: subnetId }], security_groups: securityGroupIds },
  };
  const schema = z.object({
    port: z.object({ id: z.string(), fixed_ips: z.array(z.object({ ip_address: z.string() })).min(1) }),
  });
  const made = await session.request('POST', 'network', '/ports', { body: { port }, schema });
  return { id: made!.port.id, address: made!.port.fixed_ips[0]!.ip_address };
}

/** Makes a floating IP that leads to a port. @returns its address @throws {CloudError} */
export async function makeFloatingIp(
  { session }: Cloud,
  { description, networkId, portId }: FloatingIpWish,
): Promise<string> {
  const body = { floatingip: { floating_network_id: networkId, port_id: portId, description } };
  const schema = z.object({ floatingip: z.object({ floating_ip_address: z.string() }) });
  const made = await session.request('POST', 'network', '/floatingips', { body, schema });
  return made!.floatingip.floating_ip_address;
}
