import type { ApiClient } from './_api';
import { type ConfigContext, PORTS, REGION, type ServiceUser } from './config/context';
import { TSIG_ALGORITHM, TSIG_KEY, tsigSecret } from './config/dns';
import { PHYSICAL_NETWORK } from './config/neutron';
import { SandboxError } from './errors';

export const PUBLIC_NETWORK = 'public';

const SERVICES: Readonly<Record<ServiceUser, { type: string; port: number; path: string }>> = {
  glance: { type: 'image', port: PORTS.image, path: '' },
  placement: { type: 'placement', port: PORTS.placement, path: '' },
  nova: { type: 'compute', port: PORTS.compute, path: '/v2.1' },
  neutron: { type: 'network', port: PORTS.network, path: '' },
  designate: { type: 'dns', port: PORTS.dns, path: '' },
};

const FLAVORS = [
  { name: 'm1.tiny', vcpus: 1, ram: 512, disk: 3 },
  { name: 'm1.small', vcpus: 1, ram: 1024, disk: 5 },
  { name: 'm1.medium', vcpus: 2, ram: 2048, disk: 10 },
  { name: 'm1.large', vcpus: 4, ram: 4096, disk: 20 },
];

interface Named {
  readonly id: string;
  readonly name: string;
}

/** Users, roles and the catalog. Makes what is missing; the service users' passwords are those of `context`. */
export async function seedIdentity(admin: ApiClient, context: ConfigContext): Promise<void> {
  const identity = new IdentitySeed(admin, context);
  await Promise.all([...SERVICE_ROLES, ...USER_ROLES].map((role) => identity.role(role)));
  await identity.user('sandbox', await identity.project('sandbox'), USER_ROLES);
  for (const name of ['glance', 'placement', 'nova', 'neutron'] as const) await identity.service(name);
}

/** The user of one more service, and its place in the catalog. */
export async function seedService(admin: ApiClient, context: ConfigContext, name: ServiceUser): Promise<void> {
  await new IdentitySeed(admin, context).service(name);
}

const SERVICE_ROLES = ['admin', 'service'];
const USER_ROLES = ['member', 'reader', 'load-balancer_member', 'creator'];

/** Makes what keystone lacks. */
class IdentitySeed {
  private readonly roles = new Map<string, Promise<string>>();

  constructor(
    private readonly admin: ApiClient,
    private readonly context: ConfigContext,
  ) {}

  role(name: string): Promise<string> {
    const known = this.roles.get(name) ?? this.ensure('role', name);
    this.roles.set(name, known);
    return known;
  }

  project(name: string): Promise<string> {
    return this.ensure('project', name, { domain_id: 'default' });
  }

  async user(name: ServiceUser | 'sandbox', project: string, roles: readonly string[]): Promise<void> {
    const password = this.context.passwords[name];
    const id = await this.ensure('user', name, { password, domain_id: 'default', default_project_id: project });
    for (const role of roles) {
      await this.admin.put('identity', `/projects/${project}/users/${id}/roles/${await this.role(role)}`);
    }
  }

  async service(name: ServiceUser): Promise<void> {
    await this.user(name, await this.project('service'), SERVICE_ROLES);
    const id = await this.ensure('service', name, { type: SERVICES[name].type });
    await seedEndpoints(this.admin, this.context, name, id);
  }

  private async ensure(kind: string, name: string, body: object = {}): Promise<string> {
    const found = await this.admin.get<Record<string, Named[]>>('identity', `/${kind}s?name=${name}`);
    const there = found[`${kind}s`].find((one) => one.name === name);
    if (there) return there.id;
    const made = await this.admin.post<Record<string, Named>>('identity', `/${kind}s`, { [kind]: { name, ...body } });
    return made[kind].id;
  }
}

async function seedEndpoints(admin: ApiClient, context: ConfigContext, name: ServiceUser, id: string): Promise<void> {
  const { endpoints } = await admin.get<{ endpoints: { interface: string }[] }>(
    'identity',
    `/endpoints?service_id=${id}`,
  );
  const url = `http://${context.net.api}:${SERVICES[name].port}${SERVICES[name].path}`;
  for (const side of ['public', 'internal', 'admin'].filter(
    (one) => !endpoints.some((there) => there.interface === one),
  ))
    await admin.post('identity', '/endpoints', {
      endpoint: { interface: side, url, service_id: id, region_id: REGION },
    });
}

/** Flavors and the public network. */
export async function seedCloud(admin: ApiClient, context: ConfigContext): Promise<void> {
  await Promise.all([seedFlavors(admin), seedPublicNetwork(admin, context)]);
}

async function seedFlavors(admin: ApiClient): Promise<void> {
  const { flavors } = await admin.get<{ flavors: Named[] }>('compute', '/flavors');
  for (const flavor of FLAVORS.filter((wanted) => !flavors.some((there) => there.name === wanted.name)))
    await admin.post('compute', '/flavors', { flavor });
}

async function seedPublicNetwork(admin: ApiClient, { net }: ConfigContext): Promise<void> {
  const { networks } = await admin.get<{ networks: Named[] }>('network', `/networks?name=${PUBLIC_NETWORK}`);
  const network = networks[0] ?? (await createPublicNetwork(admin));
  const { subnets } = await admin.get<{ subnets: Named[] }>('network', `/subnets?network_id=${network.id}`);
  if (subnets.length > 0) return;
  const pool = { start: net.floatingFirst, end: net.floatingLast };
  const subnet = { name: 'public-v4', network_id: network.id, ip_version: 4, cidr: net.cidr, gateway_ip: net.host };
  await admin.post('network', '/subnets', { subnet: { ...subnet, enable_dhcp: false, allocation_pools: [pool] } });
}

async function createPublicNetwork(admin: ApiClient): Promise<Named> {
  const provider = { 'provider:network_type': 'flat', 'provider:physical_network': PHYSICAL_NETWORK };
  const network = { name: PUBLIC_NETWORK, 'router:external': true, shared: false, ...provider };
  return (await admin.post<{ network: Named }>('network', '/networks', { network })).network;
}

/** Without the key Designate would answer BIND's private view as if it were the public one. */
export async function seedDns(admin: ApiClient, context: ConfigContext): Promise<void> {
  const { tsigkeys } = await admin.get<{ tsigkeys: Named[] }>('dns', '/tsigkeys');
  if (tsigkeys.some(({ name }) => name === TSIG_KEY)) return;
  const { pools } = await admin.get<{ pools: Named[] }>('dns', '/pools');
  const pool = pools.find(({ name }) => name === 'private');
  if (!pool)
    throw new SandboxError('Designate does not know the pool of private zones: firesteel sandbox logs designate-pools');
  const key = { name: TSIG_KEY, algorithm: TSIG_ALGORITHM, secret: tsigSecret(context) };
  await admin.post('dns', '/tsigkeys', { ...key, scope: 'POOL', resource_id: pool.id });
}
