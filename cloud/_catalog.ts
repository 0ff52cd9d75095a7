import type { Catalog } from './_keystone';
import { didYouMean, listNames } from './_suggest';
import type { CloudCredentials } from './cloud-credentials';
import { CloudError } from './cloud-error';

/** The services that we speak to; each by the types that catalogs list it under, and the version its address must end in. */
const SERVICES = {
  compute: { types: ['compute'], version: 'v2.1' },
  image: { types: ['image'], version: 'v2' },
  network: { types: ['network'], version: 'v2.0' },
  loadBalancer: { types: ['load-balancer'], version: 'v2.0' },
  dns: { types: ['dns'], version: 'v2' },
  volume: { types: ['block-storage', 'volumev3', 'block-store', 'volume'], version: undefined },
} as const;

export type Service = keyof typeof SERVICES;

/**
 * The region to use: the one asked for, or the only one.
 * @throws {CloudError} noEndpoint, listing the regions
 */
export function chooseRegion(catalog: Catalog, credentials: CloudCredentials): string | undefined {
  const regions = regionsOf(catalog);
  const { region, source } = credentials;
  if (region === undefined) {
    if (regions.length <= 1) return regions[0];
    throw new CloudError(
      'noEndpoint',
      `the cloud has several regions: ${listNames(regions)}. Name one: region_name or OS_REGION_NAME (${source})`,
    );
  }
  if (regions.length === 0 || regions.includes(region)) return region;
  throw new CloudError(
    'noEndpoint',
    `region "${region}" is not in the cloud.${didYouMean(region, regions)} There are: ${listNames(regions)} (${source})`,
  );
}

/** Regions that have servers; of a catalog without compute, all. */
function regionsOf(catalog: Catalog): string[] {
  const named = (services: Catalog) =>
    services.flatMap(({ endpoints }) => endpoints.map(({ region_id, region }) => region_id ?? region));
  const of = (services: Catalog) =>
    [...new Set(named(services))].filter((region): region is string => typeof region === 'string');
  const withServers = of(catalog.filter(({ type }) => type === 'compute'));
  return withServers.length > 0 ? withServers : of(catalog);
}

/** Address of a service without a slash at its end, or undefined where the catalog has none for region and interface. */
export function tryEndpoint(
  catalog: Catalog,
  service: Service,
  region: string | undefined,
  side: CloudCredentials['interface'],
): string | undefined {
  for (const type of SERVICES[service].types) {
    const endpoints = catalog.filter((entry) => entry.type === type).flatMap((entry) => entry.endpoints);
    const match = endpoints.find(
      (endpoint) => endpoint.interface === side && inRegion(endpoint, region) && speaks(service, endpoint.url),
    );
    if (match) return versioned(match.url, SERVICES[service].version);
  }
  return undefined;
}

/** @throws {CloudError} noEndpoint, saying what the catalog has */
export function findEndpoint(
  catalog: Catalog,
  service: Service,
  region: string | undefined,
  credentials: CloudCredentials,
): string {
  const found = tryEndpoint(catalog, service, region, credentials.interface);
  if (found !== undefined) return found;
  const elsewhere = catalog
    .filter(({ type }) => (SERVICES[service].types as readonly string[]).includes(type))
    .flatMap(({ endpoints }) =>
      endpoints.map((endpoint) => `${endpoint.interface} in ${endpoint.region_id ?? endpoint.region ?? 'no region'}`),
    );
  const has =
    elsewhere.length > 0
      ? `it has: ${listNames(elsewhere)}`
      : `services it has: ${listNames(catalog.map(({ type }) => type))}`;
  throw new CloudError(
    'noEndpoint',
    `the catalog has no ${credentials.interface} endpoint of the ${service} service${region ? ` in region ${region}` : ''}; ${has}. ` +
      `Check interface and region_name (${credentials.source})`,
    { service },
  );
}

function inRegion(endpoint: Catalog[number]['endpoints'][number], region: string | undefined): boolean {
  return region === undefined || (endpoint.region_id ?? endpoint.region ?? region) === region;
}

/** `volume` has been the name of Cinder's versions 1 and 2 as well. */
function speaks(service: Service, url: string): boolean {
  return service !== 'volume' || /\/v3(\/|$)/.test(url);
}

/** Catalogs list some services with their version and some without. */
function versioned(url: string, version: string | undefined): string {
  const bare = url.replace(/\/+$/, '');
  if (version === undefined || /\/v\d+(\.\d+)?(\/[^/]+)?$/.test(bare)) return bare;
  return `${bare}/${version}`;
}
