import { z } from 'zod';
import type { Session } from './session';

const limits = z
  .object({ limits: z.object({ absolute: z.record(z.string(), z.number()) }) })
  .transform(({ limits: { absolute } }) => absolute);

const volume = z
  .object({
    id: z.string(),
    name: z.string().nullish(),
    status: z.string(),
    attachments: z.array(z.unknown()).default([]),
    created_at: z.string().optional(),
  })
  .transform((raw) => ({
    id: raw.id,
    name: raw.name ?? '',
    /** `available`, `in-use`, `creating`, `error`, … */
    status: raw.status,
    attached: raw.attachments.length > 0,
    /** In UTC, which Cinder does not say. */
    created: raw.created_at === undefined ? undefined : new Date(`${raw.created_at.replace(/Z$/, '')}Z`),
  }));

export type Volume = z.output<typeof volume>;

/** Cinder, as far as we read it; many clouds have none. */
export class VolumeService {
  constructor(private readonly session: Session) {}

  /** The project's volumes. */
  volumes(): Promise<Volume[]> {
    return this.session.list('volume', '/volumes/detail', 'volumes', volume);
  }

  /** Cinder's names to numbers, e.g. `maxTotalVolumes`, `totalGigabytesUsed`; -1 = no limit. */
  limits(): Promise<Record<string, number>> {
    return this.session.get('volume', '/limits', limits);
  }
}
