import { readdir, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { type AnyAuthMethod, type ParsedKey, utils } from 'ssh2';
import { IdentityError } from './errors';
import { agentKeys, OneKeyAgent } from './ssh-agent';
import { fingerprint, type PublicKey, publicKeyOf, tryParsePublicKey, tryPublicHalf } from './ssh-key';

export interface IdentityOptions {
  /** The deployed public key's line. @default - not known (the cloud's own key pair): every key found is offered */
  readonly publicKey?: string;
  /** File of the private half. @default - the file in `sshDir` that belongs to `publicKey` */
  readonly privateKeyFile?: string;
  /** Socket of the ssh-agent. @default - `SSH_AUTH_SOCK` */
  readonly agentSocket?: string;
  /** Asks a person for the passphrase of a key file; called once for all nodes. @default - an encrypted file is an error */
  readonly askPassphrase?: (file: string) => Promise<string>;
  /** @default '~/.ssh' */
  readonly sshDir?: string;
}

/** The private half of the deployed public key, ready to log in with on any number of nodes. */
export interface Identity {
  /** Where it is, for people, e.g. `~/.ssh/id_ed25519`, `ssh-agent`. */
  readonly source: string;
  /** The private key's file; undefined where ssh-agent holds it. */
  readonly file?: string;
  /** The public key's line; undefined where several keys of an agent may be it. */
  readonly publicKey?: string;
  /** What ssh2 offers to a server, in this order. */
  authMethods(user: string): AnyAuthMethod[];
}

const DEFAULT_FILES = ['id_ed25519', 'id_ecdsa', 'id_rsa'];
const PASSPHRASE_TRIES = 3;

/**
 * Finds the private half of a public key: in the ssh-agent, else in its file, whose passphrase is asked once and held
 * in memory only.
 * @throws {IdentityError} that names every place looked at, and what to do
 */
export async function findIdentity(options: IdentityOptions = {}): Promise<Identity> {
  const wanted = wantedKey(options.publicKey);
  const looked: string[] = [];
  const held = await fromAgent(wanted, options.agentSocket ?? process.env.SSH_AUTH_SOCK, looked);
  const exact = wanted !== undefined || options.privateKeyFile === undefined;
  if (held.length > 0 && exact) return agentIdentity(held);
  for (const file of await keyFiles(options)) {
    const key = await fromFile(file, wanted, options, looked);
    if (key) return fileIdentity(file, key, held);
  }
  if (held.length > 0) return agentIdentity(held);
  throw new IdentityError(notFoundMessage(wanted, looked), looked);
}

interface HeldKey {
  readonly socket: string;
  readonly key: ParsedKey;
}

function agentIdentity(held: readonly HeldKey[]): Identity {
  return {
    source: 'ssh-agent',
    ...(held.length === 1 && { publicKey: publicLine(held[0]!.key) }),
    authMethods: (user) => agentMethods(user, held),
  };
}

function fileIdentity(file: string, key: ParsedKey, held: readonly HeldKey[]): Identity {
  return {
    source: file,
    file,
    publicKey: publicLine(key),
    authMethods: (user) => [{ type: 'publickey', username: user, key }, ...agentMethods(user, held)],
  };
}

function publicLine(key: ParsedKey): string {
  const half = publicKeyOf(key);
  return `${half.type} ${half.key}`;
}

function agentMethods(user: string, held: readonly HeldKey[]): AnyAuthMethod[] {
  return held.map(({ socket, key }) => ({ type: 'agent', username: user, agent: new OneKeyAgent(socket, key) }));
}

function wantedKey(line: string | undefined): PublicKey | undefined {
  if (line === undefined) return undefined;
  const key = tryParsePublicKey(line);
  if (!key) throw new IdentityError(`The deployed SSH public key is not one: ${line.slice(0, 60)}`);
  if (key.type.startsWith('sk-')) {
    throw new IdentityError(
      `The deployed SSH public key is of a hardware token (${key.type}), which firesteel can't log in with. ` +
        'Give an ed25519, ECDSA or RSA key under ssh.publicKey, and the token under ssh.authorizedKeys.',
    );
  }
  return key;
}

/** The agent's keys that are worth offering: the wanted one, or all where none is wanted in particular. */
async function fromAgent(
  wanted: PublicKey | undefined,
  socket: string | undefined,
  looked: string[],
): Promise<readonly HeldKey[]> {
  if (!socket) {
    looked.push('ssh-agent: none (SSH_AUTH_SOCK is not set)');
    return [];
  }
  try {
    const keys = await agentKeys(socket);
    const fitting = keys.filter((key) => !wanted || publicKeyOf(key).key === wanted.key);
    if (fitting.length === 0)
      looked.push(`ssh-agent: ${keys.length} keys, ${wanted ? 'none is it' : 'nothing to offer'}`);
    return fitting.map((key) => ({ socket, key }));
  } catch (error) {
    looked.push(`ssh-agent: no answer on ${socket} (${(error as Error).message})`);
    return [];
  }
}

/** The given file, else every private key of the folder that may be it. */
async function keyFiles({ privateKeyFile, sshDir }: IdentityOptions): Promise<readonly string[]> {
  const folder = sshDir ?? join(homedir(), '.ssh');
  const names = await readdir(folder).catch(() => [] as string[]);
  const pairs = names.filter((name) => names.includes(`${name}.pub`) && !DEFAULT_FILES.includes(name));
  const found = [...DEFAULT_FILES, ...pairs].map((name) => join(folder, name));
  return privateKeyFile === undefined ? found : [privateKeyFile, ...found.filter((file) => file !== privateKeyFile)];
}

async function fromFile(
  file: string,
  wanted: PublicKey | undefined,
  options: IdentityOptions,
  looked: string[],
): Promise<ParsedKey | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    looked.push(`${file}: ${code === 'ENOENT' ? 'no such file' : `can't be read (${code})`}`);
    return undefined;
  }
  const half = tryPublicHalf(text) ?? (await readPublicHalf(`${file}.pub`));
  if (half && wanted && half.key !== wanted.key) {
    looked.push(`${file}: another key (${fingerprint(half.key)})`);
    return undefined;
  }
  const key = await unlock(file, text, options.askPassphrase);
  if (!wanted || publicKeyOf(key).key === wanted.key) return key;
  looked.push(`${file}: another key (${fingerprint(publicKeyOf(key).key)})`);
  return undefined;
}

async function readPublicHalf(file: string): Promise<PublicKey | undefined> {
  return tryParsePublicKey(await readFile(file, 'utf8').catch(() => ''));
}

async function unlock(file: string, text: string, ask: IdentityOptions['askPassphrase']): Promise<ParsedKey> {
  let key = parse(text);
  if (key instanceof Error && /no passphrase given/.test(key.message)) {
    if (!ask) throw new IdentityError(encryptedMessage(file));
    for (let tries = 0; tries < PASSPHRASE_TRIES && key instanceof Error; tries++) key = parse(text, await ask(file));
    if (key instanceof Error) {
      throw new IdentityError(
        `The passphrase for ${file} is wrong (${PASSPHRASE_TRIES} tries). Next: run it again, or ssh-add ${file}.`,
      );
    }
  }
  if (key instanceof Error) {
    throw new IdentityError(
      `${file} is no private key that can be used: ${key.message}. ` +
        `Next: ssh-keygen -p -f ${file} writes it in OpenSSH's own format, or ssh-add ${file}.`,
    );
  }
  return key;
}

function parse(text: string, passphrase?: string): ParsedKey | Error {
  const key = utils.parseKey(text, passphrase);
  if (key instanceof Error || key.isPrivateKey()) return key;
  return new Error('it holds a public key');
}

function encryptedMessage(file: string): string {
  return (
    `${file} is encrypted and nobody can be asked for its passphrase here (no terminal). ` +
    `Next: ssh-add ${file}, then run it again.`
  );
}

function notFoundMessage(wanted: PublicKey | undefined, looked: readonly string[]): string {
  const what = wanted
    ? `The private half of the deployed SSH public key ${fingerprint(wanted.key)} (${wanted.type}) was not found.`
    : 'No SSH private key to log in with was found.';
  const places = looked.map((place) => `  ${place}`).join('\n');
  return `${what} Looked at:\n${places}\nNext: ssh-add FILE, or name the file under ssh.privateKey in the common environment.`;
}
