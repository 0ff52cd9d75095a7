import { leftovers } from './_leftovers';
import type { SandboxCloud } from './_sandbox-cloud';

/** What builds of images have in the cloud, by kind and name; nothing where none is under way. */
export async function ofBuilds({ api }: SandboxCloud): Promise<string[]> {
  const images = (await api.image.images()).map(({ name }) => `image ${name}`);
  return [...(await leftovers()), ...images].filter((line) => line.includes('firesteel-image-'));
}
