import type { CloudRecord, CloudZone, DnsThing } from '../cloud/dns';
import type { OpenStack } from '../cloud/openstack';
import type { ClusterPlan } from '../plan/cluster-plan';
import { dnsRecords, recordDescription, zoneDescription } from '../plan/dns-records';
import { Age, type StrayOptions } from './_strays';

export interface DnsBelongings {
  readonly zones: readonly CloudZone[];
  /** Of the zones that the plan names. */
  readonly records: readonly CloudRecord[];
}

export type DnsStray = DnsThing & { readonly name: string };

/** What a project has in the zones that a plan names. @param since when a run began that was cut off; without one nothing is asked */
export async function dnsBelongings({ dns }: OpenStack, plan: ClusterPlan, since?: Date): Promise<DnsBelongings> {
  const names = [plan.dns?.public, plan.dns?.private].map((zone) => zone?.name);
  if (!dns || !plan.dns || !since) return { zones: [], records: [] };
  const zones = (await dns.zones()).filter(({ name }) => names.includes(name));
  const records = await Promise.all(zones.map(({ id }) => dns.records(id)));
  return { zones, records: records.flat() };
}

/**
 * Zones and records that an interrupted run made and no state knows: the provider forgets them while they get ready, and
 * Designate takes none of the same name a second time. Known by name and description, as nobody else writes them.
 */
export function findDnsStrays(
  { zones, records }: DnsBelongings,
  plan: ClusterPlan,
  options: Pick<StrayOptions, 'known' | 'since'>,
): readonly DnsStray[] {
  const age = new Age(options);
  const wanted = new Set(dnsRecords(plan).map((record) => `${record.name} ${recordDescription(plan, record)}`));
  const strayZones = zones.filter((zone) => age.isNew(zone) && zone.description === zoneDescription(plan));
  const within = new Set(strayZones.map(({ id }) => id));
  const strayRecords = records
    .filter(
      ({ type, name, description, zoneId }) =>
        type === 'A' && wanted.has(`${name} ${description}`) && !within.has(zoneId),
    )
    // As Terraform's provider calls them.
    .filter(({ id, zoneId, created }) => age.isNew({ id: `${zoneId}/${id}`, created }));
  return [
    ...strayRecords.map(({ id, zoneId, name }): DnsStray => ({ kind: 'DNS record', id, zoneId, name })),
    ...strayZones.map(({ id, name }): DnsStray => ({ kind: 'DNS zone', id, name })),
  ];
}
