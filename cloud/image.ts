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

/** What an image is to be called, and to say of itself. */
export interface ImageLabel {
  readonly name: string;
  /** At most 255 characters each; other properties stay. */
  readonly properties: Readonly<Record<string, string>>;
  /** Names of properties that go. @default [] */
  readonly without?: readonly string[];
}

/** Those that a server can start from, the newest first. */
export function bootable(images: readonly Image[]): readonly Image[] {
  return images.filter(({ status }) => status === 'active').sort((a, b) => b.createdAt.localeCompare(a.createdAt));
}

/** Glance's own form of RFC 6902. */
const JSON_PATCH = 'application/openstack-images-v2.1-json-patch';

/** Glance, as far as we need it. */
export class ImageService {
  constructor(private readonly session: Session) {}

  /** What the project may use: its own, shared and public images. @param query Glance's filters, e.g. `{ name: 'debian-12' }` */
  images(query: Record<string, string> = {}): Promise<Image[]> {
    return this.session.list('image', '/images', 'images', image, { query });
  }

  tryImage(id: string): Promise<Image | undefined> {
    return this.session.tryGet('image', `/images/${encodeURIComponent(id)}`, image);
  }

  /** Gives an image another name and properties, all at once: nobody sees half of it. @throws {CloudError} */
  async label(id: string, { name, properties, without = [] }: ImageLabel): Promise<void> {
    const body = [
      { op: 'replace', path: '/name', value: name },
      ...without.map((property) => ({ op: 'remove', path: `/${property}` })),
      ...Object.entries(properties).map(([property, value]) => ({ op: 'add', path: `/${property}`, value })),
    ];
    const path = `/images/${encodeURIComponent(id)}`;
    await this.session.request('PATCH', 'image', path, { body, contentType: JSON_PATCH });
  }

  /** Done as well where it is gone already. @throws {CloudError} also where it is protected, or servers hold on to it */
  delete(id: string): Promise<void> {
    return this.session.remove('image', `/images/${encodeURIComponent(id)}`);
  }
}

/** Glance puts an image's properties (`os_distro`, …) beside its fields. */
function textProperties(raw: Record<string, unknown>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(raw).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}
