import { z } from 'zod';
import type { Session } from './session';

const image = z
  .looseObject({
    id: z.string(),
    name: z.string().nullish(),
    status: z.string(),
    visibility: z.string().optional(),
    owner: z.string().nullish(),
    min_disk: z.number().default(0),
    min_ram: z.number().default(0),
    size: z.number().nullish(),
    created_at: z.string(),
  })
  .transform((raw) => ({
    id: raw.id,
    name: raw.name ?? '',
    /** `active` can be booted. */
    status: raw.status,
    visibility: raw.visibility ?? 'private',
    owner: raw.owner ?? undefined,
    minDiskGiB: raw.min_disk,
    minRamMiB: raw.min_ram,
    sizeBytes: raw.size ?? 0,
    createdAt: raw.created_at,
    properties: textProperties(raw),
  }));

export type Image = z.output<typeof image>;

/** Glance, as far as we read it. */
export class ImageService {
  constructor(private readonly session: Session) {}

  /** What the project may use: its own, shared and public images. @param query Glance's filters, e.g. `{ name: 'debian-12' }` */
  images(query: Record<string, string> = {}): Promise<Image[]> {
    return this.session.list('image', '/images', 'images', image, { query });
  }

  tryImage(id: string): Promise<Image | undefined> {
    return this.session.tryGet('image', `/images/${encodeURIComponent(id)}`, image);
  }
}

/** Glance puts an image's properties (`os_distro`, …) beside its fields. */
function textProperties(raw: Record<string, unknown>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(raw).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}
