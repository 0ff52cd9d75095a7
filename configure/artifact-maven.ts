import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { MavenJar } from '../roles/role';
import { type Tarball, writeTarball } from './_tarball';
import { withFileLock } from './artifact-cache';
import { download } from './artifact-download';
import { jarPath, mavenRepository } from './maven-repository';

export interface JarsOptions {
  readonly jars: readonly MavenJar[];
  /** Folder that fetched jars are kept in, for other tarballs too. */
  readonly cacheDir: string;
  /** @default - `mavenRepository()` */
  readonly repository?: string;
  /** Called when one more is there. */
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** A jar that lies on this machine, verified. */
export interface FetchedJar {
  /** e.g. `slf4j-api-1.7.36.jar` */
  readonly fileName: string;
  /** Where it lies. */
  readonly path: string;
}

/** Jars that are fetched at a time: most are small, and it is the waiting that takes long. */
const AT_A_TIME = 6;

/**
 * Fetches jars into the cache, several at a time, each verified; what is there already is used.
 * @throws {Error} for coordinates that none can have, or two jars of one name
 * @throws {ArtifactError} when one can't be had or isn't what it should be
 */
export async function fetchJars(options: JarsOptions): Promise<readonly FetchedJar[]> {
  const { jars, onProgress } = options;
  const repository = options.repository ?? mavenRepository();
  const places = jars.map(({ coordinates }) => jarPath(coordinates));
  refuseSameName(places.map((place) => basename(place)));
  const fetched: FetchedJar[] = [];
  let next = 0;
  let done = 0;
  const worker = async (): Promise<void> => {
    while (next < jars.length) {
      const index = next++;
      fetched[index] = await fetchJar(`${repository}/${places[index]}`, jars[index]!, options);
      onProgress?.(++done, jars.length);
    }
  };
  try {
    await Promise.all(Array.from({ length: AT_A_TIME }, worker));
  } finally {
    next = jars.length; // after a failure none begins any more
  }
  return fetched;
}

async function fetchJar(url: string, { sha256 }: MavenJar, { cacheDir, signal }: JarsOptions): Promise<FetchedJar> {
  const fileName = basename(url);
  const path = join(cacheDir, 'maven', `${sha256.slice(0, 16)}-${fileName}`);
  const fetch = (): Promise<void> =>
    download({ url, file: path, digest: { algorithm: 'sha256', hex: sha256 }, signal });
  await withFileLock(path, fetch, signal);
  return { fileName, path };
}

/** They lie in one folder. */
function refuseSameName(names: readonly string[]): void {
  const twin = names.find((name, index) => names.indexOf(name) !== index);
  if (twin !== undefined) throw new Error(`two of the jars are ${twin}, and they are to lie in one folder`);
}

export interface PackJarsOptions {
  readonly jars: readonly FetchedJar[];
  /** First folder of the names in the tarball; the jars lie in its folder `jars`. */
  readonly folder: string;
  /** The tarball to make; has its name only when it is whole. */
  readonly file: string;
  readonly signal?: AbortSignal;
}

/** Makes a tarball of jars; the same jars make the same one. */
export function packJars({ jars, folder, file, signal }: PackJarsOptions): Promise<Tarball> {
  const sorted = [...jars].sort((a, b) => (a.fileName < b.fileName ? -1 : 1));
  return writeTarball(
    file,
    async (add) => {
      for (const { fileName, path } of sorted) {
        await add({ name: `${folder}/jars/${fileName}`, content: await readFile(path), program: false });
      }
    },
    signal,
  );
}
