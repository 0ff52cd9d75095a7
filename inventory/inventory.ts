import type { ClusterOutput } from '../plan/cluster-output';

/** What is known of the deployed environments between two runs. */
export interface Inventory {
  /** undefined where nothing is known of it. */
  read(environment: string): Promise<InventoryRecord | undefined>;
  write(record: InventoryRecord): Promise<void>;
  remove(environment: string): Promise<void>;
  list(): Promise<readonly string[]>;
}

export interface InventoryRecord {
  readonly version: 1;
  readonly environment: string;
  readonly cluster: ClusterOutput;
  /** Verified SSH host keys by server id: a rebuilt or replaced server is another server. */
  readonly hostKeys: Readonly<Record<string, readonly HostKey[]>>;
}

export interface HostKey {
  /** e.g. `ssh-ed25519` */
  readonly type: string;
  /** Base64 of the public key, as in known_hosts. */
  readonly key: string;
  /** Where the key was learned. */
  readonly source: 'console' | 'plan' | 'first-use';
}
