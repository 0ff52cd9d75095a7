import type { Duplex } from 'node:stream';

/** The two verbs by which everything else speaks to one node; a dry run is another transport. */
export interface Transport {
  /** The node's name, e.g. `worker-2`. */
  readonly node: string;
  /**
   * Runs a script that only reads, as root, and returns what it prints.
   * @throws {CommandError} when it exits non-zero, takes too long or prints more than 16 MiB
   * @throws {ConnectError} when the connection breaks
   */
  read(script: string, options?: RunOptions): Promise<string>;
  /**
   * Runs a script that changes the node, as root, and returns what it prints, at most the last 16 MiB of it.
   * A script that could not be sent whole is not run at all, and one whose connection breaks is ended.
   * @throws {CommandError} when it exits non-zero or takes too long
   * @throws {ConnectError} when the connection breaks
   */
  apply(script: string, options?: RunOptions): Promise<string>;
}

export interface RunOptions {
  /** What is being done, for the error's text, e.g. `install java`. @default 'reading the node', 'changing the node' */
  readonly action?: string;
  /** @default 1800 */
  readonly withinSeconds?: number;
  /** Aborting it ends the script on the node, then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Called with each line of standard output as it comes. */
  readonly onLine?: (line: string) => void;
}

/** One SSH connection to one node, with channels over it. */
export interface Connection extends Transport {
  /**
   * Writes a local file to the node: to a temporary name first, verified by SHA-256, then renamed. Path is root's;
   * missing folders are made (0755).
   */
  put(localPath: string, remotePath: string, options?: PutOptions): Promise<void>;
  /**
   * Reads a file of the node into a local one: into a temporary name beside it first, verified by SHA-256, then renamed.
   * Path is root's; missing local folders are made.
   * @throws {CommandError} when the node has no such file @throws {ConnectError} when the connection breaks
   */
  get(remotePath: string, localPath: string, options?: GetOptions): Promise<void>;
  /**
   * Runs a command (POSIX sh) with both outputs streamed; resolves with its exit status, 128 + n where signal n ended it.
   * @throws the signal's reason, once the command has ended, when it was aborted
   */
  stream(command: string, options: StreamOptions): Promise<number>;
  /** A byte stream to `host:port` as seen from the node. */
  forward(host: string, port: number): Promise<Duplex>;
  /**
   * Listens on a port of the node's loopback address; every connection to it becomes a byte stream here.
   * @throws {ForwardError} when the node forbids it, or the port is taken there
   */
  listen(port: number, onStream: (stream: Duplex) => void, options?: ListenOptions): Promise<Listening>;
  /** Ends the connection and whatever still runs over it. */
  close(): void;
}

export interface ListenOptions {
  /** Over a connection made for it, by what the node's sshd allows now; an older one is bound to what it allowed then. @default false */
  readonly anew?: boolean;
}

export interface Listening {
  /** Takes no more connections; those that are open go on. */
  close(): void;
}

export interface PutOptions {
  /** @default 0o644 */
  readonly mode?: number;
  /** Hexadecimal, where the caller knows it already. @default - worked out from the file */
  readonly sha256?: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (sentBytes: number, totalBytes: number) => void;
}

export interface GetOptions {
  /** Of the local file, less what the umask takes away. @default 0o600 */
  readonly mode?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (receivedBytes: number) => void;
}

export interface StreamOptions {
  /** What is being done, for the error's text. @default 'running a command' */
  readonly action?: string;
  readonly onStdout: (chunk: Buffer) => void;
  readonly onStderr: (chunk: Buffer) => void;
  /** Run it as root. @default false - as the login user */
  readonly root?: boolean;
  /** Given to the command's standard input, then closed. @default '' */
  readonly stdin?: string;
  /** POSIX sh that runs after the command, however it ended; where it had to be killed, perhaps twice. */
  readonly cleanup?: string;
  /** Aborting it ends the command and all it started (SIGTERM, after ten seconds SIGKILL). */
  readonly signal?: AbortSignal;
}
