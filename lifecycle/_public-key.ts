import { existsSync, linkSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { homedir, hostname, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DEFAULT_PUBLIC_KEYS, expandHome } from '../plan/public-key';
import { makeKeyPair } from './_key-pair';
import { UsageError } from './errors';

/** Of the pair that is made. */
const NAME = 'id_ed25519';

export interface KeyFile {
  /** With `~` for the home folder, as plans have it. */
  readonly path: string;
  /** It did not exist before. */
  readonly made: boolean;
}

/** Whether the user has a public key in ~/.ssh. */
export function ownPublicKeyExists(): boolean {
  return DEFAULT_PUBLIC_KEYS.some((name) => existsSync(join(sshFolder(), name)));
}

/** The first of the user's own public keys; where there is none, a new pair, readable by nobody else. */
export async function ownPublicKey(): Promise<KeyFile> {
  const name = DEFAULT_PUBLIC_KEYS.find((each) => existsSync(join(sshFolder(), each)));
  return name ? { path: `~/.ssh/${name}`, made: false } : makeKey();
}

/**
 * Makes the key pair that a plan counts on where it is not there; a key that only its owner can have is not made.
 * @param named what the plan has as `ssh.publicKey`
 * @returns the path of its public half; undefined where nothing had to be made
 */
export async function makeMissingKey(named: string | undefined): Promise<string | undefined> {
  const makable = join(sshFolder(), `${NAME}.pub`);
  if (named !== undefined && (expandHome(named) !== makable || existsSync(makable))) return undefined;
  const { path, made } = named === undefined ? await ownPublicKey() : await makeKey();
  return made ? path : undefined;
}

/** Whoever makes one at the same time makes the same: the first one's is taken. */
async function makeKey(): Promise<KeyFile> {
  const folder = sshFolder();
  const file = join(folder, NAME);
  const path = `~/.ssh/${NAME}.pub`;
  if (existsSync(file)) return othersKey(file, path);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const scratch = mkdtempSync(join(folder, '.firesteel-'));
  try {
    const fresh = join(scratch, NAME);
    const result = await tryMake(scratch);
    if (result !== '') throw new UsageError(`no SSH key exists, and ssh-keygen could not make one: ${result}`);
    if (!tryLink(fresh, file)) return await othersKey(file, path);
    renameSync(`${fresh}.pub`, `${file}.pub`);
    return { path, made: true };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Its public half comes right after it. @throws {UsageError} where it does not */
async function othersKey(file: string, path: string): Promise<KeyFile> {
  for (let tries = 0; tries < 20; tries++) {
    if (existsSync(`${file}.pub`)) return { path, made: false };
    await sleep(100);
  }
  throw new UsageError(
    `${file} is there without its public half: write it with "ssh-keygen -y -f ${file} > ${file}.pub"`,
  );
}

/** Whether there was no such file. */
function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** What went wrong; empty when it went well. */
async function tryMake(folder: string): Promise<string> {
  try {
    return await makeKeyPair(folder, NAME, `${userInfo().username}@${hostname()}`);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' ? 'it is missing: install openssh-client, or name a key under ssh.publicKey' : message;
  }
}

function sshFolder(): string {
  return join(homedir(), '.ssh');
}
