import { z } from 'zod';
import type { Session } from './session';

/** In UTC, which Designate does not say. */
const date = (text: string | undefined): Date | undefined =>
  text === undefined ? undefined : new Date(`${text.replace(/Z$/, '')}Z`);

const zone = z
  .object({
    id: z.string(),
    name: z.string(),
    description: z.string().nullish(),
    status: z.string().default(''),
    attributes: z.record(z.string(), z.string()).default({}),
    created_at: z.string().optional(),
  })
  .transform((raw) => ({
    id: raw.id,
    /** With the dot at its end. */
    name: raw.name,
    description: raw.description ?? '',
    /** `ACTIVE`, `PENDING`, `ERROR`. */
    status: raw.status,
    attributes: raw.attributes,
    created: date(raw.created_at),
  }));

const record = z
  .object({
    id: z.string(),
    zone_id: z.string(),
    name: z.string(),
    type: z.string(),
    description: z.string().nullish(),
    created_at: z.string().optional(),
  })
  .transform((raw) => ({
    id: raw.id,
    zoneId: raw.zone_id,
    name: raw.name,
    type: raw.type,
    description: raw.description ?? '',
    created: date(raw.created_at),
  }));

const quota = z.record(z.string(), z.unknown()).transform((raw) => {
  const numbers = Object.entries(raw).filter((entry): entry is [string, number] => typeof entry[1] === 'number');
  return Object.fromEntries(numbers);
});

export type CloudZone = z.output<typeof zone>;
export type CloudRecord = z.output<typeof record>;

/** What can be deleted. */
export type DnsThing =
  | { readonly kind: 'DNS zone'; readonly id: string }
  | { readonly kind: 'DNS record'; readonly id: string; readonly zoneId: string };

/** Designate, as far as we read it; many clouds have none. */
export class DnsService {
  constructor(private readonly session: Session) {}

  /** The project's zones. */
  zones(): Promise<CloudZone[]> {
    return this.session.list('dns', '/zones', 'zones', zone);
  }

  /** The record sets of a zone. */
  records(zoneId: string): Promise<CloudRecord[]> {
    return this.session.list('dns', `/zones/${encodeURIComponent(zoneId)}/recordsets`, 'recordsets', record);
  }

  /** Whether it is still there: Designate deletes in its own time. */
  async has(thing: DnsThing): Promise<boolean> {
    const all = thing.kind === 'DNS zone' ? this.zones() : this.records(thing.zoneId);
    return (await all).some(({ id }) => id === thing.id);
  }

  /** Designate's names to numbers, e.g. `zones`, `zone_recordsets`. */
  quota(): Promise<Record<string, number>> {
    return this.session.get('dns', `/quotas/${this.session.projectId}`, quota);
  }

  /** A zone goes with all that is in it. One that is gone already is fine; Designate takes a moment for the others. */
  async delete(thing: DnsThing): Promise<void> {
    const id = encodeURIComponent(thing.id);
    const path = thing.kind === 'DNS zone' ? id : `${encodeURIComponent(thing.zoneId)}/recordsets/${id}`;
    await this.session.remove('dns', `/zones/${path}`);
  }
}
