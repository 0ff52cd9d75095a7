import { readFileSync } from 'node:fs';
import { findIdentity, type Identity } from '../../configure/identity';
import { KEY_FILE } from '../../packer/template';
import { makeKeyPair } from '../_key-pair';
import type { BuildFolder } from './build-folder';

export interface BuildKey {
  readonly identity: Identity;
  /** Its line. */
  readonly publicKey: string;
}

/** Makes the key pair of a build, which opens its server and nothing else, and never leaves its folder. */
export async function makeBuildKey(folder: BuildFolder): Promise<BuildKey> {
  const { dir, name } = folder;
  const wrong = await makeKeyPair(dir, KEY_FILE, name).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT')
      throw new Error('ssh-keygen is missing, by which the key of a build is made: install openssh-client');
    throw error;
  });
  if (wrong !== '') throw new Error(`ssh-keygen could not make the key of the build: ${wrong}`);
  const publicKey = readFileSync(folder.file(`${KEY_FILE}.pub`), 'utf8').trim();
  const identity = await findIdentity({
    publicKey,
    privateKeyFile: folder.file(KEY_FILE),
    agentSocket: '',
    sshDir: dir,
  });
  return { identity, publicKey };
}
