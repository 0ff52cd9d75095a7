import { ARTIFACT_PORT } from '../roles/node';
import type { Artifact } from '../roles/role';
import { ARTIFACT_DIR } from '../roles/role';
import { fetchScript, offerScript, serveScript, stopScript } from './_artifact-scripts';
import type { FetchedArtifact } from './artifacts';
import type { Connection } from './transport';

/** A node that wants an artifact, or has it. */
export interface Guest {
  readonly connection: Connection;
  /** Where the other nodes reach it. */
  readonly address: string;
}

export interface SpreadOptions {
  /** Called once for each artifact that some node lacks. */
  readonly fetch: (artifact: Artifact) => Promise<FetchedArtifact>;
  /** How many nodes may ask; one alone serves nobody. */
  readonly nodes: number;
  /** @default ARTIFACT_DIR */
  readonly directory?: string;
  /** @default ARTIFACT_PORT */
  readonly port?: number;
  /** Tells how an artifact gets onto a node: `from this machine`, `from worker-0`. */
  readonly onTransfer?: (node: string, artifact: Artifact, from: string) => void;
  /** Something went another way than it should, and went on. */
  readonly onWarning?: (node: string, text: string) => void;
  readonly onUpload?: (node: string, artifact: Artifact, sentBytes: number, totalBytes: number) => void;
  readonly signal?: AbortSignal;
}

/** Nodes that fetch from one server at a time. */
const SLOTS = 3;

interface Server {
  readonly guest: Guest;
  free: number;
}

interface Serving {
  readonly connection: Connection;
  readonly started: Promise<void>;
}

interface Share {
  readonly file: Promise<FetchedArtifact>;
  readonly servers: Server[];
  /** Called with a server that has a slot free, or with nothing: become the first server yourself. */
  readonly waiting: ((server: Server | undefined) => void)[];
  opening: boolean;
}

/**
 * Brings artifacts onto nodes so that each crosses the way from here to the cluster once: the first node that lacks it
 * gets it from here and serves it to the others inside the cluster; each that has got it serves too while others wait.
 */
export class ArtifactSpread {
  readonly #shares = new Map<string, Share>();
  /** By node; one server serves all artifacts. */
  readonly #serving = new Map<string, Serving>();

  constructor(private readonly options: SpreadOptions) {}

  /**
   * Sees to it that the node has the artifact.
   * @param present SHA-256 of the file of that name that is there already, if any
   */
  async provide(guest: Guest, artifact: Artifact, present?: string): Promise<void> {
    const share = this.#shareOf(artifact);
    const file = await share.file;
    const isThere = present === file.sha256;
    if (isThere && (share.servers.length > 0 || share.opening)) return;
    const server = await this.#server(share);
    if (server) await this.#fetch(server, guest, artifact, share, file);
    else await this.#first(guest, artifact, share, isThere ? undefined : file);
  }

  /**
   * Stops every server that was started.
   * @returns nodes whose server could not be stopped, with the reason; it ends by itself within half an hour
   */
  async close(): Promise<ReadonlyMap<string, Error>> {
    const failures = new Map<string, Error>();
    const stop = async ([node, { connection, started }]: [string, Serving]): Promise<void> => {
      await started.catch(() => undefined); // it may run although its start could not be confirmed
      try {
        await connection.apply(stopScript(this.#directory), { action: 'stop sharing', withinSeconds: 60 });
      } catch (error) {
        failures.set(node, error as Error);
      }
    };
    await Promise.all([...this.#serving].map(stop));
    this.#serving.clear();
    return failures;
  }

  #shareOf(artifact: Artifact): Share {
    const known = this.#shares.get(artifact.fileName);
    if (known) return known;
    const share: Share = { file: this.options.fetch(artifact), servers: [], waiting: [], opening: false };
    share.file.catch(() => undefined); // every node that needs it says so itself
    this.#shares.set(artifact.fileName, share);
    return share;
  }

  /** A server with a slot taken for the caller; undefined = there is none and the caller is to become the first. */
  #server(share: Share): Promise<Server | undefined> {
    const free = share.servers.find((server) => server.free > 0);
    if (free) {
      free.free--;
      return Promise.resolve(free);
    }
    if (share.servers.length === 0 && !share.opening) {
      share.opening = true;
      return Promise.resolve(undefined);
    }
    return new Promise((resolve) => share.waiting.push(resolve));
  }

  /**
   * There is no server: makes one of this node, at once, because it may unpack the file and remove it before another asks.
   * @param file what it lacks and gets from this machine
   */
  async #first(guest: Guest, artifact: Artifact, share: Share, file: FetchedArtifact | undefined): Promise<void> {
    try {
      if (file) await this.#put(guest, artifact, file);
      if (this.options.nodes > 1) await this.#tryOpen(guest, artifact, share);
    } finally {
      share.opening = false;
      this.#admit(share);
      if (share.servers.length === 0) this.#passOn(share);
    }
  }

  /** No server came about: the next in the queue sees to one. */
  #passOn(share: Share): void {
    const next = share.waiting.shift();
    if (!next) return;
    share.opening = true;
    next(undefined);
  }

  async #put(guest: Guest, artifact: Artifact, file: FetchedArtifact): Promise<void> {
    const { node } = guest.connection;
    this.options.onTransfer?.(node, artifact, 'this machine');
    await guest.connection.put(file.path, `${this.#directory}/${artifact.fileName}`, {
      sha256: file.sha256,
      signal: this.options.signal,
      onProgress: (sent, total) => this.options.onUpload?.(node, artifact, sent, total),
    });
  }

  async #fetch(server: Server, guest: Guest, artifact: Artifact, share: Share, file: FetchedArtifact): Promise<void> {
    try {
      await this.#fetchFrom(server.guest, guest, artifact, file);
    } catch (error) {
      this.options.signal?.throwIfAborted();
      this.options.onWarning?.(
        guest.connection.node,
        `${(error as Error).message}; it is sent from this machine instead`,
      );
      return await this.#replace(server, guest, artifact, share, file);
    } finally {
      server.free++;
      this.#admit(share);
    }
    if (share.waiting.length > 0) await this.#tryOpen(guest, artifact, share);
  }

  /** Where nodes can't reach each other, or the one that serves has gone: it is asked no more, and another may serve. */
  async #replace(server: Server, guest: Guest, artifact: Artifact, share: Share, file: FetchedArtifact): Promise<void> {
    const index = share.servers.indexOf(server);
    if (index >= 0) share.servers.splice(index, 1);
    if (share.servers.length > 0 || share.opening) return this.#put(guest, artifact, file);
    share.opening = true;
    return this.#first(guest, artifact, share, file);
  }

  async #fetchFrom(from: Guest, guest: Guest, artifact: Artifact, file: FetchedArtifact): Promise<void> {
    this.options.onTransfer?.(guest.connection.node, artifact, from.connection.node);
    const { fileName } = artifact;
    const script = fetchScript({
      url: `http://${from.address}:${this.#port}/${encodeURIComponent(fileName)}`,
      directory: this.#directory,
      fileName,
      sha256: file.sha256,
      bytes: file.bytes,
    });
    const action = `fetch ${fileName} from ${from.connection.node}`;
    await guest.connection.apply(script, { action, signal: this.options.signal });
  }

  /** Makes the node a server of what it has, and lets those in who wait. */
  async #tryOpen(guest: Guest, artifact: Artifact, share: Share): Promise<void> {
    try {
      await this.#serve(guest, artifact);
      share.servers.push({ guest, free: SLOTS });
      this.#admit(share);
    } catch (error) {
      this.options.signal?.throwIfAborted();
      this.options.onWarning?.(guest.connection.node, (error as Error).message);
    }
  }

  async #serve({ connection, address }: Guest, { fileName }: Artifact): Promise<void> {
    const directory = this.#directory;
    const options = {
      action: `share ${directory}/${fileName} with the other nodes on port ${this.#port}`,
      withinSeconds: 60,
      signal: this.options.signal,
    };
    const known = this.#serving.get(connection.node);
    if (known) {
      await known.started;
      await connection.apply(offerScript(directory, fileName), options);
      return;
    }
    const script = serveScript({ address, port: this.#port, directory, fileName });
    const started = connection.apply(script, options).then(() => undefined);
    this.#serving.set(connection.node, { connection, started });
    await started;
  }

  /** Every free slot to one that waits. */
  #admit(share: Share): void {
    for (const server of share.servers) {
      while (server.free > 0 && share.waiting.length > 0) {
        server.free--;
        share.waiting.shift()!(server);
      }
    }
  }

  get #directory(): string {
    return this.options.directory ?? ARTIFACT_DIR;
  }

  get #port(): number {
    return this.options.port ?? ARTIFACT_PORT;
  }
}
