import pLimit from 'p-limit';
import type { HostKey, InventoryRecord } from '../inventory/inventory';
import type { DeployedNode } from '../plan/cluster-output';
import type { ProgressListener } from '../plan/progress';
import { ConnectError } from './errors';
import { KnownHostKeys } from './host-keys-known';
import { pause } from './ssh-pause';

export interface HostKeysOptions {
  /** The environment's name, for the errors. */
  readonly environment: string;
  /** Verified keys by server id, as the inventory has them. @default - none */
  readonly stored?: InventoryRecord['hostKeys'];
  /** The plan's `hostKeys:` by node name: `ssh-ed25519 AAAA…` or `SHA256:…`. @default - none */
  readonly planned?: Readonly<Record<string, readonly string[]>>;
  /**
   * The host keys that a server's console log shows, as lines like those of `planned`; empty while it shows none.
   * Throws where the cloud gives no console log. @default - there is no console log
   */
  readonly consoleHostKeys?: (serverId: string) => Promise<readonly string[]>;
  /** Accept the first key that an unknown server offers, with a warning. @default false */
  readonly trustOnFirstUse?: boolean;
  /** Called with all keys by server id whenever one was learned; calls don't overlap. @default - forgotten */
  readonly save?: (keys: InventoryRecord['hostKeys']) => Promise<void>;
  readonly onProgress?: ProgressListener;
}

export interface WaitOptions {
  /** How long the console log may take to show the keys. */
  readonly withinSeconds: number;
  readonly signal?: AbortSignal;
}

/** Console logs asked for at a time: the API is everybody's. */
const CONSOLE_PARALLEL = 8;
/** Seconds that the console log is waited for where an unknown key would be accepted anyway. */
const FIRST_USE_WAIT_SECONDS = 60;

/**
 * What is known of the servers' host keys, by server id: a rebuilt or replaced server is another server. A key is learned
 * from the plan, from the console log by the cloud's authenticated API, or, only when told to, from the first contact.
 */
export class HostKeys {
  readonly #byServer: Map<string, readonly HostKey[]>;
  readonly #console = pLimit(CONSOLE_PARALLEL);
  #saving: Promise<void> = Promise.resolve();
  #nextSave: Promise<void> | undefined;

  constructor(private readonly options: HostKeysOptions) {
    this.#byServer = new Map(Object.entries(options.stored ?? {}));
  }

  /** Verified keys of all servers, by server id. */
  get all(): InventoryRecord['hostKeys'] {
    return Object.fromEntries(this.#byServer);
  }

  /** Whether a key of the node's server is stored. */
  knows(node: DeployedNode): boolean {
    return this.#byServer.has(node.serverId);
  }

  /**
   * The keys that a node may show.
   * @throws {ConnectError} when nothing is known of it and the first one is not to be trusted
   */
  async of(node: DeployedNode, wait: WaitOptions): Promise<KnownHostKeys> {
    const planned = this.#planned(node);
    if (planned) return planned;
    const stored = this.#byServer.get(node.serverId);
    if (stored?.length) return KnownHostKeys.of(stored);
    const { keys, reason } = await this.#fromConsole(node, wait);
    if (keys) return keys;
    if (this.options.trustOnFirstUse) return KnownHostKeys.anyOnFirstUse();
    throw new ConnectError(node.name, this.#unknownMessage(node, reason));
  }

  /**
   * A server showed a key other than the stored ones: asks the console log once, for a rebuilt server prints its new keys
   * there. Where the plan names keys, these alone count.
   * @returns keys that hold the offered one, or undefined: it must be refused
   */
  async reconsider(
    node: DeployedNode,
    offered: Buffer | undefined,
    signal?: AbortSignal,
  ): Promise<KnownHostKeys | undefined> {
    if (!this.knows(node) || this.#planned(node)) return undefined;
    const { keys } = await this.#fromConsole(node, { withinSeconds: 0, signal });
    if (!keys || !confirms(keys, offered)) return undefined;
    this.#warn(node, 'its host key has changed and its console log confirms the new one (a rebuilt server): stored');
    return keys;
  }

  /** The node showed this key and it was one of the known ones: remembers what was verified. */
  async accept(node: DeployedNode, known: KnownHostKeys, offered: Buffer): Promise<void> {
    if (known.source === 'first-use') {
      this.#warn(
        node,
        `its host key was not known and was accepted because of --trust-on-first-use: ${known.describe(offered)}`,
      );
    }
    const keys = known.toStore(offered);
    if (sameKeys(keys, this.#byServer.get(node.serverId))) return;
    this.#byServer.set(node.serverId, keys);
    await this.#save();
  }

  #planned(node: DeployedNode): KnownHostKeys | undefined {
    const lines = this.options.planned?.[node.name];
    return lines?.length ? KnownHostKeys.parse(lines, 'plan') : undefined;
  }

  async #fromConsole(node: DeployedNode, wait: WaitOptions): Promise<{ keys?: KnownHostKeys; reason: string }> {
    const { consoleHostKeys, trustOnFirstUse, onProgress } = this.options;
    if (!consoleHostKeys) return { reason: 'there is no console log to read it from' };
    const seconds = trustOnFirstUse ? Math.min(wait.withinSeconds, FIRST_USE_WAIT_SECONDS) : wait.withinSeconds;
    const deadline = Date.now() + seconds * 1000;
    for (let round = 0; ; round++) {
      let lines: readonly string[];
      try {
        lines = await this.#console(() => consoleHostKeys(node.serverId));
      } catch (error) {
        wait.signal?.throwIfAborted();
        return { reason: `the cloud gives no console log of it: ${(error as Error).message}` };
      }
      if (lines.length > 0) return { keys: KnownHostKeys.parse(lines, 'console'), reason: '' };
      if (Date.now() >= deadline) return { reason: `its console log shows no host keys (waited ${seconds} s)` };
      if (round === 0) {
        onProgress?.({
          subject: node.name,
          phase: 'connect',
          state: 'update',
          text: 'waiting for its console log to show the host keys',
        });
      }
      await pause(Math.min(1000 * 1.3 ** round, 5000), wait.signal);
    }
  }

  #unknownMessage(node: DeployedNode, reason: string): string {
    return (
      `${node.name}: its SSH host key is not known, and ${reason}. ` +
      `Next: give the key in environments/${this.options.environment}.yaml (hostKeys: { ${node.name}: ["ssh-ed25519 AAAA…"] }, or its ` +
      '"SHA256:…" fingerprint), or accept the first key that it shows with --trust-on-first-use.'
    );
  }

  #warn(node: DeployedNode, text: string): void {
    this.options.onProgress?.({ subject: node.name, phase: 'connect', state: 'warn', text });
  }

  /** One after the other, and nodes that come meanwhile are saved together. */
  #save(): Promise<void> {
    const { save } = this.options;
    if (!save) return Promise.resolve();
    this.#nextSave ??= this.#saving
      .catch(() => undefined)
      .then(() => {
        this.#nextSave = undefined;
        this.#saving = save(this.all);
        return this.#saving;
      });
    return this.#nextSave;
  }
}

function confirms(known: KnownHostKeys, offered: Buffer | undefined): boolean {
  return offered === undefined || known.matches(offered);
}

function sameKeys(keys: readonly HostKey[], others: readonly HostKey[] | undefined): boolean {
  return JSON.stringify(keys) === JSON.stringify(others);
}
