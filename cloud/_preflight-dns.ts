import { isDeepStrictEqual } from 'node:util';
import { didYouMean, listNames } from './_suggest';
import { CloudError } from './cloud-error';
import type { CloudZone, DnsService } from './dns';

/** Zones that are to hold the names of nodes. */
export interface DnsRequest {
  readonly zones: readonly ZoneRequest[];
}

export interface ZoneRequest {
  /** With the dot at its end. */
  readonly name: string;
  /** Of its own, where the project has several of the name. */
  readonly id?: string;
  /** By which its name servers are chosen: those of one name are two zones where they differ. */
  readonly attributes: Readonly<Record<string, string>>;
  /** `new` is still to be made, `existing` is the project's, `made` is known to the state. */
  readonly state: 'new' | 'existing' | 'made';
  /** Records that it is to hold in the end. */
  readonly records: number;
}

interface DnsProblem {
  readonly kind: 'unknown' | 'ambiguous' | 'taken' | 'unusable' | 'quota';
  readonly subject: string;
  readonly name: string;
  readonly message: string;
}

const SUBJECT = 'DNS zone';
/** SOA and NS, which every zone has. */
const OWN_RECORDS = 2;

/** What is wrong with the zones that a plan names. @param dns absent where the cloud has none */
export async function dnsProblems(dns: DnsService | undefined, { zones }: DnsRequest): Promise<DnsProblem[]> {
  if (!dns) return zones.slice(0, 1).map(({ name }) => problem('unusable', name, NO_DNS));
  const [existing, quota] = await Promise.all([dns.zones(), quotaOf(dns)]);
  const limit = quota.zone_recordsets ?? -1;
  return zones.flatMap((zone) => [
    ...nameProblems(zone, existing),
    ...(limit >= 0 && zone.records + OWN_RECORDS > limit ? [problem('quota', zone.name, tooMany(zone, limit))] : []),
  ]);
}

const NO_DNS =
  'the cloud has no DNS service (Designate): leave "dns:" out; the nodes know each other from /etc/hosts, and a group with the role dnsmasq answers for their names';

/** A cloud that keeps its quotas to itself is no reason to stop. */
async function quotaOf(dns: DnsService): Promise<Record<string, number>> {
  return dns.quota().catch((error) => {
    if (error instanceof CloudError && ['forbidden', 'notFound', 'refused', 'badAnswer'].includes(error.kind))
      return {};
    throw error;
  });
}

function nameProblems({ name, state, id, attributes }: ZoneRequest, existing: readonly CloudZone[]): DnsProblem[] {
  const named = existing.filter((zone) => zone.name === name);
  if (state === 'new' && named.some((zone) => isDeepStrictEqual(zone.attributes, attributes))) {
    const message = `the project has a zone "${name}" already, and the state of this cluster doesn't know it: say { zone: ${name}, existing: true } to use it, or name another zone`;
    return [problem('taken', name, message)];
  }
  const found = id === undefined ? named : named.filter((zone) => zone.id === id);
  if (state !== 'existing' || found.length === 1) return [];
  if (found.length > 1) {
    const ids = found.map((zone) => zone.id).join(', ');
    return [
      problem(
        'ambiguous',
        name,
        `the project has ${found.length} zones "${name}": say the id of one as "existing": ${ids}`,
      ),
    ];
  }
  const names = existing.map((zone) => zone.name);
  const message = `the project has no zone "${name}"${id === undefined ? '' : ` of the id ${id}`}.${didYouMean(name, names)} There are: ${listNames(names)}. Leave "existing" out for a new one`;
  return [problem('unknown', name, message)];
}

function tooMany({ name, records }: ZoneRequest, limit: number): string {
  return `the zone ${name} would have ${records + OWN_RECORDS} record sets, and the quota is ${limit} a zone: name fewer nodes, or have the quota raised`;
}

function problem(kind: DnsProblem['kind'], name: string, message: string): DnsProblem {
  return { kind, subject: SUBJECT, name, message };
}
