import { execFile } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { artifactCacheDir } from '../configure/artifact-cache';

const run = promisify(execFile);
const CACHE = join(artifactCacheDir(), '..', 'bench');

/** Folder of what the peers are told to do. */
export const PEERS = join(__dirname, 'peers');
export const PYTHON_PEERS = { pyinfra: 'pyinfra==3.10.0', ansible: 'ansible-core==2.19.14' } as const;
export type PythonPeer = keyof typeof PYTHON_PEERS;

/** Path of an installed peer's program. */
export function peerProgram(peer: PythonPeer): string {
  return join(CACHE, peer, 'bin', peer === 'ansible' ? 'ansible-playbook' : 'pyinfra');
}

/** Installs a peer into a folder of its own, once. */
export async function installPeer(peer: PythonPeer): Promise<void> {
  const folder = join(CACHE, peer);
  if (existsSync(join(folder, 'installed'))) return;
  await run('python3', ['-m', 'venv', folder]);
  await run(join(folder, 'bin', 'pip'), ['install', '--quiet', PYTHON_PEERS[peer]], { maxBuffer: 1 << 24 });
  writeFileSync(join(folder, 'installed'), `${PYTHON_PEERS[peer]}\n`);
}
