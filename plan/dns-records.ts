import {
  type ClusterPlan,
  floatingIpOf,
  groupPrefix,
  hasFloatingIp,
  type NodeGroupPlan,
  nodeName,
} from './cluster-plan';
import { type DnsPlan, type DnsSide, type DnsZonePlan, sharesZone } from './dns-plan';
import { NUMBER_GAP, namesOfNode } from './node-names';

export interface DnsRecordPlan {
  /** Which of its holder's addresses it leads to. */
  readonly side: DnsSide;
  /** With the dot at its end. */
  readonly name: string;
  readonly group: string;
  /** Of the node in its group; absent where the address is the one that the group shares. */
  readonly number?: number;
}

/**
 * The group with names in the zones, where it says none itself: `dev-worker-{n}.iot.example`, and `internal.` before the
 * private one where both sides have one zone together. Its shared address is called like its nodes without their number.
 */
export function withDnsNames<G extends NodeGroupPlan>(cluster: string, group: G, dns: DnsPlan): G {
  const prefix = groupPrefix({ name: cluster }, group);
  const host = group.names?.hostname ?? `${prefix}-${NUMBER_GAP}`;
  const { virtualIp } = group;
  return {
    ...group,
    names: { ...defaultNames(host, dns, hasFloatingIp(group)), ...group.names },
    ...(virtualIp && {
      virtualIp: {
        ...virtualIp,
        names: { ...defaultNames(prefix, dns, virtualIp.floatingIp !== 'none'), ...virtualIp.names },
      },
    }),
  };
}

function defaultNames(label: string, dns: DnsPlan, floating: boolean): { privateFqdn?: string; publicFqdn?: string } {
  const inside = sharesZone(dns) ? `internal.${label}` : label;
  return {
    ...(dns.private && { privateFqdn: under(inside, dns.private) }),
    ...(dns.public && floating && { publicFqdn: under(label, dns.public) }),
  };
}

function under(label: string, { name }: DnsZonePlan): string {
  return `${label}.${name.replace(/\.$/, '')}`;
}

/** All records of a cluster, in the plan's order: of each node, and of each address that a group shares. */
export function dnsRecords(plan: Pick<ClusterPlan, 'name' | 'groups' | 'dns'>): readonly DnsRecordPlan[] {
  const { dns } = plan;
  if (!dns) return [];
  return plan.groups.flatMap((group) => {
    const nodes = group.numbers.flatMap((number) =>
      records(dns, namesOfNode(plan, group, number), floatingIpOf(group, number) !== 'none', {
        group: group.name,
        number,
      }),
    );
    const { virtualIp } = group;
    if (!virtualIp) return nodes;
    return [...nodes, ...records(dns, virtualIp.names ?? {}, virtualIp.floatingIp !== 'none', { group: group.name })];
  });
}

function records(
  dns: DnsPlan,
  { privateFqdn, publicFqdn }: { readonly privateFqdn?: string; readonly publicFqdn?: string },
  floating: boolean,
  of: Pick<DnsRecordPlan, 'group' | 'number'>,
): DnsRecordPlan[] {
  return [
    ...(dns.public && floating && publicFqdn !== undefined
      ? [{ side: 'public' as const, name: `${publicFqdn}.`, ...of }]
      : []),
    ...(dns.private && privateFqdn !== undefined ? [{ side: 'private' as const, name: `${privateFqdn}.`, ...of }] : []),
  ];
}

/** What a zone that is made says of itself in the cloud. */
export function zoneDescription({ name }: Pick<ClusterPlan, 'name'>): string {
  return `Nodes of ${name}`;
}

/** What a record says of itself in the cloud. */
export function recordDescription({ name }: Pick<ClusterPlan, 'name'>, record: DnsRecordPlan): string {
  return `${holderOf(record)} of ${name}, ${record.side} address`;
}

/** `worker-2`, or `balancer-vip` where the address is the one that a group shares. */
export function holderOf({ group, number }: DnsRecordPlan): string {
  return number === undefined ? `${group}-vip` : nodeName({ name: group }, number);
}
