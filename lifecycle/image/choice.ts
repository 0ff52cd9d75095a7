import { bootable, type Image } from '../../cloud/image';
import { installDigests, roleProperty } from '../../plan/baked-image';
import type { Role } from '../../roles/role';
import type { Settings } from '../../roles/settings';

/** The image that new servers of a group start from, and what it lacks. */
export interface ImageChoice {
  readonly image: Image;
  /** Names of roles that are in it as another version, or with other settings. */
  readonly outdated: readonly string[];
  /** Names of roles that are not in it. */
  readonly missing: readonly string[];
}

/** What a group is to have installed. */
export interface Wanted {
  readonly roles: readonly Role[];
  readonly settings: Settings;
}

/**
 * Of images of one name the newest that has all roles as they are wanted, else the newest; the same that a stack chooses.
 * @returns undefined where none can be booted
 */
export function chooseImage(images: readonly Image[], { roles, settings }: Wanted): ImageChoice | undefined {
  const wanted = installDigests(roles, settings);
  const choices = bootable(images).map((image) => lacks(image, wanted));
  return choices.find(fits) ?? choices[0];
}

/** Whether nothing is left to install. */
export function fits({ outdated, missing }: ImageChoice): boolean {
  return outdated.length === 0 && missing.length === 0;
}

/** What of the roles has to be installed on a node that starts from the image. */
export function rolesLeft({ outdated, missing }: ImageChoice, roles: readonly Role[]): readonly Role[] {
  const left = new Set([...outdated, ...missing]);
  return roles.filter(({ name }) => left.has(name));
}

/** For people; undefined where it fits. */
export function describeLack({ image, outdated, missing }: ImageChoice): string | undefined {
  const parts = [
    ...(outdated.length > 0 ? [`${outdated.join(', ')} as the plan does not want it any more`] : []),
    ...(missing.length > 0 ? [`no ${missing.join(', ')}`] : []),
  ];
  if (parts.length === 0) return undefined;
  return `the newest image "${image.name}", of ${image.createdAt.slice(0, 10)}, has ${parts.join(' and ')}: configure installs that on each node`;
}

function lacks(image: Image, wanted: Readonly<Record<string, string>>): ImageChoice {
  const names = Object.keys(wanted);
  const inside = (role: string) => image.properties[roleProperty(role)];
  return {
    image,
    outdated: names.filter((role) => inside(role) !== undefined && inside(role) !== wanted[role]),
    missing: names.filter((role) => inside(role) === undefined),
  };
}
