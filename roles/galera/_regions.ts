import { Secret } from '../../operations/secret';
import { sh } from '../../operations/shell';
import type { Census, NodeContext, NodeInfo, SecretSpec } from '../role';
import type { Settings } from '../settings';
import { GALERA } from './_members';
import { GALERA_CERTIFICATE, MARIADB_REPLICA_LOGIN } from './_paths';
import { galeraSettings, MARIADB_REPLICA } from './_settings';

/** The regions of which one group each replicates from that of another. */
export interface GaleraRegions {
  /** In the order of their numbers, which begin with 1. */
  readonly names: readonly string[];
  /** The one that takes writes. */
  readonly primary: string;
}

/** Undefined where the plan says of no regions that they replicate. */
export function galeraRegions(settings: Settings): GaleraRegions | undefined {
  const { regions, primary } = galeraSettings(settings).asynchronous ?? {};
  return regions && { names: regions, primary: primary ?? regions[0]! };
}

/** Whether the database of the node's region takes no writes, because that of another region does. */
export function onStandby({ node, settings }: Pick<NodeContext, 'node' | 'settings'>): boolean {
  const regions = galeraRegions(settings);
  return regions !== undefined && regions.primary !== node.region;
}

/** What the group writes its transactions' numbers with; absent where nobody is to replicate from it. */
export interface GaleraNumbering {
  readonly domain: number;
  readonly keepDays: number;
  /** Other regions replicate from it, or it from them. */
  readonly regions?: GaleraRegions;
}

/** @throws {Error} for a node whose region is not among those that replicate */
export function galeraNumbering({
  node,
  settings,
}: Pick<NodeContext, 'node' | 'settings'>): GaleraNumbering | undefined {
  const { asynchronous } = galeraSettings(settings);
  if (!asynchronous) return undefined;
  const { domain, keepDays } = asynchronous;
  const regions = galeraRegions(settings);
  if (!regions) return { domain: domain!, keepDays };
  const place = regions.names.indexOf(node.region ?? '');
  if (place < 0) throw new Error(strange(node.region, regions));
  return { domain: place + 1, keepDays, regions };
}

function strange(region: string | undefined, { names }: GaleraRegions): string {
  const where = region === undefined ? 'the plan is in one region alone' : `the region ${region} is not among them`;
  return `asynchronous.regions are ${names.join(', ')}, and ${where}: put it at the end of the list, or leave the list out`;
}

/** What `asynchronous.regions` says against the regions that the plan has, as far as those are known. */
export function wrongRegions({ settings, regions: known }: Census): string | undefined {
  const regions = galeraRegions(settings);
  if (!regions || !known) return undefined;
  const lost = regions.names.filter((name) => !known.includes(name));
  if (lost.length === 0) return undefined;
  const has = known.length > 0 ? `its regions are ${known.join(', ')}` : 'it is in one region alone';
  return `asynchronous.regions names ${lost.join(', ')}, which the plan does not have: ${has}`;
}

/** What the groups of other regions log in with. */
export const MARIADB_REPLICATION: SecretSpec = {
  name: 'mariadb.replication',
  bytes: 32,
  recover: sh`sed -n 's/^password = //p' ${MARIADB_REPLICA_LOGIN} 2>/dev/null || :`.text,
};

/** Read by the programs of this node that ask servers in other regions; who shows the cluster's certificate is one. */
export function replicaLogin(context: NodeContext): Secret {
  const password = context.secret(MARIADB_REPLICATION.name).reveal();
  return new Secret(
    [
      '# Written by firesteel configure.',
      '[client]',
      `user = ${MARIADB_REPLICA}`,
      `password = ${password}`,
      `ssl-ca = ${GALERA_CERTIFICATE}`,
      '',
    ].join('\n'),
  );
}

/** Who serves each region's data, with the address it has from here, and what the region's transactions are numbered with. */
export interface GaleraRegionInfo {
  readonly name: string;
  readonly domain: number;
  readonly servers: readonly Pick<NodeInfo, 'name' | 'address'>[];
}

/** As programs on the nodes are told. */
export function regionInfos(context: NodeContext, { names }: GaleraRegions): readonly GaleraRegionInfo[] {
  const all = [...context.nodes, ...context.elsewhere].filter(({ roles }) => roles.includes(GALERA));
  return names.map((name, index) => ({
    name,
    domain: index + 1,
    servers: all.filter(({ region }) => region === name).map(({ name: node, address }) => ({ name: node, address })),
  }));
}
