import { z } from 'zod';
import type { Session } from './session';

const zone = z
  .object({
    id: z.string(),
    name: z.string(),
    status: z.string().default(''),
    attributes: z.record(z.string(), z.string()).default({}),
    created_at: z.string().optional(),
  })
  .transform((raw) => ({
    id: raw.id,
    /** With the dot at its end. */
    name: raw.name,
    /** `ACTIVE`, `PENDING`, `ERROR`. */
    status: raw.status,
    attributes: raw.attributes,
    /** In UTC, which Designate does not say. */
    created: raw.created_at === undefined ? undefined : new Date(`${raw.created_at.replace(/Z$/, '')}Z`),
  }));

const quota = z.record(z.string(), z.unknown()).transform((raw) => {
  const numbers = Object.entries(raw).filter((entry): entry is [string, number] => typeof entry[1] === 'number');
  return Object.fromEntries(numbers);
});

export type CloudZone = z.output<typeof zone>;

/** Designate, as far as we read it; many clouds have none. */
export class DnsService {
  constructor(private readonly session: Session) {}

  /** The project's zones. */
  zones(): Promise<CloudZone[]> {
    return this.session.list('dns', '/zones', 'zones', zone);
  }

  /** Designate's names to numbers, e.g. `zones`, `zone_recordsets`. */
  quota(): Promise<Record<string, number>> {
    return this.session.get('dns', `/quotas/${this.session.projectId}`, quota);
  }

  /** Deletes a zone with all that is in it; one that is gone already is fine. */
  async delete(id: string): Promise<void> {
    await this.session.remove('dns', `/zones/${id}`);
  }
}
