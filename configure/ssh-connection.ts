import { randomBytes } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { CommandError, ConnectError } from './errors';
import { type SessionExit, SshChannels } from './ssh-channels';
import { awaitCloudInit, CLOUD_INIT_EXIT, type CloudInitNews, tryCloudInitNews } from './ssh-cloud-init';
import type { Dialed } from './ssh-dial';
import { PartFile, sendScript, sentDigest } from './ssh-get';
import { LineSplitter, OutputTail } from './ssh-output';
import { localFile, receiveCommand, sendFile } from './ssh-put';
import { keptLifelineScript, lifelineScript } from './ssh-script';
import type {
  Connection,
  GetOptions,
  Listening,
  ListenOptions,
  PutOptions,
  RunOptions,
  StreamOptions,
} from './transport';

export interface SshConnectionOptions {
  readonly node: string;
  /** The login's name; any but root goes through `sudo -n`. */
  readonly user: string;
  readonly dialed: Dialed;
  /** Another connection: should this one break while cloud-init is at work, which may restart sshd or the machine, or where one is wanted anew. */
  readonly redial?: () => Promise<Dialed>;
  /** How long the first script waits for cloud-init to finish; 0 = not at all. */
  readonly cloudInitSeconds: number;
  readonly onCloudInit?: (news: CloudInitNews) => void;
  /** The last lines of the node's console log, for the error when cloud-init never finishes. */
  readonly consoleLines?: () => Promise<readonly string[]>;
}

const MAX_OUTPUT_BYTES = 16 * 1024 * 1024;
const STDERR_BYTES = 64 * 1024;
const STDERR_LINES = 20;
const WITHIN_SECONDS = 1800;
const SIGNALS: Readonly<Record<string, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGABRT: 6,
  SIGKILL: 9,
  SIGSEGV: 11,
  SIGPIPE: 13,
  SIGTERM: 15,
};
const NO_SUDO = /sudo: (a password is required|not found|command not found|.*not in the sudoers)/;

/** One SSH connection to one node; scripts go through standard input, so that nothing of them stands in argv. */
export class SshConnection implements Connection {
  readonly node: string;
  #channels: SshChannels;
  #closed = false;
  readonly #onClose: (() => void)[] = [];
  #cloudInitDone: boolean;
  #cloudInitNews: CloudInitNews | undefined;

  constructor(private readonly options: SshConnectionOptions) {
    this.node = options.node;
    this.#channels = new SshChannels(options.node, options.dialed);
    this.#cloudInitDone = options.cloudInitSeconds <= 0;
  }

  read(script: string, options: RunOptions = {}): Promise<string> {
    return this.#first(() => this.#run(script, { action: 'reading the node', ...options }, true));
  }

  apply(script: string, options: RunOptions = {}): Promise<string> {
    return this.#first(() => this.#run(script, { action: 'changing the node', ...options }, false));
  }

  async stream(command: string, options: StreamOptions): Promise<number> {
    const { root = false, signal } = options;
    if (root) await this.#settled(signal);
    const script = lifelineScript(command, options);
    const exit = await this.#channels.exec(this.#shell('-s', root), {
      action: 'running a command',
      ...options,
      feed: (channel) => void channel.write(script),
    });
    return exit.code ?? 128 + (SIGNALS[exit.signal ?? ''] ?? 0);
  }

  async put(localPath: string, remotePath: string, options: PutOptions = {}): Promise<void> {
    const file = await localFile(localPath, options.sha256);
    await this.#settled(options.signal);
    const action = `putting ${remotePath}`;
    const stderr = new OutputTail(STDERR_BYTES);
    const exit = await this.#channels.exec(this.#shell(receiveCommand(file, remotePath, options.mode ?? 0o644), true), {
      action,
      signal: options.signal,
      onStdout: () => undefined,
      onStderr: (chunk) => stderr.push(chunk),
      feed: (channel, inputClosed) => sendFile(file, channel, inputClosed, options.onProgress),
    });
    await this.#check(action, exit, stderr);
  }

  async get(remotePath: string, localPath: string, options: GetOptions = {}): Promise<void> {
    const action = `getting ${remotePath}`;
    const part = new PartFile(localPath, options.mode ?? 0o600);
    const stderr = new OutputTail(STDERR_BYTES);
    try {
      const code = await this.stream(sendScript(remotePath), {
        action,
        root: true,
        signal: options.signal ? AbortSignal.any([options.signal, part.failed]) : part.failed,
        onStdout: (chunk) => {
          part.push(chunk);
          options.onProgress?.(part.bytes);
        },
        onStderr: (chunk) => stderr.push(chunk),
      });
      part.failed.throwIfAborted();
      await this.#check(action, { code }, stderr);
      const [sent, arrived] = [sentDigest(stderr.lastLines(1)), part.digest()];
      if (sent !== arrived) {
        const outcome = `failed: it arrived damaged or not whole, SHA-256 ${arrived} instead of ${sent ?? 'one'}`;
        throw new CommandError(this.node, action, code, '', outcome);
      }
      part.keep();
    } finally {
      part.discard();
    }
  }

  forward(host: string, port: number): Promise<Duplex> {
    return this.#channels.forward(host, port);
  }

  async listen(
    port: number,
    onStream: (stream: Duplex) => void,
    { anew = false }: ListenOptions = {},
  ): Promise<Listening> {
    await this.#settled();
    const { redial } = this.options;
    if (!anew || !redial) return { close: await this.#channels.listen(port, onStream) };
    const channels = new SshChannels(this.node, await redial());
    try {
      await channels.listen(port, onStream);
    } catch (error) {
      channels.close();
      throw error;
    }
    this.onClose(() => channels.close());
    return { close: () => channels.close() };
  }

  /** Whether nothing can go over it any more. */
  get isBroken(): boolean {
    return this.#channels.isBroken;
  }

  close(): void {
    this.#closed = true;
    this.#channels.close();
    for (const listener of this.#onClose.splice(0)) listener();
  }

  /** Calls the listener when we close the connection. */
  onClose(listener: () => void): void {
    this.#onClose.push(listener);
  }

  /** A connection that breaks while the first script still waits for cloud-init is made again; nothing has run yet. */
  async #first(run: () => Promise<string>): Promise<string> {
    try {
      return await run();
    } catch (error) {
      const { redial } = this.options;
      const waiting = !this.#cloudInitDone && this.#cloudInitNews === 'waiting';
      if (!redial || !waiting || this.#closed || !(error instanceof ConnectError)) throw error;
      this.#cloudInitNews = undefined;
      this.#channels.close();
      this.#channels = new SshChannels(this.node, await redial());
      return await this.#first(run);
    }
  }

  async #run(script: string, options: RunOptions & { readonly action: string }, whole: boolean): Promise<string> {
    const { action, withinSeconds = WITHIN_SECONDS, signal, onLine } = options;
    const wait = this.#cloudInitDone ? 0 : this.options.cloudInitSeconds;
    const stdout = new OutputTail(MAX_OUTPUT_BYTES);
    const stderr = new OutputTail(STDERR_BYTES);
    const cut = new AbortController();
    const cutFor = (outcome: string): void =>
      cut.abort(new CommandError(this.node, action, null, stderr.lastLines(STDERR_LINES), `${outcome} and was ended`));
    const timer = setTimeout(() => cutFor(`did not finish within ${withinSeconds} s`), (withinSeconds + wait) * 1000);
    const lines = onLine && new LineSplitter(onLine);
    const errors = new LineSplitter((line) => this.#onErrorLine(line, stderr));
    const body = wait > 0 ? awaitCloudInit(wait) + script : script;
    // What only reads leaves nothing behind that could talk into the next script.
    const endMark = whole ? randomBytes(16).toString('hex') : undefined;
    const text = endMark ? keptLifelineScript(body, endMark) : lifelineScript(body);
    try {
      const exit = await this.#channels.exec(this.#shell('-s', true), {
        action,
        endMark,
        signal: signal ? AbortSignal.any([signal, cut.signal]) : cut.signal,
        onStdout: (chunk) => {
          stdout.push(chunk);
          lines?.push(chunk);
          if (whole && stdout.total > MAX_OUTPUT_BYTES) cutFor(`printed more than ${MAX_OUTPUT_BYTES >> 20} MiB`);
        },
        onStderr: (chunk) => errors.push(chunk),
        feed: (channel) => void channel.write(text),
      });
      errors.end();
      lines?.end();
      await this.#check(action, exit, stderr);
      this.#cloudInitDone = true;
      return stdout.toString();
    } finally {
      clearTimeout(timer);
    }
  }

  /** Before something that is no script: nothing of ours runs before cloud-init has finished. */
  async #settled(signal?: AbortSignal): Promise<void> {
    if (!this.#cloudInitDone) await this.read(':', { action: 'waiting for cloud-init', signal });
  }

  #onErrorLine(line: string, stderr: OutputTail): void {
    const news = tryCloudInitNews(line);
    if (news) {
      this.#cloudInitNews = news;
      this.options.onCloudInit?.(news);
    } else stderr.push(Buffer.from(`${line}\n`));
  }

  #shell(command: string, root: boolean): string {
    const shell = command === '-s' ? '/bin/sh -s' : command;
    return `exec ${root && this.options.user !== 'root' ? 'sudo -n ' : ''}${shell}`;
  }

  async #check(action: string, exit: SessionExit, stderr: OutputTail): Promise<void> {
    if (exit.code === 0) return;
    const text = stderr.lastLines(STDERR_LINES);
    if (exit.code === CLOUD_INIT_EXIT && this.#cloudInitNews === 'gave-up') throw await this.#cloudInitError();
    if (NO_SUDO.test(text) && (exit.code === 1 || exit.code === 127)) throw this.#sudoError(text);
    throw new CommandError(this.node, action, exit.code, text);
  }

  async #cloudInitError(): Promise<ConnectError> {
    const lines = (await this.options.consoleLines?.()) ?? [];
    const limit = this.options.cloudInitSeconds;
    const message = `${this.node}: cloud-init did not finish within ${limit} s. Next: \`cloud-init status --long\` on the node, or a longer timeouts.cloudInitSeconds.`;
    return new ConnectError(this.node, message, lines);
  }

  #sudoError(text: string): ConnectError {
    const { user } = this.options;
    return new ConnectError(
      this.node,
      `${this.node}: the login ${user} may not become root without a password (${text}). Next: allow it in the image (sudoers: ${user} ALL=(ALL) NOPASSWD:ALL), or name another ssh.user.`,
    );
  }
}
