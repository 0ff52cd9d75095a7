import type { ApiClient } from './_api';
import { type ConfigContext, PORTS, REGION, type ServiceUser } from './config/context';
import { PHYSICAL_NETWORK } from './config/neutron';

export const PUBLIC_NETWORK = 'public';

const SERVICES: Readonly<Record<ServiceUser, { type: string; port: number; path: string }>> = {
  glance: { type: 'image', port: PORTS.image, path: '' },
  placement: { type: 'placement', port: PORTS.placement, path: '' },
  nova: { type: 'compute', port: PORTS.compute, path: '/v2.1' },
  neutron: { type: 'network', port: PORTS.network, path: '' },
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
  const ensure = async (kind: string, name: string, body: object = {}): Promise<string> => {
    const found = await admin.get<Record<string, Named[]>>('identity', `/${kind}s?name=${name}`);
    const there = found[`${kind}s`].find((one) => one.name === name);
    return (
      there ?? (await admin.post<Record<string, Named>>('identity', `/${kind}s`, { [kind]: { name, ...body } }))[kind]
    ).id;
  };
  const grant = (project: string, user: string, role: string) =>
    admin.put('identity', `/projects/${project}/users/${user}/roles/${role}`);

  const names = ['admin', 'service', 'member', 'reader', 'load-balancer_member', 'creator'];
  const roles = new Map(await Promise.all(names.map(async (name) => [name, await ensure('role', name)] as const)));
  const user = async (name: keyof typeof context.passwords, project: string, wanted: string[]) => {
    const id = await ensure('user', name, {
      password: context.passwords[name],
      domain_id: 'default',
      default_project_id: project,
    });
    for (const role of wanted) await grant(project, id, roles.get(role)!);
  };
  const service = await ensure('project', 'service', { domain_id: 'default' });
  const sandbox = await ensure('project', 'sandbox', { domain_id: 'default' });
  await user('sandbox', sandbox, ['member', 'reader', 'load-balancer_member', 'creator']);
  for (const name of Object.keys(SERVICES) as ServiceUser[]) {
    await user(name, service, ['admin', 'service']);
    await seedEndpoints(admin, context, name, await ensure('service', name, { type: SERVICES[name].type }));
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
