import type { Flavor } from '../../cloud/compute';
import { defaultUser } from '../../cloud/default-user';
import { discover, smallestFlavors } from '../../cloud/discover';
import { bootable, type Image } from '../../cloud/image';
import type { OpenStack } from '../../cloud/openstack';
import { preflight } from '../../cloud/preflight';
import { isBakedName } from '../../plan/baked-image';
import type { CommonEnvironment } from '../../plan/load-environments';
import type { Role } from '../../roles/role';
import { UsageError } from '../errors';
import type { ImageContents } from './contents';
import { tryLabel } from './label';

export interface TargetWishes {
  /** Name of the image to build from. @default - the environment's, that of the last build, or the newest Debian or Ubuntu */
  readonly image?: string;
  /** Name of the flavor to build on. @default - the smallest that does */
  readonly flavor?: string;
}

/** What an image is built from, and on. */
export interface BuildTarget {
  readonly source: Image;
  readonly flavor: Flavor;
  /** Login of the source. */
  readonly user: string;
}

/** Less is too little for a package manager. */
const LEAST_MEMORY_MIB = 512;
/** For what is installed, where the source says nothing. */
const LEAST_DISK_GIB = 3;
/** Port, address, group and its rules. */
const NEEDS = { ports: 1, securityGroups: 1 };

/**
 * Everything that can be known to be wrong before anything is made.
 * @param name of the image that is to be built
 * @throws {UsageError} with all of it @throws {CloudError}
 */
export async function findTarget(
  cloud: OpenStack,
  common: CommonEnvironment,
  contents: ImageContents,
  name: string,
  wishes: TargetWishes,
): Promise<BuildTarget> {
  const { network } = common.plan;
  const images = await cloud.image.images();
  const flavors = await cloud.compute.flavors();
  const sourceName = wishes.image ?? (await sourceFor(cloud, images, contents, name));
  const source = newest(images, sourceName);
  const flavorName = wishes.flavor ?? smallest(flavors, contents.roles, source).name;
  const report = await preflight(cloud, {
    servers: [{ flavor: flavorName, image: sourceName, count: 1 }],
    ...(network.kind === 'existing' && { networks: [network.network], subnets: [network.subnet] }),
    ...(network.external !== undefined && { externalNetwork: network.external }),
    needs: { ...NEEDS, ...(network.external !== undefined && { floatingIps: 1 }) },
  });
  const problems = report.problems
    .filter(({ kind, subject }) => kind !== 'ambiguous' || subject !== 'image')
    .map(({ message }) => message);
  const flavor = report.flavors.get(flavorName);
  if (flavor && source) problems.push(...tooSmall(flavor, source, contents.roles));
  const user = common.plan.ssh.user ?? (source && defaultUser(source));
  if (source && user === undefined) {
    problems.push(
      `the login of image "${sourceName}" is not known: name it in ${common.file} as "ssh: {user: …}", or as its property os_admin_user`,
    );
  }
  if (problems.length > 0 || !source || !flavor || user === undefined) throw cantBeBuilt(name, [...new Set(problems)]);
  return { source, flavor, user };
}

function cantBeBuilt(name: string, problems: readonly string[]): UsageError {
  const lines = problems.map((problem) => `  - ${problem}`);
  return new UsageError([`image ${name} can't be built; nothing was made:`, ...lines].join('\n'));
}

/** The stacks take the newest of several images of one name too. */
function newest(images: readonly Image[], name: string): Image | undefined {
  return bootable(images).find((image) => image.name === name);
}

/** @throws {UsageError} where a person has to choose */
async function sourceFor(
  cloud: OpenStack,
  images: readonly Image[],
  { cluster }: ImageContents,
  name: string,
): Promise<string> {
  const planned = cluster?.plan.groups.map(({ image }) => image).find((image) => !isBakedName(image));
  if (planned !== undefined) return planned;
  const earlier = newest(images, name);
  const before = earlier && tryLabel(earlier)?.source;
  if (before && newest(images, before)) return before;
  const { chosen, candidates } = (await discover(cloud)).image;
  if (chosen) return chosen.name;
  const names = (candidates.length > 0 ? candidates : images.filter((image) => !isBakedName(image.name))).map(
    (image) => image.name,
  );
  throw cantBeBuilt(name, [`which image to build from: say --image, one of ${[...new Set(names)].join(', ')}`]);
}

/** @throws {UsageError} when there is none */
function smallest(flavors: readonly Flavor[], roles: readonly Role[], source: Image | undefined): Flavor {
  const memoryMiB = Math.max(LEAST_MEMORY_MIB, source?.minRamMiB ?? 0, hungriest(roles)?.minMemoryMiB ?? 0);
  const [found] = smallestFlavors(flavors, { memoryMiB, diskGiB: Math.max(LEAST_DISK_GIB, source?.minDiskGiB ?? 0) });
  if (found) return found;
  throw new UsageError(
    `the cloud has no flavor with ${memoryMiB} MiB of memory, which the roles need: see "firesteel cloud ls flavors"`,
  );
}

function tooSmall(flavor: Flavor, source: Image, roles: readonly Role[]): readonly string[] {
  const role = hungriest(roles);
  const { ramMiB, diskGiB } = flavor;
  const has = `flavor "${flavor.name}" has`;
  return [
    ...(role && ramMiB < role.minMemoryMiB!
      ? [`${has} ${ramMiB} MiB of memory, role ${role.name} needs at least ${role.minMemoryMiB} MiB`]
      : []),
    ...(ramMiB < source.minRamMiB
      ? [`${has} ${ramMiB} MiB of memory, image "${source.name}" needs ${source.minRamMiB} MiB`]
      : []),
    ...(diskGiB > 0 && diskGiB < source.minDiskGiB
      ? [`${has} a disk of ${diskGiB} GiB, image "${source.name}" needs ${source.minDiskGiB} GiB`]
      : []),
  ];
}

function hungriest(roles: readonly Role[]): Role | undefined {
  return [...roles]
    .filter(({ minMemoryMiB }) => minMemoryMiB !== undefined)
    .sort((a, b) => b.minMemoryMiB! - a.minMemoryMiB!)[0];
}
