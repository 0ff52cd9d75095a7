import { readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { folderDigest, folderFiles } from '../roles/folder';
import { type Tarball, writeTarball } from './_tarball';
import { ArtifactError } from './artifact-error';

export interface PackFolderOptions {
  /** Absolute path of a folder of this machine. */
  readonly path: string;
  /** Its `folderDigest` when the plan was read. Hexadecimal. */
  readonly sha256: string;
  /** First folder of the names in the tarball. */
  readonly folder: string;
  /** The tarball to make; has its name only when it is whole. */
  readonly file: string;
  readonly signal?: AbortSignal;
}

/**
 * Makes a tarball of a folder of this machine; the same files make the same one, whoever made them and when.
 * @throws {ArtifactError} when the folder can't be read, or is not any more what it was when the plan was read
 */
export function packFolder(options: PackFolderOptions): Promise<Tarball> {
  const { path, folder, file, signal } = options;
  return writeTarball(
    file,
    async (add) => {
      refuseOther(options);
      for (const name of folderFiles(path)) {
        const source = join(path, name);
        const [content, { mode }] = await Promise.all([readFile(source), stat(source)]);
        await add({ name: `${folder}/${name}`, content, program: (mode & 0o100) !== 0 });
      }
      refuseOther(options); // someone may have been saving files meanwhile
    },
    signal,
  );
}

function refuseOther({ path, sha256, file }: PackFolderOptions): void {
  if (digestOf(path, file) === sha256) return;
  throw new ArtifactError(
    `${path} has changed since the plan was read, so it is not sent to the nodes. Next: run it again.`,
    basename(file),
  );
}

function digestOf(path: string, file: string): string {
  try {
    return folderDigest(path);
  } catch (error) {
    const reason = (error as Error).message;
    throw new ArtifactError(
      `${path} can't be read: ${reason}. Next: put the folder there, or name another one.`,
      basename(file),
    );
  }
}
