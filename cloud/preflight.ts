import { type AddressRequest, addressProblems } from './_preflight-addresses';
import { type DnsRequest, dnsProblems } from './_preflight-dns';
import { didYouMean, listNames } from './_suggest';
import type { Flavor } from './compute';
import type { Image } from './image';
import type { OpenStack } from './openstack';
import { type QuotaRow, RESOURCE_LABELS, type ResourceNeeds, readQuota } from './quota';

/** Servers of one kind that are about to be made. */
export interface ServerRequest {
  readonly flavor: string;
  readonly image: string;
  /** Size of the volume that they boot from. @default - they boot from the flavor's disk */
  readonly rootGiB?: number;
  readonly count: number;
}

/** A load balancer in front of the nodes with a tag. */
export interface LoadBalancerRequest {
  readonly name: string;
  readonly tag: string;
}

/** What is about to be made and what it counts on, by name: that is how stacks look things up. */
export interface PreflightRequest {
  readonly servers: readonly ServerRequest[];
  /** Networks that must exist already. */
  readonly networks?: readonly string[];
  /** Subnets that must exist already. */
  readonly subnets?: readonly string[];
  /** Network that floating IPs come from. */
  readonly externalNetwork?: string;
  /** Key pair that must exist already. */
  readonly keyPair?: string;
  /** Security groups that must exist already. */
  readonly securityGroups?: readonly string[];
  /** Load balancers that the cloud's own service is to make. */
  readonly loadBalancers?: readonly LoadBalancerRequest[];
  /** Addresses that were chosen by hand. */
  readonly addresses?: AddressRequest;
  /** Zones that nodes are to have records in. */
  readonly dns?: DnsRequest;
  /** Without servers, cores and memory, which follow from `servers`. */
  readonly needs?: Omit<ResourceNeeds, 'servers' | 'cores' | 'memoryMiB'>;
}

export interface PreflightProblem {
  readonly kind: 'unknown' | 'ambiguous' | 'taken' | 'unusable' | 'quota';
  /** e.g. `flavor`, or the resource of a quota. */
  readonly subject: string;
  /** The name of the request that it is about; absent where it is about no single one. */
  readonly name?: string;
  readonly message: string;
}

export interface PreflightReport {
  readonly ok: boolean;
  /** All of them, not the first. */
  readonly problems: readonly PreflightProblem[];
  readonly quota: readonly QuotaRow[];
  /** What could not be checked. */
  readonly notes: readonly string[];
  /** By the name of the request. */
  readonly flavors: ReadonlyMap<string, Flavor>;
  readonly images: ReadonlyMap<string, Image>;
}

/** Everything that can be known to be wrong before anything is made. Reads only. */
export async function preflight(cloud: OpenStack, request: PreflightRequest): Promise<PreflightReport> {
  const [flavors, images, networks, subnets, keyPairs, securityGroups, addresses, dns] = await Promise.all([
    cloud.compute.flavors(),
    cloud.image.images(),
    cloud.network.networks(),
    request.subnets === undefined ? [] : cloud.network.subnets(),
    request.keyPair === undefined ? [] : cloud.compute.keyPairs(),
    request.securityGroups === undefined ? [] : cloud.network.securityGroups(),
    request.addresses === undefined ? [] : addressProblems(cloud.network, request.addresses),
    request.dns === undefined ? [] : dnsProblems(cloud.dns, request.dns),
  ]);
  const problems: PreflightProblem[] = [];
  const external = networks.filter((network) => network.external);
  const found = {
    flavors: findAll(
      request.servers.map(({ flavor }) => flavor),
      flavors,
      'flavor',
      problems,
    ),
    images: findAll(
      request.servers.map(({ image }) => image),
      images,
      'image',
      problems,
    ),
  };
  findAll(request.networks ?? [], networks, 'network', problems);
  findAll(request.subnets ?? [], subnets, 'subnet', problems);
  findAll(
    request.externalNetwork === undefined ? [] : [request.externalNetwork],
    external,
    'external network',
    problems,
  );
  findAll(request.keyPair === undefined ? [] : [request.keyPair], keyPairs, 'key pair', problems);
  findAll(request.securityGroups ?? [], securityGroups, 'security group', problems);
  problems.push(...addresses, ...dns);
  problems.push(...unusable(request.servers, found.flavors, found.images));
  if (request.needs?.volumes && !cloud.volume) problems.push(noVolumes(request.needs.volumes));
  problems.push(...noLoadBalancers(cloud, request.loadBalancers ?? []));
  const quota = await readQuota(cloud, { ...request.needs, ...serverNeeds(request.servers, found.flavors) });
  problems.push(...quota.rows.filter(({ ok }) => !ok).map(quotaProblem));
  return { ok: problems.length === 0, problems, quota: quota.rows, notes: quota.notes, ...found };
}

/** Names what exists where something doesn't. */
function findAll<T extends { readonly id?: string; readonly name: string }>(
  wanted: readonly string[],
  existing: readonly T[],
  subject: string,
  problems: PreflightProblem[],
): Map<string, T> {
  const found = new Map<string, T>();
  for (const name of new Set(wanted)) {
    const byName = existing.filter((one) => one.name === name);
    const [only] = byName;
    if (only && byName.length === 1) found.set(name, only);
    else problems.push(only ? ambiguous(name, byName, subject) : unknown(name, existing, subject));
  }
  return found;
}

function unknown(
  name: string,
  existing: readonly { readonly id?: string; readonly name: string }[],
  subject: string,
): PreflightProblem {
  const names = existing.map((one) => one.name).filter(Boolean);
  const byId = existing.find(({ id }) => id === name);
  const message = byId
    ? `"${name}" is an id (${subject}): write its name, ${JSON.stringify(byId.name)}`
    : `there is no ${subject} "${name}".${didYouMean(name, names)} There are: ${listNames(names)}`;
  return { kind: 'unknown', subject, name, message };
}

function ambiguous(name: string, same: readonly { readonly id?: string }[], subject: string): PreflightProblem {
  const ids = same.map(({ id }) => id).join(', ');
  return {
    kind: 'ambiguous',
    subject,
    name,
    message: `there are ${same.length} of the name "${name}" (${subject}: ${ids}); give one of them a name of its own`,
  };
}

function unusable(
  servers: readonly ServerRequest[],
  flavors: ReadonlyMap<string, Flavor>,
  images: ReadonlyMap<string, Image>,
): PreflightProblem[] {
  const messages = servers.flatMap(({ flavor: flavorName, image: imageName, rootGiB }) => {
    const flavor = flavors.get(flavorName);
    const image = images.get(imageName);
    return [
      image && image.status !== 'active'
        ? {
            subject: 'image',
            name: imageName,
            message: `image "${imageName}" can't be booted: its status is ${image.status}`,
          }
        : undefined,
      flavor?.disabled
        ? { subject: 'flavor', name: flavorName, message: `flavor "${flavorName}" is disabled` }
        : undefined,
      ...(flavor && image
        ? tooSmall(flavor, image, rootGiB).map((message) => ({ subject: 'flavor', name: flavorName, message }))
        : []),
    ].filter((found) => found !== undefined);
  });
  const once = new Map(messages.map((found) => [found.message, found]));
  return [...once.values()].map((found) => ({ kind: 'unusable', ...found }));
}

function tooSmall(flavor: Flavor, image: Image, rootGiB: number | undefined): string[] {
  const small: string[] = [];
  const text = (has: string, needs: string) =>
    `flavor "${flavor.name}" has ${has}, image "${image.name}" needs ${needs}`;
  if (flavor.ramMiB < image.minRamMiB) small.push(text(`${flavor.ramMiB} MiB of memory`, `${image.minRamMiB} MiB`));
  if (rootGiB !== undefined) {
    const least = Math.max(image.minDiskGiB, Math.ceil(image.sizeBytes / 2 ** 30));
    if (rootGiB < least)
      small.push(`a root disk of ${rootGiB} GiB is too small for image "${image.name}": ask for at least ${least} GiB`);
    return small;
  }
  // A root disk of 0 is made as large as the image.
  if (flavor.diskGiB > 0 && flavor.diskGiB < image.minDiskGiB)
    small.push(text(`a disk of ${flavor.diskGiB} GiB`, `${image.minDiskGiB} GiB`));
  return small;
}

function serverNeeds(servers: readonly ServerRequest[], flavors: ReadonlyMap<string, Flavor>): ResourceNeeds {
  const sum = (of: (flavor: Flavor | undefined) => number) =>
    servers.reduce((total, { flavor, count }) => total + count * of(flavors.get(flavor)), 0);
  return {
    servers: sum(() => 1),
    cores: sum((flavor) => flavor?.vcpus ?? 0),
    memoryMiB: sum((flavor) => flavor?.ramMiB ?? 0),
  };
}

function noVolumes(count: number): PreflightProblem {
  const message = `${count} volumes are asked for, and the cloud has no block storage; leave them out, or take a flavor with a larger disk`;
  return { kind: 'unusable', subject: 'volumes', message };
}

function noLoadBalancers({ session }: OpenStack, wanted: readonly LoadBalancerRequest[]): PreflightProblem[] {
  if (wanted.length === 0 || session.has('loadBalancer')) return [];
  return wanted.map(({ name, tag }) => ({
    kind: 'unusable',
    subject: 'load balancer',
    name: tag,
    message: `load balancer "${name}": the cloud has no load balancer service (Octavia); give a group the role haproxy, and it is served by its nodes ("by: haproxy")`,
  }));
}

function quotaProblem(row: QuotaRow): PreflightProblem {
  const message = `quota of ${RESOURCE_LABELS[row.resource]}: ${row.need} needed, ${row.free} free (${row.used} of ${row.limit} used); ask for less, delete something, or have the quota raised`;
  return { kind: 'quota', subject: row.resource, message };
}
