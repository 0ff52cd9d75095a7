import { among } from '../_among';
import { type Confirmation, confirmed } from '../confirmation';
import { RefusedError, UsageError } from '../errors';
import type { Workspace } from '../workspace';
import { imageCommon } from './common';
import { clearLeftBuilds } from './leftovers';
import { bakedImages, type ListedImage } from './list';

export interface RemoveImagesOptions extends Confirmation {
  /** How many of each name stay, the newest ones. @default 0 */
  readonly keep?: number;
  /** Also those that servers were made from. @default false */
  readonly force?: boolean;
  /** Name of the common environment that says which cloud. */
  readonly common?: string;
}

export interface RemovedImages {
  readonly removed: readonly Pick<ListedImage, 'id' | 'name' | 'created'>[];
}

/**
 * Deletes images that roles are baked into, and no others.
 * @param wanted names, each of all images of that name, or ids
 * @throws {UsageError} for one that there isn't @throws {RefusedError} when servers stand on one, or the user says no
 */
export async function removeImages(
  workspace: Workspace,
  wanted: readonly string[],
  options: RemoveImagesOptions = {},
): Promise<RemovedImages> {
  const cloud = await workspace.cloud(imageCommon(workspace, options.common));
  await clearLeftBuilds(cloud, workspace.env, workspace.options.onProgress);
  const images = chosen(await bakedImages(cloud), wanted, options.keep ?? 0);
  if (images.length === 0) return { removed: [] };
  const lines = images.map(line);
  const used = images.filter(({ servers }) => Object.keys(servers).length > 0);
  if (used.length > 0 && !options.force) {
    throw new RefusedError(
      'refused: servers were made from these images, and the cloud may need them to rebuild, resize or move those; nothing was deleted. --force deletes them all the same',
      used.map(line),
    );
  }
  await confirmed(wanted.join(', '), ['This deletes:', ...lines.map((each) => `  - ${each}`)].join('\n'), options);
  for (const { id } of images) await cloud.image.delete(id);
  return { removed: images.map(({ id, name, created }) => ({ id, name, created })) };
}

function chosen(images: readonly ListedImage[], wanted: readonly string[], keep: number): readonly ListedImage[] {
  const found = wanted.flatMap((word) => {
    const byId = images.filter(({ id }) => id === word);
    if (byId.length > 0) return byId;
    const byName = images.filter(({ name }) => name === word);
    if (byName.length === 0) throw unknown(images, word);
    return byName.slice(keep);
  });
  return [...new Set(found)];
}

function unknown(images: readonly ListedImage[], word: string): UsageError {
  const names = [...new Set(images.map(({ name }) => name))];
  return new UsageError(`there is no image "${word}" that firesteel has built${among(word, names)}`);
}

function line({ name, id, created, servers }: ListedImage): string {
  const users = Object.entries(servers).map(([user, count]) => `${user} (${count})`);
  const by = users.length > 0 ? `, used by ${users.join(', ')}` : '';
  return `${name} of ${created.slice(0, 16).replace('T', ' ')} (${id})${by}`;
}
