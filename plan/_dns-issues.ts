import type { GroupSection } from './_group-sections';
import type { ClusterPlan } from './cluster-plan';
import { DNS_SIDES, type DnsPlan, type DnsZonePlan, isInZone, sharesZone } from './dns-plan';
import { dnsRecords } from './dns-records';
import { NUMBER_GAP } from './node-names';
import type { PlanIssue } from './plan-error';

/** What is wrong with the zones, and with names that nodes and shared addresses are to have in them. */
export function dnsIssues(dns: DnsPlan | undefined, sections: readonly GroupSection[]): PlanIssue[] {
  if (!dns) return sections.flatMap(withoutZones);
  return [...zoneIssues(dns), ...sections.flatMap((section) => outsideIssues(section, dns))];
}

function zoneIssues(dns: DnsPlan): PlanIssue[] {
  const { public: outside, private: inside } = dns;
  if (!outside && !inside) {
    return [{ path: 'dns', message: 'names no zone: say "public:", "private:" or both, such as iot.example' }];
  }
  const chosen = DNS_SIDES.filter((side) => dns[side]?.existing && Object.keys(dns[side].attributes).length > 0);
  if (chosen.length > 0) {
    const message =
      'choose the name servers of a new zone, and this one exists: leave them out; of several zones of the name say the id as "existing"';
    return chosen.map((side) => ({ path: `dns.${side}.attributes`, message }));
  }
  if (!outside || !inside || !sharesZone(dns) || outside.existing === inside.existing) return [];
  const message = 'is the public zone too, of which "existing" says another thing: say the same of both';
  return [{ path: 'dns.private', message }];
}

function withoutZones({ path, extras }: GroupSection): PlanIssue[] {
  if (extras?.virtualIp?.names === undefined) return [];
  const message = 'has no zone that it could be in: say "dns:", with the zones';
  return [{ path: `${path}.virtualIp.fqdn`, message }];
}

const KEYS = { public: 'publicFqdn', private: 'privateFqdn' } as const;

function outsideIssues({ path, extras = {} }: GroupSection, dns: DnsPlan): PlanIssue[] {
  const holders = [
    { at: `${path}.fqdn`, names: extras.names },
    { at: `${path}.virtualIp.fqdn`, names: extras.virtualIp?.names },
  ];
  return holders.flatMap(({ at, names = {} }) =>
    DNS_SIDES.flatMap((side): PlanIssue[] => {
      const name = names[KEYS[side]];
      const zone = dns[side];
      if (name === undefined || !zone) return [];
      if (at.endsWith('.virtualIp.fqdn') && name.includes(NUMBER_GAP)) {
        const message = `"${name}" has a ${NUMBER_GAP}, and the address is that of the whole group: leave it out`;
        return [{ path: `${at}.${side}`, message }];
      }
      if (isInZone(name, zone)) return [];
      const message = `"${name}" is outside of the ${side} zone ${zone.name}: end it in .${bare(zone)}, or name another zone as dns.${side}`;
      return [{ path: `${at}.${side}`, message }];
    }),
  );
}

function bare({ name }: DnsZonePlan): string {
  return name.replace(/\.$/, '');
}

/** Names that two of a cluster would have in one zone, of which some are given by the zones alone. */
export function dnsClashes(
  plan: Pick<ClusterPlan, 'name' | 'groups' | 'dns'>,
  sections: readonly GroupSection[],
): PlanIssue[] {
  const shared = plan.dns !== undefined && sharesZone(plan.dns);
  const holders = new Map<string, string>();
  const issues = new Map<string, PlanIssue>();
  for (const { side, name, group, number } of dnsRecords(plan)) {
    const key = `${shared ? 'both' : side} ${name}`;
    const other = holders.get(key);
    const holder = number === undefined ? `the address that ${group} shares` : `${group}-${number}`;
    if (other === undefined) {
      holders.set(key, holder);
      continue;
    }
    const { path: section } = sections.find((one) => one.name === group)!;
    const path = number === undefined ? `${section}.virtualIp` : section;
    issues.set(path, { path, message: `${name} is the name of ${other} already: give it another as fqdn.${side}` });
  }
  return [...issues.values()];
}
