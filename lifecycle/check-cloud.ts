import type { OpenStack } from '../cloud/openstack';
import { type PreflightProblem, type PreflightReport, type PreflightRequest, preflight } from '../cloud/preflight';
import { formatQuotaTable } from '../cloud/quota';
import { isBakedName } from '../plan/baked-image';
import { type ClusterPlan, existingFloatingIps, hostName, nodeName } from '../plan/cluster-plan';
import { commonNames } from '../plan/common-names';
import { DNS_SIDES, type DnsPlan, sharesZone } from '../plan/dns-plan';
import { dnsRecords } from '../plan/dns-records';
import { findPlaces } from '../plan/find-places';
import type { CommonEnvironment } from '../plan/load-environments';
import { ApplyMark } from './_apply-mark';
import { phase } from './_phase';
import { tooLittleMemory } from './_role-memory';
import { takenNames } from './_taken-names';
import type { CheckRequest } from './check-requests';
import { PreflightError } from './errors';
import { chooseImage, describeLack } from './image/choice';
import { type MissingResource, missingResources, type StackAndState } from './missing-resources';
import type { StateResource } from './terraform-state';
import type { Workspace } from './workspace';

/**
 * Asks the cloud whether it has, by these names and quotas, what is still to be made.
 * @throws {PreflightError} with everything that is wrong
 */
export async function checkCloud(workspace: Workspace, request: CheckRequest): Promise<PreflightReport> {
  const environment = request.cluster?.environment ?? request.common;
  const where = request.region === undefined ? 'the cloud' : request.region;
  const about = { subject: environment.name, phase: 'preflight', text: `asking ${where} for names and quota` };
  return phase(workspace.options.onProgress, about, async () => {
    const cloud = await workspace.cloud(environment, request.region);
    const [report, taken, lacks] = await Promise.all([
      preflight(cloud, preflightRequest(request)),
      takenByOthers(workspace, cloud, request),
      imageLacks(cloud, request),
    ]);
    for (const text of [...report.notes, ...lacks]) workspace.options.onProgress?.({ ...about, state: 'warn', text });
    // The stacks take the newest of several images of one name.
    const asked = report.problems.filter(({ kind, subject }) => kind !== 'ambiguous' || subject !== 'image');
    const small = request.cluster ? tooLittleMemory(request.cluster.plan, report.flavors) : [];
    const problems = [...asked, ...taken, ...small].map((problem) => withPlaces(problem, request));
    if (problems.length === 0) return report;
    const tooLittle = report.quota.some(({ ok }) => !ok);
    throw new PreflightError(
      environment.name,
      problems,
      tooLittle ? formatQuotaTable(report.quota, { needed: true }) : '',
    );
  });
}

/** What configure has to install although the group's image has roles in it, each once. */
async function imageLacks(cloud: OpenStack, { cluster }: CheckRequest): Promise<readonly string[]> {
  const groups = cluster?.plan.groups.filter(({ image }) => isBakedName(image)) ?? [];
  const lacks = groups.map(async ({ image, roles }) => {
    const wanted = { roles, settings: cluster!.plan.settings };
    const choice = chooseImage(await cloud.image.images({ name: image }), wanted);
    return (choice && describeLack(choice)) ?? [];
  });
  return [...new Set((await Promise.all(lacks)).flat())];
}

/** What an interrupted run of ours left has our names too, and is cleared away before anything is made. */
async function takenByOthers(
  { memoryDir }: Workspace,
  cloud: OpenStack,
  { common, stacks }: CheckRequest,
): Promise<PreflightProblem[]> {
  const base = stacks.find(({ stack }) => stack.name === common.name);
  if (!base || new ApplyMark(memoryDir, common.name).since) return [];
  return takenNames(cloud, base);
}

/** Keys of the environments' files under which the cloud's names stand. */
const KEYS_OF: Readonly<Record<string, string | readonly string[]>> = {
  flavor: 'flavor',
  image: 'image',
  network: 'existing',
  subnet: 'subnet',
  'external network': 'external',
  'key pair': 'keyPair',
  'security group': 'securityGroups',
  'floating IP': 'floatingIp',
  address: 'addresses',
  'load balancer': 'tag',
  'DNS zone': ['public', 'private', 'zone'],
};

function withPlaces(problem: PreflightProblem, { common, cluster }: CheckRequest): PreflightProblem {
  const keys = [KEYS_OF[problem.subject] ?? []].flat();
  const { name } = problem;
  if (name === undefined) return problem;
  const files = [...(cluster ? [cluster.environment.file] : []), common.file];
  const places = files.flatMap((file) =>
    keys.flatMap((key) => spellings(name).flatMap((each) => findPlaces(file, key, each))),
  );
  return places.length === 0 ? problem : { ...problem, message: `${places.join(', ')}: ${problem.message}` };
}

/** A zone's name may stand in the file without the dot at its end. */
function spellings(name: string): readonly string[] {
  return name.endsWith('.') ? [name, name.slice(0, -1)] : [name];
}

/** What is to be made beyond what the states know. */
export function preflightRequest({ common, cluster, stacks }: CheckRequest): PreflightRequest {
  const { network, keyPair } = common.plan;
  return {
    servers: cluster ? newServers(cluster.plan, stacks) : [],
    ...(network.kind === 'existing' && { networks: [network.network], subnets: [network.subnet] }),
    ...(network.external !== undefined && { externalNetwork: network.external }),
    ...(keyPair.kind === 'existing' && { keyPair: keyPair.name }),
    ...(cluster?.plan.loadBalancers && { loadBalancers: cluster.plan.loadBalancers }),
    ...(cluster && chosenByHand(cluster.plan, common, stacks)),
    ...(cluster?.plan.dns && { dns: dnsRequest(cluster.plan, cluster.plan.dns, stacks) }),
    needs: newResources(stacks),
  };
}

/** What the plan names of the cloud's, where most plans leave it to the cloud. */
function chosenByHand(
  plan: ClusterPlan,
  common: CommonEnvironment,
  stacks: readonly StackAndState[],
): Pick<PreflightRequest, 'securityGroups' | 'addresses'> {
  const { groups } = plan;
  const securityGroups = groups.flatMap((group) => group.securityGroups ?? []);
  const floatingIps = existingFloatingIps(plan);
  const chosen = groups.flatMap((group) =>
    Object.entries(group.addresses ?? {}).map(
      ([number, address]) => [hostName(plan, nodeName(group, Number(number))), address] as const,
    ),
  );
  const { network } = common.plan;
  const subnet = network.kind === 'existing' ? network.subnet : commonNames(common.name).subnet;
  const ports = stacks.flatMap(({ state }) => state.resources).flatMap(ownPort);
  return {
    ...(securityGroups.length > 0 && { securityGroups }),
    ...(floatingIps.length + chosen.length > 0 && {
      addresses: {
        floatingIps,
        fixed: { subnet, addresses: Object.fromEntries(chosen) },
        ownPorts: new Set(ports),
      },
    }),
  };
}

/** Octavia makes the port of a load balancer, and only says which. */
function ownPort({ type, id, attributes }: StateResource): readonly string[] {
  if (type === LOAD_BALANCER) return [String(attributes.vip_port_id)];
  return type === PORT ? [id] : [];
}

function dnsRequest(plan: ClusterPlan, dns: DnsPlan, stacks: readonly StackAndState[]): PreflightRequest['dns'] {
  const missing = stacks.flatMap(missingResources).filter(({ type }) => type === ZONE);
  const records = dnsRecords(plan);
  const shared = sharesZone(dns);
  const zones = DNS_SIDES.flatMap((side) => {
    const zone = dns[side];
    if (!zone || (shared && side === 'private')) return [];
    const own = records.filter((record) => shared || record.side === side);
    const isNew = missing.some((resource) => resource.attributes.name === zone.name);
    const { name, attributes, existing } = zone;
    const state = existing ? ('existing' as const) : isNew ? ('new' as const) : ('made' as const);
    const id = typeof existing === 'string' ? { id: existing } : {};
    return [{ ...{ name, ...id, attributes, state }, records: own.length }];
  });
  return { zones };
}

/** Groups with nothing to be made are asked for too: their flavor and image must still be known. */
function newServers(plan: ClusterPlan, stacks: readonly StackAndState[]): PreflightRequest['servers'] {
  const existing = new Set(
    stacks.flatMap(({ state }) =>
      state.resources.filter(({ type }) => type === SERVER).map(({ attributes }) => attributes.name),
    ),
  );
  return plan.groups.map((group) => {
    const names = group.numbers.map((number) => hostName(plan, nodeName(group, number)));
    const count = names.filter((name) => !existing.has(name)).length;
    return { flavor: group.flavor, image: group.image, ...(group.root && { rootGiB: group.root.sizeGiB }), count };
  });
}

const ZONE = 'openstack_dns_zone_v2';
const PORT = 'openstack_networking_port_v2';
const LOAD_BALANCER = 'openstack_lb_loadbalancer_v2';
const SERVER = 'openstack_compute_instance_v2';
const VOLUME = 'openstack_blockstorage_volume_v3';

const QUOTA_OF = {
  openstack_compute_servergroup_v2: 'serverGroups',
  openstack_compute_keypair_v2: 'keyPairs',
  openstack_networking_network_v2: 'networks',
  openstack_networking_subnet_v2: 'subnets',
  openstack_networking_router_v2: 'routers',
  [PORT]: 'ports',
  // Neutron makes a port for each.
  openstack_networking_router_interface_v2: 'ports',
  // So does Octavia, for its address.
  [LOAD_BALANCER]: 'ports',
  openstack_networking_floatingip_v2: 'floatingIps',
  openstack_networking_secgroup_v2: 'securityGroups',
  openstack_networking_secgroup_rule_v2: 'securityGroupRules',
  [VOLUME]: 'volumes',
  [ZONE]: 'dnsZones',
} as const;

function newResources(stacks: readonly StackAndState[]): NonNullable<PreflightRequest['needs']> {
  const needs: Record<string, number> = {};
  const add = (quota: string, amount: number) => {
    needs[quota] = (needs[quota] ?? 0) + amount;
  };
  for (const { type, attributes } of stacks.flatMap(missingResources)) {
    const quota = QUOTA_OF[type as keyof typeof QUOTA_OF];
    if (quota !== undefined) add(quota, 1);
    for (const sizeGiB of volumeSizes(type, attributes)) {
      if (type !== VOLUME) add('volumes', 1);
      add('volumeGiB', sizeGiB);
    }
  }
  return needs;
}

/** A server that boots from a volume has it made. */
function volumeSizes(type: string, { size, block_device = [] }: MissingResource['attributes']): readonly number[] {
  if (type === VOLUME) return [Number(size)];
  if (type !== SERVER) return [];
  const devices = block_device as readonly { readonly destination_type: string; readonly volume_size: number }[];
  return devices.filter((device) => device.destination_type === 'volume').map((device) => device.volume_size);
}
