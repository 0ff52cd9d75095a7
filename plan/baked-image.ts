import type { Role } from '../roles/role';
import type { Settings } from '../roles/settings';
import { jsonDigest } from './json-digest';

/** What the names of all images begin with that roles are baked into. */
export const BAKED_PREFIX = 'firesteel-';

/** What builds of images call all that they make; never the name of an image that is finished. */
export const BUILD_PREFIX = `${BAKED_PREFIX}image-`;

/** Enough to tell one text from the next. */
const DIGITS = 16;

/** Whether a plan that names this image means one with roles in it: of several, the newest that fits. */
export function isBakedName(image: string): boolean {
  return image.startsWith(BAKED_PREFIX);
}

/** Whether something of the role can be installed before it is known what cluster the machine is in. */
export function canBeBaked({ install }: Role): boolean {
  return install !== undefined;
}

/** By role, a digest of all that installing it does on a bare machine; without those that install nothing. */
export function installDigests(roles: readonly Role[], settings: Settings): Readonly<Record<string, string>> {
  return Object.fromEntries(roles.filter(canBeBaked).map((role) => [role.name, installDigest(role, settings)]));
}

/** Name of the image's property that holds a role's digest. */
export function roleProperty(role: string): string {
  return `firesteel_role_${role.replaceAll('-', '_')}`;
}

/** What an image says of itself that has exactly these roles, with these settings, in it. */
export function roleProperties(roles: readonly Role[], settings: Settings): Readonly<Record<string, string>> {
  const digests = Object.entries(installDigests(roles, settings));
  return Object.fromEntries(digests.map(([role, digest]) => [roleProperty(role), digest]));
}

function installDigest(role: Role, settings: Settings): string {
  const artifacts = (role.artifacts?.(settings) ?? []).map(({ fileName, source, installedMarker }) => {
    // Where a folder lies on the operator's machine is no matter; its digest says what is in it.
    const { path: _, ...content } = { path: '', ...source };
    return [fileName, content, installedMarker];
  });
  const operations = (role.install?.({ settings }) ?? []).map(({ kind, name, changes, fact }) => [
    kind,
    name,
    changes(fact.bare).map(({ script }) => script),
  ]);
  return jsonDigest([artifacts, operations]).slice(0, DIGITS);
}
