import type { ClusterOutput } from '../plan/cluster-output';
import type { Timeouts } from '../plan/cluster-plan';
import type { ProgressListener } from '../plan/progress';
import type { HostKeys } from './host-keys';
import type { Identity } from './identity';

export interface ConnectOptions {
  /** All deployed nodes of the environment: the bastion is among them. */
  readonly cluster: Pick<ClusterOutput, 'environment' | 'nodes'>;
  /** Names of nodes whose servers are to be off: no other is reached through them. @default - none */
  readonly off?: ReadonlySet<string>;
  /** Login of the images; any but root needs sudo without a password. */
  readonly user: string;
  readonly identity: Identity;
  readonly hostKeys: HostKeys;
  readonly timeouts: Pick<Timeouts, 'sshSeconds' | 'cloudInitSeconds'>;
  /** @default 22 */
  readonly port?: number;
  /** The last lines of a server's console log. @default - none are told */
  readonly consoleOf?: (serverId: string) => Promise<readonly string[]>;
  readonly onProgress?: ProgressListener;
  readonly signal?: AbortSignal;
  /** How many nodes are logged in on at a time. @default 64 */
  readonly parallel?: number;
}
