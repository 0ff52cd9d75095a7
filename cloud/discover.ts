import { newestImages } from './_newest-image';
import type { Flavor } from './compute';
import type { Image } from './image';
import type { CloudNetwork } from './network';
import type { OpenStack } from './openstack';

/** What was chosen, or among what a person has to choose: `chosen` is absent where there is no or more than one candidate. */
export interface Choice<T> {
  readonly chosen?: T;
  readonly candidates: readonly T[];
  /** Everything there is, for messages. */
  readonly all: readonly T[];
}

export interface Discovery {
  /** The smallest flavor with enough memory. */
  readonly flavor: Choice<Flavor>;
  /** The newest public Debian or Ubuntu. */
  readonly image: Choice<Image>;
  /** The one external network. */
  readonly externalNetwork: Choice<CloudNetwork>;
}

export interface DiscoverOptions {
  /** @default 2048 */
  readonly minMemoryMiB?: number;
}

/** What `init` can find out for itself. Reads only. */
export async function discover(cloud: OpenStack, options: DiscoverOptions = {}): Promise<Discovery> {
  const [flavors, images, networks] = await Promise.all([
    cloud.compute.flavors(),
    cloud.image.images(),
    cloud.network.networks(),
  ]);
  const external = networks.filter((network) => network.external);
  return {
    flavor: choose(smallestFlavors(flavors, { memoryMiB: options.minMemoryMiB ?? 2048 }), flavors),
    image: choose(newestImages(images), images),
    externalNetwork: choose(external, external),
  };
}

function choose<T>(candidates: readonly T[], all: readonly T[]): Choice<T> {
  return candidates.length === 1 ? { chosen: candidates[0], candidates, all } : { candidates, all };
}

/** What a flavor has to have at least. */
export interface FlavorNeeds {
  readonly memoryMiB: number;
  /** @default 0 */
  readonly vcpus?: number;
  /** Of the root disk. @default 0 */
  readonly diskGiB?: number;
}

/**
 * By memory, then cores, then disk; several where these are equal. A root disk of 0 is as large as the image, which is
 * too small to work in: such flavors only where there are no others.
 */
export function smallestFlavors(flavors: readonly Flavor[], needs: FlavorNeeds): Flavor[] {
  const { memoryMiB, vcpus = 0, diskGiB = 0 } = needs;
  const fits = (flavor: Flavor) =>
    flavor.ramMiB >= memoryMiB && flavor.vcpus >= vcpus && (flavor.diskGiB === 0 || flavor.diskGiB >= diskGiB);
  const usable = flavors.filter((flavor) => fits(flavor) && !flavor.disabled);
  const withDisk = usable.filter(({ diskGiB }) => diskGiB > 0);
  const ranked = [...(withDisk.length > 0 ? withDisk : usable)].sort(bySize);
  return ranked.filter((flavor) => bySize(flavor, ranked[0]) === 0);
}

function bySize(a: Flavor, b: Flavor): number {
  return a.ramMiB - b.ramMiB || a.vcpus - b.vcpus || a.diskGiB - b.diskGiB;
}
