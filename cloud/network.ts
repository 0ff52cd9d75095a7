import { z } from 'zod';
import { CloudError } from './cloud-error';
import type { Session } from './session';

/** Most clouds tell it; absent where one doesn't. */
const created = z.string().optional();
const date = (text: string | undefined): Date | undefined => (text === undefined ? undefined : new Date(text));

const network = z
  .object({
    id: z.string(),
    name: z.string(),
    status: z.string().default(''),
    shared: z.boolean().default(false),
    'router:external': z.boolean().default(false),
    project_id: z.string().optional(),
    mtu: z.number().nullish(),
    subnets: z.array(z.string()).default([]),
    created_at: created,
  })
  .transform((raw) => ({
    id: raw.id,
    name: raw.name,
    status: raw.status,
    shared: raw.shared,
    external: raw['router:external'],
    projectId: raw.project_id,
    mtu: raw.mtu ?? undefined,
    subnetIds: raw.subnets,
    created: date(raw.created_at),
  }));

const subnet = z
  .object({
    id: z.string(),
    name: z.string(),
    network_id: z.string(),
    cidr: z.string(),
    ip_version: z.number(),
    gateway_ip: z.string().nullable(),
    dns_nameservers: z.array(z.string()).default([]),
    enable_dhcp: z.boolean().default(true),
    created_at: created,
  })
  .transform((raw) => ({
    id: raw.id,
    name: raw.name,
    networkId: raw.network_id,
    cidr: raw.cidr,
    ipVersion: raw.ip_version,
    gateway: raw.gateway_ip ?? undefined,
    nameservers: raw.dns_nameservers,
    dhcp: raw.enable_dhcp,
    created: date(raw.created_at),
  }));

const router = z
  .object({
    id: z.string(),
    name: z.string(),
    status: z.string().default(''),
    external_gateway_info: z.object({ network_id: z.string() }).nullish(),
    created_at: created,
  })
  .transform((raw) => ({
    id: raw.id,
    name: raw.name,
    status: raw.status,
    externalNetworkId: raw.external_gateway_info?.network_id,
    created: date(raw.created_at),
  }));

const port = z
  .object({
    id: z.string(),
    name: z.string(),
    status: z.string(),
    network_id: z.string(),
    device_id: z.string().default(''),
    device_owner: z.string().default(''),
    mac_address: z.string(),
    fixed_ips: z.array(z.object({ ip_address: z.string(), subnet_id: z.string() })).default([]),
    security_groups: z.array(z.string()).default([]),
    created_at: created,
  })
  .transform((raw) => ({
    id: raw.id,
    name: raw.name,
    status: raw.status,
    networkId: raw.network_id,
    deviceId: raw.device_id,
    deviceOwner: raw.device_owner,
    mac: raw.mac_address,
    addresses: raw.fixed_ips.map(({ ip_address }) => ip_address),
    securityGroupIds: raw.security_groups,
    created: date(raw.created_at),
  }));

const floatingIp = z
  .object({
    id: z.string(),
    floating_ip_address: z.string(),
    fixed_ip_address: z.string().nullish(),
    floating_network_id: z.string(),
    port_id: z.string().nullish(),
    status: z.string().optional(),
    description: z.string().optional(),
    created_at: created,
  })
  .transform((raw) => ({
    id: raw.id,
    address: raw.floating_ip_address,
    fixedAddress: raw.fixed_ip_address ?? undefined,
    networkId: raw.floating_network_id,
    portId: raw.port_id ?? undefined,
    status: raw.status,
    description: raw.description ?? '',
    created: date(raw.created_at),
  }));

const rule = z
  .object({
    id: z.string(),
    security_group_id: z.string(),
    direction: z.enum(['ingress', 'egress']),
    ethertype: z.string(),
    protocol: z.string().nullish(),
    port_range_min: z.number().nullish(),
    port_range_max: z.number().nullish(),
    remote_ip_prefix: z.string().nullish(),
    remote_group_id: z.string().nullish(),
    description: z.string().nullish(),
    created_at: created,
  })
  .transform((raw) => ({
    id: raw.id,
    securityGroupId: raw.security_group_id,
    direction: raw.direction,
    ethertype: raw.ethertype,
    protocol: raw.protocol ?? undefined,
    portMin: raw.port_range_min ?? undefined,
    portMax: raw.port_range_max ?? undefined,
    remoteCidr: raw.remote_ip_prefix ?? undefined,
    remoteGroupId: raw.remote_group_id ?? undefined,
    description: raw.description ?? '',
    created: date(raw.created_at),
  }));

const securityGroup = z
  .object({
    id: z.string(),
    name: z.string(),
    description: z.string().default(''),
    security_group_rules: z.array(rule).default([]),
    created_at: created,
  })
  .transform((raw) => ({
    id: raw.id,
    name: raw.name,
    description: raw.description,
    rules: raw.security_group_rules,
    created: date(raw.created_at),
  }));

const quotaDetail = z.object({ limit: z.number(), used: z.number(), reserved: z.number().default(0) });
/** Some releases put the project's id among the resources. */
const quotaDetails = z.object({ quota: z.record(z.string(), z.union([quotaDetail, z.string()])) });
const quotaLimits = z.object({ quota: z.record(z.string(), z.union([z.number(), z.string()])) });

export type CloudNetwork = z.output<typeof network>;
export type Subnet = z.output<typeof subnet>;
export type Router = z.output<typeof router>;
export type Port = z.output<typeof port>;
export type FloatingIp = z.output<typeof floatingIp>;
export type SecurityGroup = z.output<typeof securityGroup>;
export type SecurityGroupRule = z.output<typeof rule>;
/** `limit` -1 = none. */
export type QuotaDetail = z.output<typeof quotaDetail>;

/** Something of the project's that can be deleted by its id. */
export interface NetworkThing {
  readonly kind: keyof typeof PATHS;
  readonly id: string;
  /** Of a router interface, whose `id` is its port's. */
  readonly routerId?: string;
}

const PATHS = {
  port: 'ports',
  'router interface': 'routers',
  'floating IP': 'floatingips',
  router: 'routers',
  subnet: 'subnets',
  network: 'networks',
  'security group': 'security-groups',
  'security group rule': 'security-group-rules',
} as const;

type Query = Record<string, string>;

/** Neutron, as far as we need it. `query` takes Neutron's filters, e.g. `{ name: 'dev' }`. */
export class NetworkService {
  constructor(private readonly session: Session) {}

  /** All that the project may use, external and shared ones too. */
  networks(query: Query = {}): Promise<CloudNetwork[]> {
    return this.session.list('network', '/networks', 'networks', network, { query });
  }

  subnets(query: Query = {}): Promise<Subnet[]> {
    return this.session.list('network', '/subnets', 'subnets', subnet, { query });
  }

  /** The project's own, as with all that follow: an administrator would otherwise see everybody's. */
  routers(query: Query = {}): Promise<Router[]> {
    return this.session.list('network', '/routers', 'routers', router, { query: this.own(query) });
  }

  ports(query: Query = {}): Promise<Port[]> {
    return this.session.list('network', '/ports', 'ports', port, { query: this.own(query) });
  }

  /** Done as well where it is gone already. */
  async delete({ kind, id, routerId }: NetworkThing): Promise<void> {
    const path = `/${PATHS[kind]}/${encodeURIComponent(routerId ?? id)}`;
    if (routerId === undefined) await this.session.remove('network', path);
    else await this.session.remove('network', `${path}/remove_router_interface`, 'PUT', { port_id: id });
  }

  floatingIps(query: Query = {}): Promise<FloatingIp[]> {
    return this.session.list('network', '/floatingips', 'floatingips', floatingIp, { query: this.own(query) });
  }

  securityGroups(query: Query = {}): Promise<SecurityGroup[]> {
    return this.session.list('network', '/security-groups', 'security_groups', securityGroup, {
      query: this.own(query),
    });
  }

  securityGroupRules(query: Query = {}): Promise<SecurityGroupRule[]> {
    return this.session.list('network', '/security-group-rules', 'security_group_rules', rule, {
      query: this.own(query),
    });
  }

  /** Lets who wears a group out to a TCP port of any IPv4 address; done as well where a rule does that already. */
  async allowOut(securityGroupId: string, port: number, description: string): Promise<void> {
    const rule = {
      ...{ security_group_id: securityGroupId, direction: 'egress', ethertype: 'IPv4', protocol: 'tcp' },
      ...{ port_range_min: port, port_range_max: port, remote_ip_prefix: '0.0.0.0/0', description },
    };
    try {
      // The cloud itself sees to it that there are no two.
      const body = { security_group_rule: rule };
      await this.session.request('POST', 'network', '/security-group-rules', { body, repeatable: true });
    } catch (error) {
      if (!(error instanceof CloudError && error.status === 409)) throw error;
      // It says the same where the quota is used up.
      const query = { security_group_id: securityGroupId, direction: 'egress' };
      const rules = await this.securityGroupRules(query);
      if (!rules.some((one) => letsOutTo(one, port))) throw error;
    }
  }

  /** By Neutron's names: `network`, `subnet`, `router`, `port`, `floatingip`, `security_group`, `security_group_rule`, … */
  async quota(): Promise<Record<string, QuotaDetail>> {
    const project = encodeURIComponent(this.session.projectId);
    try {
      const { quota } = await this.session.get('network', `/quotas/${project}/details`, quotaDetails);
      return withoutTexts(quota);
    } catch (error) {
      // Where the details extension is not loaded, what is used has to be counted.
      if (!(error instanceof CloudError && error.kind === 'notFound')) throw error;
      return this.countedQuota(project);
    }
  }

  private async countedQuota(project: string): Promise<Record<string, QuotaDetail>> {
    const quota = withoutTexts((await this.session.get('network', `/quotas/${project}`, quotaLimits)).quota);
    const counts: Record<string, () => Promise<readonly unknown[]>> = {
      network: () => this.networks(this.own({})),
      subnet: () => this.subnets(this.own({})),
      router: () => this.routers(),
      port: () => this.ports(),
      floatingip: () => this.floatingIps(),
      security_group: () => this.securityGroups(),
      security_group_rule: () => this.securityGroupRules(),
    };
    const known = Object.entries(counts).filter(([name]) => quota[name] !== undefined);
    const used = await Promise.all(known.map(([, count]) => count()));
    return Object.fromEntries(
      known.map(([name], index) => [name, { limit: quota[name], used: used[index].length, reserved: 0 }]),
    );
  }

  private own(query: Query): Query {
    return { project_id: this.session.projectId, ...query };
  }
}

/** Whether a rule lets out to that TCP port of any IPv4 address. */
export function letsOutTo(
  { direction, ethertype, protocol, remoteCidr, ...rule }: SecurityGroupRule,
  port: number,
): boolean {
  const out = direction === 'egress' && ethertype === 'IPv4' && protocol === 'tcp' && remoteCidr === '0.0.0.0/0';
  return out && rule.portMin === port && rule.portMax === port;
}

function withoutTexts<T>(record: Record<string, T | string>): Record<string, T> {
  return Object.fromEntries(
    Object.entries(record).filter((entry): entry is [string, T] => typeof entry[1] !== 'string'),
  );
}
