import { setTimeout as pause } from 'node:timers/promises';
import pLimit from 'p-limit';
import type { DeployedNode } from '../plan/cluster-output';
import type { ConnectOptions } from './connect-options';
import { ConnectError } from './errors';
import type { CloudInitNews } from './ssh-cloud-init';
import { SshConnection } from './ssh-connection';
import type { Dialed } from './ssh-dial';
import { logIn } from './ssh-login';
import { namesOf, runningBastions, type Way, wayTo } from './ssh-way';
import type { Connection } from './transport';

export type { ConnectOptions } from './connect-options';

/** What came of connecting to many nodes. */
export interface ConnectResult {
  /** By node name. */
  readonly connections: ReadonlyMap<string, Connection>;
  /** By node name, why there is no connection. */
  readonly failures: ReadonlyMap<string, Error>;
  /** Closes all of them, those of bastions last. */
  close(): void;
}

/** Log-ins that a bastion carries at a time: an sshd drops new ones at random past ten (MaxStartups). */
const PER_BASTION = 8;
const PARALLEL = 64;
/** How long one of several nodes that serve as well may leave us waiting before the next is tried too. */
const HEAD_START_MS = 5000;

/** Makes one connection a node, over that of a bastion where the node needs one, and shares it. */
export class Connector {
  readonly #connections = new Map<string, Promise<SshConnection>>();
  readonly #made = new Map<string, SshConnection>();
  readonly #direct: ReturnType<typeof pLimit>;
  readonly #throughBastion = pLimit(PER_BASTION);
  readonly #closing = new AbortController();

  constructor(private readonly options: ConnectOptions) {
    this.#direct = pLimit(options.parallel ?? PARALLEL);
  }

  /**
   * The connection to a node: waits until SSH answers, checks the host key and logs in. The first script over it waits
   * for cloud-init. One that has broken is made anew.
   * @throws {ConnectError}
   */
  connect(node: DeployedNode): Promise<SshConnection> {
    const known = this.#connections.get(node.name);
    if (known && !this.#made.get(node.name)?.isBroken) return known;
    this.#made.delete(node.name);
    const connection = this.#connect(node);
    this.#connections.set(node.name, connection);
    return connection;
  }

  /**
   * The connection to one of several nodes that serve as well as each other: to the earliest that doesn't leave us waiting.
   * @throws {ConnectError} with every reason, when there is none
   */
  async connectAny(nodes: readonly DeployedNode[]): Promise<SshConnection> {
    const attempts: Promise<SshConnection>[] = [];
    for (const node of nodes) {
      const attempt = this.connect(node);
      attempts.push(attempt);
      const made = await firstWithin(HEAD_START_MS, attempt, attempts);
      if (made) return made;
    }
    return await earliest(nodes, attempts);
  }

  /**
   * The connections to all of several nodes that answer, in their order: once one has, none of the others may leave us
   * waiting.
   * @throws {ConnectError} with every reason, when none answers
   */
  async connectAnswering(nodes: readonly DeployedNode[]): Promise<readonly SshConnection[]> {
    const attempts = nodes.map((node) => this.connect(node));
    await earliest(nodes, attempts);
    const over = new AbortController();
    const late = pause(HEAD_START_MS, undefined, { signal: over.signal }).catch(nothing);
    try {
      const made = await Promise.all(attempts.map((attempt) => Promise.race([attempt.catch(nothing), late])));
      return made.filter((connection) => connection !== undefined);
    } finally {
      over.abort();
    }
  }

  /** Closes all connections, and makes no more of those that are still being made. */
  close(): void {
    this.#closing.abort(new Error('the connection is not needed any more'));
    const newestFirst = [...this.#connections.values()].reverse();
    for (const connection of newestFirst) connection.then((made) => made.close()).catch(() => undefined);
  }

  async #connect(node: DeployedNode): Promise<SshConnection> {
    const { onProgress, user, timeouts, consoleOf } = this.options;
    const started = Date.now();
    onProgress?.({ subject: node.name, phase: 'connect', state: 'start' });
    try {
      const connection = new SshConnection({
        node: node.name,
        user,
        dialed: await this.#dial(node),
        redial: () => this.#dial(node),
        cloudInitSeconds: timeouts.cloudInitSeconds,
        onCloudInit: (news) => this.#tell(node, news),
        consoleLines: async () => (await consoleOf?.(node.serverId).catch(() => [])) ?? [],
      });
      this.#made.set(node.name, connection);
      if (this.#closed) connection.close();
      onProgress?.({ subject: node.name, phase: 'connect', state: 'done', seconds: secondsSince(started) });
      return connection;
    } catch (error) {
      if (this.#closed) throw error;
      const seconds = secondsSince(started);
      onProgress?.({ subject: node.name, phase: 'connect', state: 'fail', text: (error as Error).message, seconds });
      throw error;
    }
  }

  async #dial(node: DeployedNode): Promise<Dialed> {
    const { nodes } = this.options.cluster;
    const signal = AbortSignal.any([this.#closing.signal, ...(this.options.signal ? [this.options.signal] : [])]);
    const way = wayTo(node, nodes);
    if (!way.through) return await logIn(node, way, { ...this.options, signal, limit: this.#direct });
    let { through } = way;
    const bastion = async (): Promise<Connection> => {
      const connection = await this.#bastion(node);
      through = nodes.find(({ name }) => name === connection.node) ?? through;
      return connection;
    };
    const taken: Way = {
      host: way.host,
      get through() {
        return through;
      },
    };
    return await logIn(node, taken, { ...this.options, signal, bastion, limit: this.#throughBastion });
  }

  async #bastion(node: DeployedNode): Promise<Connection> {
    const { cluster, off, signal } = this.options;
    const bastions = runningBastions(node, cluster, off);
    try {
      return await this.connectAny(bastions);
    } catch (error) {
      signal?.throwIfAborted();
      const way = `${node.name} is reached through ${namesOf(bastions)}`;
      throw new ConnectError(node.name, `${way}, which failed: ${(error as Error).message}`);
    }
  }

  get #closed(): boolean {
    return this.#closing.signal.aborted;
  }

  #tell(node: DeployedNode, news: CloudInitNews): void {
    const state = ({ waiting: 'start', done: 'done', failed: 'warn', 'gave-up': 'fail' } as const)[news];
    const text =
      news === 'failed' ? 'cloud-init reports errors; going on (`cloud-init status --long` on the node)' : undefined;
    this.options.onProgress?.({ subject: node.name, phase: 'cloud-init', state, ...(text && { text }) });
  }
}

/**
 * Connects to many nodes at once; what fails on one doesn't stop the others.
 * @throws the signal's reason when aborted, with every connection closed
 */
export async function connectAll(nodes: readonly DeployedNode[], options: ConnectOptions): Promise<ConnectResult> {
  const connector = new Connector(options);
  const connections = new Map<string, Connection>();
  const failures = new Map<string, Error>();
  await Promise.all(
    nodes.map(async (node) => {
      try {
        connections.set(node.name, await connector.connect(node));
      } catch (error) {
        failures.set(node.name, error as Error);
      }
    }),
  );
  if (options.signal?.aborted) {
    connector.close();
    throw options.signal.reason;
  }
  return { connections, failures, close: () => connector.close() };
}

/**
 * Connects to one node, through its bastion where it needs one; closing it closes both.
 * @throws {ConnectError}
 */
export async function connectNode(node: DeployedNode, options: ConnectOptions): Promise<Connection> {
  const connector = new Connector(options);
  try {
    const connection = await connector.connect(node);
    connection.onClose(() => connector.close());
    return connection;
  } catch (error) {
    connector.close();
    throw error;
  }
}

/** @param attempts one a node @throws {ConnectError} with every reason, when there is none */
function earliest(nodes: readonly DeployedNode[], attempts: readonly Promise<SshConnection>[]): Promise<SshConnection> {
  return Promise.any(attempts).catch(({ errors }: AggregateError) => {
    if (errors.length === 1) throw errors[0];
    const reasons = errors.map(({ message }: Error) => message).join('; ');
    throw new ConnectError(nodes.map(({ name }) => name).join(', '), reasons);
  });
}

/** A connection that is made by then; undefined where there is none, or the latest attempt has failed before. */
async function firstWithin(
  milliseconds: number,
  latest: Promise<SshConnection>,
  attempts: readonly Promise<SshConnection>[],
): Promise<SshConnection | undefined> {
  const over = new AbortController();
  try {
    return await Promise.race([
      Promise.any(attempts).catch(nothing),
      latest.catch(nothing),
      pause(milliseconds, undefined, { signal: over.signal }).catch(nothing),
    ]);
  } finally {
    over.abort();
  }
}

function nothing(): undefined {
  return undefined;
}

function secondsSince(started: number): number {
  return (Date.now() - started) / 1000;
}
