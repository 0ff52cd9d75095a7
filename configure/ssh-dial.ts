import { connect as connectTcp, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { NodeSSH } from 'node-ssh';
import type { Client, ServerHostKeyAlgorithm } from 'ssh2';
import type { Identity } from './identity';
import { gatherWrites } from './ssh-gather';

export interface DialOptions {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly identity: Identity;
  /** A byte stream to the node's port, where it is reached through another one. @default - a TCP connection */
  readonly sock?: Duplex;
  /** Host key algorithms to ask for. */
  readonly hostKeyAlgorithms: readonly ServerHostKeyAlgorithm[];
  /** Whether the node may be spoken to, from the raw key that it offers. */
  readonly verifyHostKey: (offered: Buffer) => boolean;
  /** For TCP, key exchange and login together. */
  readonly withinSeconds: number;
  readonly signal?: AbortSignal;
}

/** A logged-in connection. */
export interface Dialed {
  readonly client: Client;
  readonly hostKey: Buffer;
  /** Ends it, at once where the other side doesn't answer any more. */
  close(): void;
}

/** Why one attempt failed: `host-key` and `forbidden` will not get better by trying again, `login` perhaps. */
export type DialFailureKind = 'unreachable' | 'login' | 'host-key' | 'forbidden';

export class DialError extends Error {
  constructor(
    readonly kind: DialFailureKind,
    message: string,
    /** The key that was offered and refused. */
    readonly offered?: Buffer,
  ) {
    super(message);
    this.name = 'DialError';
  }
}

const KEEPALIVE_SECONDS = 15;
const KEEPALIVE_COUNT = 4;
/** How long the other side may take to say goodbye. */
const FAREWELL_MS = 1000;

/**
 * One attempt to log in on a node, with its host key checked before anything is said.
 * @throws {DialError}
 */
export async function dial(options: DialOptions): Promise<Dialed> {
  const ssh = new NodeSSH();
  const sock = options.sock ?? gatherWrites(connectTcp({ host: options.host, port: options.port, noDelay: true }));
  // Where the other side ends, ssh2 asks no more whether it is alive, and waits for a close: a stream that another
  // connection carries has none by itself.
  options.sock?.once('end', () => sock.destroy());
  const offer: { key?: Buffer; refused: boolean } = { refused: false };
  const connecting = ssh.connect({
    // ssh2 wants a socket and takes any duplex stream.
    sock: sock as Socket,
    username: options.user,
    authHandler: options.identity.authMethods(options.user),
    hostVerifier: (key: Buffer) => {
      offer.key = Buffer.from(key);
      offer.refused = !options.verifyHostKey(offer.key);
      return !offer.refused;
    },
    // For all else ssh2's own order is good: curve25519 and AES-GCM come first.
    algorithms: { serverHostKey: [...options.hostKeyAlgorithms] },
    readyTimeout: options.withinSeconds * 1000,
    keepaliveInterval: KEEPALIVE_SECONDS * 1000,
    keepaliveCountMax: KEEPALIVE_COUNT,
  });
  const client = ssh.connection!;
  // node-ssh stops listening when the login is done; an error without a listener would end the whole process.
  client.on('error', () => undefined);
  const abort = (): void => void sock.destroy();
  options.signal?.addEventListener('abort', abort, { once: true });
  try {
    await connecting;
    return { client, hostKey: offer.key!, close: () => farewell(ssh, sock) };
  } catch (error) {
    sock.destroy();
    throw failure(error as Error & { level?: string }, offer);
  } finally {
    options.signal?.removeEventListener('abort', abort);
  }
}

function farewell(ssh: NodeSSH, sock: Duplex): void {
  ssh.dispose();
  setTimeout(() => sock.destroy(), FAREWELL_MS).unref();
}

function failure(error: Error & { level?: string }, offer: { key?: Buffer; refused: boolean }): DialError {
  if (offer.refused) return new DialError('host-key', 'its host key is not the known one', offer.key);
  if (/no matching host key format/i.test(error.message)) {
    return new DialError('host-key', 'it has no host key of a known type');
  }
  if (/no matching/i.test(error.message)) return new DialError('forbidden', error.message);
  if (error.level === 'client-authentication' || error.level === 'agent') return new DialError('login', error.message);
  return new DialError('unreachable', error.message);
}
