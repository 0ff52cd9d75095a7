import { CloudError } from './cloud-error';
import type { OpenStack } from './openstack';

/** What is about to be made, beyond what exists already. */
export interface ResourceNeeds {
  readonly servers?: number;
  readonly cores?: number;
  readonly memoryMiB?: number;
  readonly serverGroups?: number;
  readonly keyPairs?: number;
  readonly networks?: number;
  readonly subnets?: number;
  readonly routers?: number;
  readonly ports?: number;
  readonly floatingIps?: number;
  readonly securityGroups?: number;
  readonly securityGroupRules?: number;
  readonly volumes?: number;
  readonly volumeGiB?: number;
  readonly dnsZones?: number;
}

/** One line of the table need / free. */
export interface QuotaRow {
  readonly resource: keyof ResourceNeeds;
  readonly need: number;
  readonly used: number;
  /** -1 = unlimited. */
  readonly limit: number;
  /** -1 = unlimited; never below 0 otherwise, even where more is used than allowed. */
  readonly free: number;
  readonly ok: boolean;
}

export interface QuotaReading {
  readonly rows: readonly QuotaRow[];
  /** What could not be looked up, and why. */
  readonly notes: readonly string[];
}

type Figures = Partial<Record<keyof ResourceNeeds, { readonly limit: number; readonly used: number }>>;

/** What people call them. */
export const RESOURCE_LABELS: Readonly<Record<keyof ResourceNeeds, string>> = {
  servers: 'servers',
  cores: 'cores',
  memoryMiB: 'memory (MiB)',
  serverGroups: 'server groups',
  keyPairs: 'key pairs',
  networks: 'networks',
  subnets: 'subnets',
  routers: 'routers',
  ports: 'ports',
  floatingIps: 'floating IPs',
  securityGroups: 'security groups',
  securityGroupRules: 'security group rules',
  volumes: 'volumes',
  volumeGiB: 'volumes (GiB)',
  dnsZones: 'DNS zones',
};

const NETWORK_NAMES: Partial<Record<keyof ResourceNeeds, string>> = {
  networks: 'network',
  subnets: 'subnet',
  routers: 'router',
  ports: 'port',
  floatingIps: 'floatingip',
  securityGroups: 'security_group',
  securityGroupRules: 'security_group_rule',
};

/** The project's quotas against what is needed: a row for every resource whose quota the cloud tells. */
export async function readQuota(cloud: OpenStack, needs: ResourceNeeds): Promise<QuotaReading> {
  const notes: string[] = [];
  const parts = await Promise.all([
    lookUp('servers, cores and memory', notes, () => computeFigures(cloud)),
    lookUp('networks', notes, () => networkFigures(cloud)),
    volumeFigures(cloud, notes),
    needs.dnsZones === undefined ? {} : dnsFigures(cloud, notes),
  ]);
  const figures: Figures = Object.assign({}, ...parts);
  const known = (Object.keys(RESOURCE_LABELS) as (keyof ResourceNeeds)[]).filter(
    (resource) => figures[resource] !== undefined,
  );
  return { rows: known.map((resource) => toRow(resource, needs[resource] ?? 0, figures[resource]!)), notes };
}

/** `need / free` as text, one row a line; only what is needed, if `needed` is set. */
export function formatQuotaTable(rows: readonly QuotaRow[], options: { readonly needed?: boolean } = {}): string {
  const shown = options.needed ? rows.filter(({ need }) => need > 0) : rows;
  const cells = shown.map((row) => [
    RESOURCE_LABELS[row.resource],
    String(row.need),
    row.free < 0 ? 'unlimited' : String(row.free),
    row.limit < 0 ? `${row.used} used` : `${row.used} of ${row.limit} used`,
    row.ok ? '' : `${row.need - row.free} too few`,
  ]);
  return table([['resource', 'need', 'free', '', ''], ...cells]);
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const numeric = (column: number) => column === 1 || column === 2;
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => (numeric(column) ? cell.padStart(widths[column]) : cell.padEnd(widths[column])))
      .join('  ');
  return rows.map((row) => line(row).trimEnd()).join('\n');
}

function toRow(
  resource: keyof ResourceNeeds,
  need: number,
  { limit, used }: { limit: number; used: number },
): QuotaRow {
  const free = limit < 0 ? -1 : Math.max(0, limit - used);
  return { resource, need, used, limit, free, ok: need === 0 || free < 0 || need <= free };
}

async function computeFigures(cloud: OpenStack): Promise<Figures> {
  const [limits, keyPairs] = await Promise.all([cloud.compute.limits(), cloud.compute.keyPairs()]);
  return present({
    servers: [limits.maxTotalInstances, limits.totalInstancesUsed],
    cores: [limits.maxTotalCores, limits.totalCoresUsed],
    memoryMiB: [limits.maxTotalRAMSize, limits.totalRAMUsed],
    serverGroups: [limits.maxServerGroups, limits.totalServerGroupsUsed],
    keyPairs: [limits.maxTotalKeypairs, keyPairs.length],
  });
}

async function networkFigures(cloud: OpenStack): Promise<Figures> {
  const quota = await cloud.network.quota();
  const known = Object.entries(NETWORK_NAMES).filter(([, name]) => quota[name] !== undefined);
  return Object.fromEntries(
    known.map(([resource, name]) => [
      resource,
      { limit: quota[name].limit, used: quota[name].used + quota[name].reserved },
    ]),
  );
}

async function volumeFigures({ volume }: OpenStack, notes: string[]): Promise<Figures> {
  if (!volume) return {};
  const limits = await lookUp('volumes', notes, () => volume.limits());
  return present({
    volumes: [limits.maxTotalVolumes, limits.totalVolumesUsed],
    volumeGiB: [limits.maxTotalVolumeGigabytes, limits.totalGigabytesUsed],
  });
}

async function dnsFigures({ dns }: OpenStack, notes: string[]): Promise<Figures> {
  if (!dns) return {};
  const figures = await lookUp('DNS zones', notes, async () => {
    const [quota, zones] = await Promise.all([dns.quota(), dns.zones()]);
    return { limit: quota.zones, used: zones.length };
  });
  return present({ dnsZones: [figures.limit, figures.used] });
}

function present(
  figures: Partial<Record<keyof ResourceNeeds, readonly [number | undefined, number | undefined]>>,
): Figures {
  const known = Object.entries(figures).filter(([, [limit]]) => limit !== undefined);
  return Object.fromEntries(known.map(([resource, [limit, used]]) => [resource, { limit: limit!, used: used ?? 0 }]));
}

/** A cloud that keeps its quotas to itself is no reason to stop. */
async function lookUp<T extends object>(
  what: string,
  notes: string[],
  read: () => Promise<T>,
): Promise<T | Record<string, never>> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof CloudError) || !['forbidden', 'notFound', 'refused', 'badAnswer'].includes(error.kind))
      throw error;
    notes.push(`the quota of ${what} could not be read: ${error.message}`);
    return {};
  }
}
