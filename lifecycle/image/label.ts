import type { Image } from '../../cloud/image';
import { installDigests, roleProperties } from '../../plan/baked-image';
import { packageRoot } from '../_package-root';
import type { ImageContents } from './contents';

/** Glance's limit. */
const LONGEST = 255;

const OWN = /^firesteel_/;
const ROLE = /^firesteel_role_(.+)$/;

/** What an image says of itself. */
export interface BakedLabel {
  /** For people, e.g. `spark`, or the environment that it was built for. */
  readonly kind: string;
  /** Names of the roles in it. */
  readonly roles: readonly string[];
  /** e.g. `spark-4.1.1`; empty where no role brings a version of its own. */
  readonly software: readonly string[];
  /** Name of the image that it was built from. */
  readonly source: string;
  /** Firesteel's version. */
  readonly firesteel: string;
}

/**
 * Properties of a finished image. One of them is the image's own id: a snapshot of a server that was made from it takes all
 * of them over, and is no image of ours.
 */
export function labelOf(
  id: string,
  contents: ImageContents,
  { source, user }: { readonly source: Image; readonly user: string },
): Readonly<Record<string, string>> {
  const properties = {
    firesteel_image: id,
    firesteel_kind: contents.label,
    firesteel_roles: Object.keys(installDigests(contents.roles, contents.settings)).join(','),
    firesteel_software: softwareOf(contents).join(','),
    firesteel_source_id: source.id,
    firesteel_source_name: source.name,
    firesteel_built: new Date().toISOString(),
    firesteel_version: version(),
    default_user: user,
    ...roleProperties(contents.roles, contents.settings),
  };
  return Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, value.slice(0, LONGEST)]));
}

/** Properties that the image has from its source and that are not its own. */
export function foreignProperties({ properties }: Image, own: Readonly<Record<string, string>>): readonly string[] {
  return Object.keys(properties).filter((name) => OWN.test(name) && !(name in own));
}

/** undefined for an image that is none of ours. */
export function tryLabel({ id, properties }: Image): BakedLabel | undefined {
  if (properties.firesteel_image !== id) return undefined;
  const names = words(properties.firesteel_roles);
  // What is too long for one property was cut off there.
  const roles = Object.keys(properties).flatMap((name) => ROLE.exec(name)?.[1]?.replaceAll('_', '-') ?? []);
  return {
    kind: properties.firesteel_kind ?? '',
    roles: names.length === roles.length ? names : roles,
    software: words(properties.firesteel_software),
    source: properties.firesteel_source_name ?? '',
    firesteel: properties.firesteel_version ?? '',
  };
}

/** What stands in the names of the roles' artifacts: `spark-4.1.1` of `spark-4.1.1.tar.gz`. */
function softwareOf({ roles, settings }: ImageContents): readonly string[] {
  const names = roles.flatMap((role) => role.artifacts?.(settings) ?? []).map(({ fileName }) => fileName);
  return [...new Set(names.map((name) => name.replace(/\.(tar\.gz|tgz|tar|zip|jar)$/, '')))];
}

function words(text: string | undefined): readonly string[] {
  return (text ?? '').split(',').filter((word) => word !== '');
}

function version(): string {
  return (require(`${packageRoot()}/package.json`) as { version: string }).version;
}
