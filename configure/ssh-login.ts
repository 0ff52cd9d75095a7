import type { Duplex } from 'node:stream';
import type pLimit from 'p-limit';
import type { DeployedNode } from '../plan/cluster-output';
import type { ConnectOptions } from './connect-options';
import { ForwardError } from './errors';
import type { KnownHostKeys } from './host-keys-known';
import { DialError, type Dialed, dial } from './ssh-dial';
import { type KnockOptions, knock } from './ssh-knock';
import { loginRefused, unreachable, wrongHostKey } from './ssh-login-errors';
import type { Way } from './ssh-way';
import type { Connection } from './transport';

export interface LogInOptions extends ConnectOptions {
  /** The connection that carries ours; asked for before each try, for it may have broken. */
  readonly bastion?: () => Promise<Connection>;
  /** Held during each log-in. */
  readonly limit: ReturnType<typeof pLimit>;
}

/** Longest single attempt; a firewall may swallow it without an answer. */
const ATTEMPT_SECONDS = 15;
/** The last one gets a chance however little time is left. */
const SHORTEST_ATTEMPT_SECONDS = 3;
/** How long a server that is new to us may refuse the login. */
const LOGIN_GRACE_SECONDS = 30;

/**
 * Waits until a node answers, with its host key verified, and logs in.
 * @throws {ConnectError} with the node's last console lines where it never answered
 * @throws {HostKeyError} when it shows another key than the known ones, and neither plan nor console log confirm it
 */
export async function logIn(node: DeployedNode, way: Way, options: LogInOptions): Promise<Dialed> {
  const { hostKeys, timeouts, signal } = options;
  const isNew = !hostKeys.knows(node);
  const deadline = Date.now() + timeouts.sshSeconds * 1000;
  let known = await hostKeys.of(node, { withinSeconds: timeouts.sshSeconds, signal });
  const waiting = knockOptions(node, deadline, isNew, options);
  for (let reconsidered = false; ; reconsidered = true) {
    try {
      const keys = known;
      const dialed = await knock(() => attempt(way, keys, waiting.deadline, options), waiting);
      await hostKeys.accept(node, keys, dialed.hostKey);
      return dialed;
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof DialError)) throw error;
      if (error.kind === 'login') throw loginRefused(node, way, error, options);
      if (error.kind !== 'host-key') throw await unreachable(node, way, error, options);
      const again = reconsidered ? undefined : await hostKeys.reconsider(node, error.offered, signal);
      if (!again) throw wrongHostKey(node, way, known, error, options);
      known = again;
    }
  }
}

function knockOptions(node: DeployedNode, deadline: number, isNew: boolean, options: LogInOptions): KnockOptions {
  const { signal, onProgress, timeouts } = options;
  // The console log may have taken all the time: sshd gets some of its own.
  const own = Date.now() + Math.min(ATTEMPT_SECONDS, timeouts.sshSeconds) * 1000;
  return {
    deadline: Math.max(deadline, own),
    loginGraceSeconds: isNew ? LOGIN_GRACE_SECONDS : 0,
    signal,
    onRetry: (reason) =>
      onProgress?.({ subject: node.name, phase: 'connect', state: 'update', text: `waiting for SSH: ${reason}` }),
  };
}

/** One log-in, asking for one type of host key after the other where only a fingerprint is known. */
async function attempt(way: Way, known: KnownHostKeys, deadline: number, options: LogInOptions): Promise<Dialed> {
  const rounds = known.attempts();
  for (const algorithms of rounds.slice(0, -1)) {
    try {
      return await options.limit(() => dialOnce(way, known, algorithms, deadline, options));
    } catch (error) {
      if (!(error instanceof DialError) || error.kind !== 'host-key') throw error;
    }
  }
  return await options.limit(() => dialOnce(way, known, rounds.at(-1)!, deadline, options));
}

async function dialOnce(
  way: Way,
  known: KnownHostKeys,
  hostKeyAlgorithms: ReturnType<KnownHostKeys['attempts']>[number],
  deadline: number,
  { user, identity, port = 22, bastion, signal }: LogInOptions,
): Promise<Dialed> {
  signal?.throwIfAborted();
  const sock = bastion && (await carried(await bastion(), way.host, port, { deadline, signal }));
  return await dial({
    host: way.host,
    port,
    user,
    identity,
    ...(sock && { sock }),
    hostKeyAlgorithms,
    verifyHostKey: (offered) => known.matches(offered),
    withinSeconds: attemptSeconds(deadline),
    signal,
  });
}

interface AttemptLimit {
  /** As `Date.now()` tells it. */
  readonly deadline: number;
  readonly signal?: AbortSignal;
}

function attemptSeconds(deadline: number): number {
  return Math.min(ATTEMPT_SECONDS, Math.max(SHORTEST_ATTEMPT_SECONDS, (deadline - Date.now()) / 1000));
}

/** A bastion waits for minutes where nothing answers, not even that there is nobody. */
async function carried(bastion: Connection, host: string, port: number, limit: AttemptLimit): Promise<Duplex> {
  const opening = bastion.forward(host, port);
  const { signal, deadline } = limit;
  let giveUp = (): void => undefined;
  const late = new Promise<never>((_, reject) => {
    giveUp = () => reject(new Error(`${host}:${port} does not answer ${bastion.node}`));
  });
  const timer = setTimeout(giveUp, attemptSeconds(deadline) * 1000);
  signal?.addEventListener('abort', giveUp, { once: true });
  try {
    return await Promise.race([opening, late]);
  } catch (error) {
    opening.then((stream) => stream.destroy()).catch(() => undefined);
    const forbidden = error instanceof ForwardError && error.forbidden;
    throw new DialError(forbidden ? 'forbidden' : 'unreachable', (error as Error).message);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', giveUp);
  }
}
