import type { BuiltImage } from '../../lifecycle/image/build';
import type { ListedImage } from '../../lifecycle/image/list';
import type { RemovedImages } from '../../lifecycle/image/remove';
import type { UsedImage } from '../../lifecycle/image/use';
import { table } from '../table';

export function describeBuilt({ name, id, roles, software, source, flavor, packer, seconds }: BuiltImage): string {
  return [
    `image ${name} is built (${id}), in ${Math.round(seconds)} s`,
    `  roles     ${roles.join(', ')}${software.length > 0 ? ` (${software.join(', ')})` : ''}`,
    `  built     from ${source}, on ${flavor}, with Packer ${packer}`,
    `  use it:   firesteel image use ${name} ENVIRONMENT, or "image: ${name}" in the environment's file`,
  ].join('\n');
}

export function describeImages(images: readonly ListedImage[], now: number): string {
  if (images.length === 0) return 'no image has been built; "firesteel image build" makes one';
  const rows = images.map(({ name, created, status, roles, software, servers, id }) => [
    name,
    status === 'active' ? age(now - Date.parse(created)) : status,
    roles.join(','),
    software.join(',') || undefined,
    Object.entries(servers)
      .map(([user, count]) => `${user} (${count})`)
      .join(', ') || undefined,
    id,
  ]);
  return table(['NAME', 'AGE', 'ROLES', 'VERSIONS', 'SERVERS OF', 'ID'], rows);
}

export function describeUsed({ environment, image, changed, lacks, others }: UsedImage): string {
  return [
    changed
      ? `new servers of ${environment} start from ${image}; those that are there stay ("firesteel node replace ${environment} --outdated" gives them the new one)`
      : `${environment} names ${image} already`,
    ...Object.entries(lacks).map(([group, lack]) => `  ${group}: ${lack}`),
    ...(others.length > 0 ? [`  ${others.join(', ')}: stays with an image of its own, named in its group`] : []),
  ].join('\n');
}

export function describeRemoved({ removed }: RemovedImages): string {
  if (removed.length === 0) return 'nothing to delete';
  return removed.map(({ name, id, created }) => `${name} of ${created.slice(0, 10)} (${id}) is deleted`).join('\n');
}

/** e.g. `40 min`, `3 h`, `12 d` */
function age(milliseconds: number): string {
  const minutes = Math.max(0, Math.floor(milliseconds / 60_000));
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} d`;
}
