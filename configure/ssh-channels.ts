import type { Duplex } from 'node:stream';
import pLimit from 'p-limit';
import type { AcceptConnection, Client, ClientChannel, RejectConnection, TcpConnectionDetails } from 'ssh2';
import { ConnectError, ForwardError } from './errors';
import type { Dialed } from './ssh-dial';
import { pause } from './ssh-pause';
import { followSession, type SessionEnd, type SessionOptions } from './ssh-session';

export type SessionExit = NonNullable<SessionEnd['exit']>;

export interface ExecOptions extends Omit<SessionOptions, 'onInputClosed'> {
  /** What is being done, for the error's text. */
  readonly action: string;
  /** Writes the command's standard input; `inputClosed` resolves when nothing more may be written. */
  readonly feed: (channel: ClientChannel, inputClosed: Promise<void>) => void | Promise<void>;
}

/** sshd allows ten sessions on a connection by default; one is left to others, and one to a shell that waits. */
const MAX_SESSIONS = 8;
const LOOPBACK = '127.0.0.1';
/** SSH says no more of it. */
const NO_LISTENING = 'its sshd forbids it (AllowTcpForwarding, PermitListen), or something else listens there';
/** Tries to open a session while none of ours is open, or while others of ours are and may end. */
const TRIES_ALONE = 5;
const TRIES_AMONG_OTHERS = 200;

/** The channels over one connection: a few sessions at a time, any number of forwarded streams. */
export class SshChannels {
  readonly #client: Client;
  readonly #limit = pLimit(MAX_SESSIONS);
  #open = 0;
  /** A shell that waits for another script; opening one costs a node more than many a script. */
  #waiting: { readonly command: string; readonly channel: ClientChannel } | undefined;
  /** Why the connection is no more. */
  #broken: string | undefined;

  constructor(
    readonly node: string,
    private readonly dialed: Dialed,
  ) {
    this.#client = dialed.client;
    this.#client.on('error', (error) => {
      this.#broken ??= error.message;
    });
    this.#client.on('close', () => {
      this.#broken ??= 'the node closed it';
    });
  }

  /** Whether nothing can go over the connection any more. */
  get isBroken(): boolean {
    return this.#broken !== undefined;
  }

  /**
   * Runs a command, follows it to its end and tells how it exited.
   * @throws {ConnectError} when the connection breaks
   * @throws the signal's reason when it was aborted; the command has ended then
   */
  exec(command: string, options: ExecOptions): Promise<SessionExit> {
    return this.#limit(async () => {
      options.signal?.throwIfAborted();
      const channel = this.#takeWaiting(command) ?? (await this.#openSession(command, options));
      this.#open++;
      try {
        if (options.signal?.aborted) channel.close();
        options.signal?.throwIfAborted();
        const { exit, waiting } = await follow(channel, options);
        if (waiting) this.#letWait(command, channel);
        options.signal?.throwIfAborted();
        if (!exit) throw this.#lost(options.action, 'the node ended the session without a word');
        return exit;
      } finally {
        this.#open--;
      }
    });
  }

  /** A byte stream to `host:port` as seen from the node. */
  forward(host: string, port: number): Promise<Duplex> {
    return new Promise((resolve, reject) => {
      const fail = (error: Error): void =>
        reject(
          this.#broken
            ? this.#lost(`forwarding to ${host}:${port}`, error.message)
            : forwardError(this.node, host, port, error),
        );
      try {
        this.#client.forwardOut('127.0.0.1', 0, host, port, (error, channel) =>
          error ? fail(error) : resolve(channel),
        );
      } catch (error) {
        fail(error as Error);
      }
    });
  }

  /**
   * Gives connections to a port of the node's loopback address to a listener here.
   * @returns what ends it
   */
  listen(port: number, onStream: (stream: Duplex) => void): Promise<() => void> {
    const take = (
      { destPort }: TcpConnectionDetails,
      accept: AcceptConnection<ClientChannel>,
      refuse: RejectConnection,
    ): void => {
      if (destPort === port) onStream(accept().on('error', () => undefined));
      else refuse();
    };
    const end = (): void => {
      this.#client.off('tcp connection', take);
      if (!this.isBroken) this.#client.unforwardIn(LOOPBACK, port, () => undefined);
    };
    return new Promise((resolve, reject) => {
      const fail = (error: Error): void =>
        reject(
          this.#broken
            ? this.#lost(`listening on port ${port}`, error.message)
            : new ForwardError(
                this.node,
                `${LOOPBACK}:${port} of ${this.node} can't be listened on: ${NO_LISTENING}`,
                true,
              ),
        );
      try {
        this.#client.forwardIn(LOOPBACK, port, (error) => {
          if (error) return fail(error);
          this.#client.on('tcp connection', take);
          resolve(end);
        });
      } catch (error) {
        fail(error as Error);
      }
    });
  }

  close(): void {
    this.#broken ??= 'we closed it';
    this.dialed.close();
  }

  #takeWaiting(command: string): ClientChannel | undefined {
    if (this.#waiting?.command !== command) return undefined;
    const { channel } = this.#waiting;
    this.#waiting = undefined;
    return channel;
  }

  /** One is enough. */
  #letWait(command: string, channel: ClientChannel): void {
    if (this.#waiting) channel.end();
    else this.#waiting = { command, channel };
  }

  /** Waits for a free session where the node allows fewer than we thought. */
  async #openSession(command: string, options: ExecOptions): Promise<ClientChannel> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.#tryOpen(command);
      } catch (error) {
        const { message } = error as Error;
        const full = !this.#broken && /Channel open failure/.test(message);
        if (!full || tries >= (this.#open > 0 ? TRIES_AMONG_OTHERS : TRIES_ALONE)) {
          throw this.#lost(
            options.action,
            full ? `it allows no further session (MaxSessions of its sshd): ${message}` : message,
          );
        }
        this.#waiting?.channel.end();
        await pause(Math.min(50 * 2 ** tries, 1000), options.signal);
      }
    }
  }

  #tryOpen(command: string): Promise<ClientChannel> {
    return new Promise((resolve, reject) => {
      this.#client.exec(command, (error, channel) => {
        if (error) return reject(error);
        // One without a listener, while a shell waits, would end the whole process.
        channel.on('error', () => undefined);
        channel.on('close', () => {
          if (this.#waiting?.channel === channel) this.#waiting = undefined;
        });
        resolve(channel);
      });
    });
  }

  #lost(action: string, why: string): ConnectError {
    return new ConnectError(this.node, `${this.node}: the connection broke while ${action}: ${this.#broken ?? why}`);
  }
}

async function follow(channel: ClientChannel, options: ExecOptions): Promise<SessionEnd> {
  let onInputClosed: (() => void) | undefined;
  const inputClosed = new Promise<void>((resolve) => {
    onInputClosed = resolve;
  });
  const over = followSession(channel, { ...options, onInputClosed });
  try {
    await options.feed(channel, inputClosed);
  } catch (error) {
    channel.close();
    throw error;
  }
  return await over;
}

/** SSH2_OPEN_ADMINISTRATIVELY_PROHIBITED */
const PROHIBITED = 1;

function forwardError(node: string, host: string, port: number, error: Error & { reason?: unknown }): ForwardError {
  const forbidden = error.reason === PROHIBITED;
  const why = forbidden
    ? `the sshd of ${node} forbids it (AllowTcpForwarding; nodes with the role bastion allow it)`
    : error.message.replace('(SSH) Channel open failure: ', '');
  return new ForwardError(node, `${host}:${port} can't be reached through ${node}: ${why}`, forbidden);
}
