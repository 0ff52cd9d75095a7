import type { Server } from '../../cloud/compute';
import type { Image } from '../../cloud/image';
import type { OpenStack } from '../../cloud/openstack';
import type { Workspace } from '../workspace';
import { imageCommon } from './common';
import { type BakedLabel, tryLabel } from './label';

/** An image of ours, and who stands on it. */
export interface ListedImage extends BakedLabel {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  /** ISO 8601. */
  readonly created: string;
  readonly sizeBytes: number;
  /** The servers that were made from it, by what their metadata call their environment; of others, their own name. */
  readonly servers: Readonly<Record<string, number>>;
}

/** The images that roles are baked into, the newest of each name first. @throws {UsageError} @throws {CloudError} */
export async function listImages(
  workspace: Workspace,
  { common }: { readonly common?: string } = {},
): Promise<readonly ListedImage[]> {
  return bakedImages(await workspace.cloud(imageCommon(workspace, common)));
}

/** @throws {CloudError} */
export async function bakedImages({ image, compute }: OpenStack): Promise<readonly ListedImage[]> {
  const [images, servers] = await Promise.all([image.images(), compute.servers()]);
  return images
    .flatMap((one) => listed(one, servers))
    .sort((a, b) => a.name.localeCompare(b.name) || b.created.localeCompare(a.created));
}

function listed(image: Image, servers: readonly Server[]): ListedImage[] {
  const label = tryLabel(image);
  if (!label) return [];
  const { id, name, status, createdAt: created, sizeBytes } = image;
  return [{ id, name, status, created, sizeBytes, ...label, servers: usersOf(id, servers) }];
}

function usersOf(id: string, servers: readonly Server[]): Readonly<Record<string, number>> {
  const users: Record<string, number> = {};
  for (const { imageId, metadata, name } of servers) {
    if (imageId !== id) continue;
    const user = metadata.environment ?? name;
    users[user] = (users[user] ?? 0) + 1;
  }
  return users;
}
