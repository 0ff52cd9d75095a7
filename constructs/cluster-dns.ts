import { Construct } from 'constructs';
import type { ClusterPlan } from '../plan/cluster-plan';
import { DNS_SIDES, type DnsPlan, type DnsSide, type DnsZonePlan, sharesZone } from '../plan/dns-plan';
import { type DnsRecordPlan, dnsRecords, holderOf, recordDescription, zoneDescription } from '../plan/dns-records';
import { DnsZone, type IDnsZone } from './dns-zone';
import type { NodeGroup } from './node-group';

export interface ClusterDnsProps {
  readonly plan: Pick<ClusterPlan, 'name' | 'groups'> & { readonly dns: DnsPlan };
  /** Those of the plan, which have the addresses. */
  readonly groups: ReadonlyMap<string, NodeGroup>;
}

/**
 * The names of a cluster in the cloud's DNS: an A record for each node and each shared address, in the public zone of the
 * floating IP, in the private one of the fixed address.
 */
export class ClusterDns extends Construct {
  constructor(scope: Construct, id: string, { plan, groups }: ClusterDnsProps) {
    super(scope, id);
    const { dns } = plan;
    const zones = this.addZones(plan, dns);
    for (const record of dnsRecords(plan)) {
      zones.get(record.side)!.addAddress(`${record.side}-${holderOf(record)}`, {
        name: record.name,
        address: addressOf(record, groups.get(record.group)!),
        ttlSeconds: dns.ttlSeconds,
        description: recordDescription(plan, record),
      });
    }
  }

  private addZones(cluster: ClusterDnsProps['plan'], dns: DnsPlan): ReadonlyMap<DnsSide, IDnsZone> {
    const zones = new Map<DnsSide, IDnsZone>();
    for (const side of DNS_SIDES) {
      const plan = dns[side];
      if (!plan) continue;
      const shared = side === 'private' && sharesZone(dns) ? zones.get('public') : undefined;
      zones.set(side, shared ?? this.addZone(side, cluster, plan, dns));
    }
    return zones;
  }

  private addZone(
    side: DnsSide,
    cluster: ClusterDnsProps['plan'],
    zone: DnsZonePlan,
    { ttlSeconds }: DnsPlan,
  ): IDnsZone {
    const { name, email, attributes, existing } = zone;
    if (typeof existing === 'string') return DnsZone.fromId(this, side, existing);
    if (existing) return DnsZone.fromName(this, side, name);
    return new DnsZone(this, side, { name, email, attributes, ttlSeconds, description: zoneDescription(cluster) });
  }
}

/** @throws {Error} where the plan promises an address that its group has not */
function addressOf(record: DnsRecordPlan, { nodes, virtualIp }: NodeGroup): string {
  const { side, number, name, group } = record;
  const node = nodes.find((one) => one.name === holderOf(record))?.server;
  const holder = number === undefined ? virtualIp : node;
  const address = side === 'public' ? holder?.floatingIp?.address : holder?.address;
  if (address === undefined) throw new Error(`${name} has no ${side} address in the group ${group}`);
  return address;
}
