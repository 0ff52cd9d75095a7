import { archive, archiveMarker } from '../operations/archive';
import { oldVersions } from '../operations/old-versions';
import type { Operation } from '../operations/operation';
import { folderDigest } from './folder';
import { ARTIFACT_DIR, type Artifact } from './role';
import type { Settings } from './settings';

/** A folder of the operator's machine that nodes have too. */
export interface FolderRelease {
  /** What it is called on its way, e.g. `flask-app`. */
  readonly name: string;
  /** Absolute path on the operator's machine. */
  readonly folder: string;
  /** What the paths of its versions on a node begin with: `/opt/app` for `/opt/app-3f0c9d2e1a44`. */
  readonly path: string;
}

/** @throws {Error} when the folder can't be read */
export function releaseArtifact(settings: Settings, release: FolderRelease): Artifact {
  const sha256 = releaseDigest(settings, release);
  return {
    fileName: fileName(release),
    source: { kind: 'folder', path: release.folder, sha256 },
    installedMarker: archiveMarker(releaseDirectory(settings, release), sha256),
  };
}

/**
 * Unpacked beside the versions before.
 * @param keep how many of those stay. @default 1
 */
export function releaseOperations(settings: Settings, release: FolderRelease, keep = 1): readonly Operation[] {
  const directory = releaseDirectory(settings, release);
  const file = `${ARTIFACT_DIR}/${fileName(release)}`;
  return [
    archive({ file, directory, digest: releaseDigest(settings, release) }),
    oldVersions({ prefix: `${release.path}-`, current: directory, keep }),
  ];
}

/** Where the version that counts lies. */
export function releaseDirectory(settings: Settings, release: FolderRelease): string {
  return `${release.path}-${releaseDigest(settings, release).slice(0, 12)}`;
}

/** Of the folder as it was when it was first asked for with these settings: a plan is one thing for all of its nodes. */
function releaseDigest(settings: Settings, { folder }: FolderRelease): string {
  const known = digests.get(settings) ?? new Map<string, string>();
  digests.set(settings, known);
  const digest = known.get(folder) ?? folderDigest(folder);
  known.set(folder, digest);
  return digest;
}

const digests = new WeakMap<Settings, Map<string, string>>();

function fileName({ name }: FolderRelease): string {
  return `${name}.tar`;
}
