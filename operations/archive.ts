import { absolutePath, baseOf, parentOf } from './_path';
import { beside, makeTemporary } from './_temporary';
import type { Operation } from './operation';
import { sh } from './shell';

export interface ArchiveOptions {
  /** Absolute path of a tarball that lies on the machine by then, and is removed in the end; `tar` finds out how it is compressed. */
  readonly file: string;
  /** Absolute path of the directory that is to hold what is in it; replaced as a whole. */
  readonly directory: string;
  /** What tells this content from any other: a hexadecimal digest of the tarball, or of what it was made from. */
  readonly digest: string;
  /** Leading folders of the tarball's names to leave out. @default 1 */
  readonly stripComponents?: number;
}

export interface ArchiveFact {
  readonly unpacked: boolean;
  /** The tarball lies there although it is unpacked. */
  readonly tarballLeft?: boolean;
}

/**
 * The file inside `directory` whose presence says that this very content is unpacked there.
 * @throws {Error} when the digest is too short or not hexadecimal
 */
export function archiveMarker(directory: string, digest: string): string {
  if (!/^[0-9a-f]{16,}$/.test(digest)) throw new Error(`not a hexadecimal digest: ${JSON.stringify(digest)}`);
  return `${directory}/.firesteel-${digest.slice(0, 16)}`;
}

/** The content of a tarball, root's, in a directory that is either whole or not there. */
export function archive(options: ArchiveOptions): Operation<ArchiveFact> {
  const tarball = absolutePath(options.file);
  const directory = absolutePath(options.directory);
  const marker = archiveMarker(directory, options.digest);
  return {
    kind: 'archive',
    name: directory,
    fact: {
      script: sh`if [ -f ${marker} ]; then echo unpacked; if [ -f ${tarball} ]; then echo left; fi; fi`.text,
      parse: (stdout) => ({
        unpacked: stdout.startsWith('unpacked'),
        ...(stdout.includes('left') && { tarballLeft: true }),
      }),
      bare: { unpacked: false },
    },
    changes(fact) {
      if (fact.unpacked && !fact.tarballLeft) return [];
      if (fact.unpacked)
        return [{ description: `remove ${baseOf(tarball)}, which is unpacked`, script: sh`rm -f -- ${tarball}`.text }];
      const script = unpackScript(tarball, directory, marker, options.stripComponents ?? 1);
      return [{ description: `unpack ${baseOf(tarball)} into ${directory}`, script }];
    },
  };
}

/** Another run may have unpacked it while this one waited for its turn. */
function unpackScript(tarball: string, directory: string, marker: string, stripComponents: number): string {
  return sh`
    ( if [ -f ${marker} ]; then rm -f -- ${tarball}; exit 0; fi
    [ -f ${tarball} ] || { echo ${`${tarball} is not on this machine; it has to be brought first`} >&2; exit 66; }
    mkdir -p -- ${parentOf(directory)}
    ${makeTemporary(beside(directory), 'directory')}
    mkdir -m 0755 "$temporary/new"
    tar -xf ${tarball} -C "$temporary/new" --strip-components=${stripComponents} --no-same-owner
    touch "$temporary/new/"${baseOf(marker)}
    if [ -e ${directory} ]; then mv -T -- ${directory} "$temporary/old"; fi
    mv -T -- "$temporary/new" ${directory}
    rm -f -- ${tarball} )
  `.text;
}
