import pLimit from 'p-limit';
import type { DeployedNode } from '../plan/cluster-output';
import type { ConnectOptions } from './connect-options';
import { ConnectError } from './errors';
import type { CloudInitNews } from './ssh-cloud-init';
import { SshConnection } from './ssh-connection';
import type { Dialed } from './ssh-dial';
import { logIn } from './ssh-login';
import { wayTo } from './ssh-way';
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

/** Makes one connection a node, over that of a bastion where the node needs one, and shares it. */
export class Connector {
  readonly #connections = new Map<string, Promise<SshConnection>>();
  readonly #made = new Map<string, SshConnection>();
  readonly #direct: ReturnType<typeof pLimit>;
  readonly #throughBastion = pLimit(PER_BASTION);
  #closed = false;

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

  /** Closes all connections, also those that are still being made. */
  close(): void {
    this.#closed = true;
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
      const seconds = secondsSince(started);
      onProgress?.({ subject: node.name, phase: 'connect', state: 'fail', text: (error as Error).message, seconds });
      throw error;
    }
  }

  async #dial(node: DeployedNode): Promise<Dialed> {
    const way = wayTo(node, this.options.cluster.nodes);
    const { through } = way;
    const bastion = through && (() => this.#bastion(node, through));
    return await logIn(node, way, { ...this.options, bastion, limit: bastion ? this.#throughBastion : this.#direct });
  }

  async #bastion(node: DeployedNode, through: DeployedNode): Promise<Connection> {
    try {
      return await this.connect(through);
    } catch (error) {
      this.options.signal?.throwIfAborted();
      throw new ConnectError(
        node.name,
        `${node.name} is reached through ${through.name}, which failed: ${(error as Error).message}`,
      );
    }
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

function secondsSince(started: number): number {
  return (Date.now() - started) / 1000;
}
