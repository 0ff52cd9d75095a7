import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';
import { type AddFile, type Tarball, writeTarball } from './_tarball';
import { thinJar } from './_thin-jar';
import { ArtifactError } from './artifact-error';

export interface RepackOptions {
  /** PyPI's source distribution, verified. */
  readonly source: string;
  readonly version: string;
  /** The tarball to make; has its name only when it is whole. */
  readonly file: string;
  readonly signal?: AbortSignal;
}

/** Raised whenever the same source makes another tarball. */
export const PYSPARK_RECIPE = 1;

/**
 * Makes what PyPI gives for `pip install` into the folders of a Spark release, all under `spark-<version>/`, without what
 * a standalone cluster on Linux never loads (docs/decisions/0010). Not compressed: jars are already.
 * @throws {ArtifactError} when the source is no source distribution of pyspark
 */
export function repackPyspark(options: RepackOptions): Promise<Tarball> {
  return writeTarball(options.file, (add) => fill(add, options), options.signal);
}

async function fill(add: AddFile, { source, version, signal }: RepackOptions): Promise<void> {
  const entries = extract();
  const reading = pipeline(
    createReadStream(source, { highWaterMark: 1 << 20 }),
    createGunzip({ chunkSize: 1 << 20 }),
    entries,
    { signal },
  );
  reading.catch(() => undefined); // the loop below sees it too
  let jars = 0;
  for await (const entry of entries) {
    const place = placeOf(entry.header.name);
    if (entry.header.type !== 'file' || place === undefined) {
      entry.resume();
      continue;
    }
    const content = await buffer(entry);
    if (place.startsWith('jars/')) jars++;
    await add({
      name: `spark-${version}/${place}`,
      content: isThinned(place) ? thinJar(content, isForeign) : content,
      program: /(^|\/)s?bin\//.test(place),
      modified: entry.header.mtime,
    });
  }
  await reading;
  if (jars === 0) {
    throw new ArtifactError(
      `${basename(source)} holds no jars: it is no source distribution of pyspark. Next: check the version.`,
      basename(source),
    );
  }
  const note = `Spark ${version}, repacked by firesteel (recipe ${PYSPARK_RECIPE}) from ${basename(source)} of PyPI\n`;
  await add({ name: `spark-${version}/RELEASE`, content: Buffer.from(note), program: false });
}

/** Folders of the source distribution, without its first, and where they belong in a Spark release. */
const PLACES: readonly (readonly [from: string, to: string])[] = [
  ['deps/jars/', 'jars/'],
  ['deps/bin/', 'bin/'],
  ['deps/sbin/', 'sbin/'],
  ['deps/data/', 'data/'],
  ['deps/examples/', 'examples/src/main/python/'],
  ['deps/licenses/', 'licenses/'],
  ['lib/', 'python/lib/'],
  ['pyspark/', 'python/pyspark/'],
];
const ROOT_FILES = ['LICENSE', 'NOTICE', 'README.md'];

/** Where a file of the source distribution belongs in a Spark release; undefined where it doesn't. */
export function placeOf(name: string): string | undefined {
  const inside = name.slice(name.indexOf('/') + 1);
  if (ROOT_FILES.includes(inside)) return inside;
  const place = PLACES.find(([from]) => inside.startsWith(from));
  if (!place) return undefined;
  const path = place[1] + inside.slice(place[0].length);
  return NEVER_LOADED.some((pattern) => pattern.test(path)) ? undefined : path;
}

/** Other resource managers, other operating systems, and the Scala shell that is a client of Spark Connect. */
const NEVER_LOADED: readonly RegExp[] = [
  /^bin\/.*\.cmd$/,
  /^jars\/connect-repl\//,
  /^jars\/(spark-)?kubernetes[-_]/,
  /^jars\/(zjsonpatch|volcano|vertx|okhttp|okio|logging-interceptor)-/,
  /^jars\/(spark-yarn_|hadoop-yarn-|spark-mesos_|mesos-)/,
  /^jars\/netty-.*(-osx-|-windows-|kqueue)/,
];

/** Jars that carry the same native library for every platform there is. */
function isThinned(place: string): boolean {
  return /^jars\/(rocksdbjni|zstd-jni)-/.test(place);
}

/** A native library of a platform that is neither Linux with glibc on x86_64 nor on aarch64. */
function isForeign(entry: string): boolean {
  return (
    /\.(dll|jnilib|dylib)$/.test(entry) ||
    (/\.so$/.test(entry) && !/linux64\.so$|linux-aarch64\.so$|linux\/(amd64|aarch64)\//.test(entry))
  );
}
