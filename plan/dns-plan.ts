import { seconds } from './_fields';
import type { DnsSpec, DnsZoneSpec } from './dns-spec';

/** Zones of the cloud's DNS in which the nodes of a cluster have records. */
export interface DnsPlan {
  readonly ttlSeconds: number;
  /** Of the names that lead to floating IPs. */
  readonly public?: DnsZonePlan;
  /** Of the names that lead to fixed addresses; may be the same zone, and be another of the same name. */
  readonly private?: DnsZonePlan;
}

export interface DnsZonePlan {
  /** With the dot at its end. */
  readonly name: string;
  /** The project has it already, and keeps it: whether it does, or the id of it. */
  readonly existing: boolean | string;
  readonly email: string;
  /** By which Designate chooses among its pools of name servers. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** `public` are floating IPs, `private` fixed addresses. */
export type DnsSide = 'public' | 'private';

export const DNS_SIDES: readonly DnsSide[] = ['public', 'private'];

const TTL_SECONDS = 300;

/** The section `dns:` with what it leaves unsaid; undefined where there is none. */
export function dnsPlan(spec: DnsSpec | undefined): DnsPlan | undefined {
  if (!spec) return undefined;
  return {
    ttlSeconds: spec.ttl === undefined ? TTL_SECONDS : seconds(spec.ttl),
    ...(spec.public !== undefined && { public: zonePlan(spec.public) }),
    ...(spec.private !== undefined && { private: zonePlan(spec.private) }),
  };
}

function zonePlan(spec: string | DnsZoneSpec): DnsZonePlan {
  const { zone, existing = false, email, attributes = {} } = typeof spec === 'string' ? { zone: spec } : spec;
  const bare = zone.replace(/\.$/, '');
  return { name: `${bare}.`, existing, email: email ?? `hostmaster@${bare}`, attributes };
}

/** Whether both sides have one zone together. */
export function sharesZone({ public: outside, private: inside }: DnsPlan): boolean {
  return outside !== undefined && inside !== undefined && isSameZone(outside, inside);
}

/** Zones of one name are two where Designate has them on name servers of their own. */
function isSameZone(one: DnsZonePlan, other: DnsZonePlan): boolean {
  const key = ({ name, existing, attributes }: DnsZonePlan) =>
    JSON.stringify([name, typeof existing === 'string' ? existing : Object.entries(attributes).sort()]);
  return key(one) === key(other);
}

/** Whether a name may lead to one address for the world and to another one inside. */
export function splitsHorizon(dns: DnsPlan | undefined): boolean {
  return dns?.public !== undefined && dns.private !== undefined && !sharesZone(dns);
}

/** Whether a name, with or without the dot at its end, belongs into a zone. */
export function isInZone(name: string, zone: Pick<DnsZonePlan, 'name'>): boolean {
  const full = name.endsWith('.') ? name : `${name}.`;
  return full === zone.name || full.endsWith(`.${zone.name}`);
}
