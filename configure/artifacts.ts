import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { sync as writeFileAtomic } from 'write-file-atomic';
import type { ProgressListener } from '../plan/progress';
import type { Artifact, ArtifactSource, MavenJar } from '../roles/role';
import type { Tarball } from './_tarball';
import { throttled } from './_throttled';
import { artifactCacheDir, withFileLock } from './artifact-cache';
import { type Digest, digestOf, download, isWhole } from './artifact-download';
import { packFolder } from './artifact-folder';
import { fetchJars, packJars } from './artifact-maven';
import { findSourceDistribution } from './artifact-pypi';
import { PYSPARK_RECIPE, repackPyspark } from './artifact-pyspark';

export interface FetchOptions {
  /** @default - `$FIRESTEEL_CACHE/artifacts`, else that folder of the user's cache */
  readonly cacheDir?: string;
  readonly onProgress?: ProgressListener;
  readonly signal?: AbortSignal;
}

/** An artifact that lies on this machine, verified. */
export interface FetchedArtifact {
  /** Where it lies. */
  readonly path: string;
  /** Hexadecimal. */
  readonly sha256: string;
  readonly bytes: number;
}

/**
 * Fetches an artifact into the cache of this machine, once: what is there and right is used as it is. Two processes never
 * fetch the same at a time.
 * @throws {ArtifactError} when it can't be had or isn't what it should be
 */
export async function fetchArtifact(artifact: Artifact, options: FetchOptions = {}): Promise<FetchedArtifact> {
  const cacheDir = options.cacheDir ?? artifactCacheDir();
  const path = join(cacheDir, cacheName(artifact));
  const work = async (): Promise<FetchedArtifact> => {
    const known = await tryKnown(path);
    if (known) return known;
    const made = await obtain(artifact, path, cacheDir, options);
    writeFileAtomic(`${path}.json`, `${JSON.stringify(made)}\n`);
    return { path, ...made };
  };
  return withFileLock(path, work, options.signal);
}

/** Named after all that makes its content, so that another version or digest is another file. */
function cacheName({ source, fileName }: Artifact): string {
  if (source.kind === 'pyspark') return `spark-${source.version}-${source.sha256.slice(0, 16)}-${PYSPARK_RECIPE}.tar`;
  return `${contentDigest(source).slice(0, 16)}-${basename(fileName)}`;
}

function contentDigest(source: Exclude<ArtifactSource, { kind: 'pyspark' }>): string {
  switch (source.kind) {
    case 'url':
      return source.sha512;
    case 'folder':
      return source.sha256;
    case 'maven':
      return createHash('sha256').update(JSON.stringify(source.jars)).digest('hex');
  }
}

/** What the note beside it says, where that is still true. */
async function tryKnown(path: string): Promise<FetchedArtifact | undefined> {
  const note = await readFile(`${path}.json`, 'utf8').catch(() => undefined);
  if (note === undefined) return undefined;
  try {
    const { sha256, bytes } = JSON.parse(note) as Tarball;
    return (await isStillWhole(path, sha256)) ? { path, sha256, bytes } : undefined;
  } catch {
    return undefined; // a note that can't be read is none
  }
}

/** Files that this process has read already, with their digest and the time of their last change. */
const read = new Map<string, string>();

/** A large file is not read again for as long as this process runs and nobody changes it. */
async function isStillWhole(path: string, sha256: string): Promise<boolean> {
  const { mtimeMs, size } = await stat(path);
  const state = `${sha256} ${size} ${mtimeMs}`;
  if (read.get(path) === state) return true;
  const whole = await isWhole(path, { algorithm: 'sha256', hex: sha256 });
  if (whole) read.set(path, state);
  return whole;
}

function obtain(artifact: Artifact, path: string, cacheDir: string, options: FetchOptions): Promise<Tarball> {
  const { source } = artifact;
  switch (source.kind) {
    case 'url':
      return obtainTarball(source.url, { algorithm: 'sha512', hex: source.sha512 }, path, options);
    case 'pyspark':
      return obtainPyspark(source.version, source.sha256, path, cacheDir, options);
    case 'maven':
      return obtainJars(source.jars, artifact, path, cacheDir, options);
    case 'folder':
      return phase(basename(path), 'pack', options, () =>
        packFolder({ ...source, folder: folderOf(artifact), file: path, signal: options.signal }),
      );
  }
}

/** First folder of the names in a tarball that is made here. */
function folderOf({ fileName }: Artifact): string {
  return basename(fileName, '.tar');
}

async function obtainTarball(url: string, digest: Digest, file: string, options: FetchOptions): Promise<Tarball> {
  await fetchFile(url, digest, file, options);
  const [sha256, { size }] = await Promise.all([digestOf(file, 'sha256'), stat(file)]);
  return { sha256, bytes: size };
}

async function obtainJars(
  wanted: readonly MavenJar[],
  artifact: Artifact,
  file: string,
  cacheDir: string,
  options: FetchOptions,
): Promise<Tarball> {
  const subject = basename(file);
  const { signal } = options;
  const onProgress = throttled((done: number, total: number) =>
    options.onProgress?.({ subject, phase: 'fetch', state: 'update', text: `${done} of ${total} jars` }),
  );
  const jars = await phase(subject, 'fetch', options, () => fetchJars({ jars: wanted, cacheDir, onProgress, signal }));
  return phase(subject, 'pack', options, () => packJars({ jars, folder: folderOf(artifact), file, signal }));
}

async function obtainPyspark(
  version: string,
  sha256: string,
  file: string,
  cacheDir: string,
  options: FetchOptions,
): Promise<Tarball> {
  const source = join(cacheDir, `pyspark-${version}.tar.gz`);
  const digest: Digest = { algorithm: 'sha256', hex: sha256 };
  const fetchSource = async (): Promise<void> => {
    if (await isWhole(source, digest)) return;
    const { url } = await findSourceDistribution('pyspark', version, { signal: options.signal });
    await fetchFile(url, digest, source, options);
  };
  await withFileLock(source, fetchSource, options.signal);
  return phase(basename(file), 'repack', options, () =>
    repackPyspark({ source, version, file, signal: options.signal }),
  );
}

function fetchFile(url: string, digest: Digest, file: string, options: FetchOptions): Promise<void> {
  const subject = basename(file);
  const tell = throttled((done: number, total: number | undefined) =>
    options.onProgress?.({ subject, phase: 'fetch', state: 'update', text: amount(done, total) }),
  );
  return phase(subject, 'fetch', options, () =>
    download({ url, digest, file, onProgress: tell, signal: options.signal }),
  );
}

/** e.g. `120 of 450 MB` */
export function amount(done: number, total: number | undefined): string {
  const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(0);
  return total === undefined ? `${megabytes(done)} MB` : `${megabytes(done)} of ${megabytes(total)} MB`;
}

async function phase<T>(
  subject: string,
  name: string,
  { onProgress }: FetchOptions,
  work: () => Promise<T>,
): Promise<T> {
  const started = Date.now();
  const seconds = (): number => (Date.now() - started) / 1000;
  onProgress?.({ subject, phase: name, state: 'start' });
  try {
    const result = await work();
    onProgress?.({ subject, phase: name, state: 'done', seconds: seconds() });
    return result;
  } catch (error) {
    onProgress?.({ subject, phase: name, state: 'fail', text: (error as Error).message, seconds: seconds() });
    throw error;
  }
}
