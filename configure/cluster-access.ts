import type { Inventory } from '../inventory/inventory';
import type { ClusterOutput } from '../plan/cluster-output';
import { type ClusterPlan, nodesOff } from '../plan/cluster-plan';
import type { ProgressListener } from '../plan/progress';
import { Connector } from './connect';
import type { ConnectOptions } from './connect-options';
import { HostKeys, type HostKeysOptions } from './host-keys';
import type { Identity } from './identity';

/** All that is needed to reach the nodes of a deployed cluster. */
export interface ClusterAccess {
  readonly plan: ClusterPlan;
  readonly output: ClusterOutput;
  /** Who logs in; see `findIdentity`. */
  readonly identity: Identity;
  /** Remembers the nodes and their verified host keys. */
  readonly inventory: Inventory;
  /** Host keys of a server from its console log, through the cloud's API. @default - there is no console log */
  readonly consoleHostKeys?: HostKeysOptions['consoleHostKeys'];
  /** Last lines of a server's console log. @default - none are told */
  readonly consoleOf?: ConnectOptions['consoleOf'];
  /** Accept the first key that an unknown server shows, with a warning. @default false */
  readonly trustOnFirstUse?: boolean;
  /** @default 22 */
  readonly port?: number;
  readonly onProgress?: ProgressListener;
  readonly signal?: AbortSignal;
}

/** Connections to a cluster's nodes whose host keys are checked against the inventory, and remembered there. */
export async function clusterConnector(access: ClusterAccess): Promise<Connector> {
  const { plan, output, inventory, identity, consoleHostKeys, consoleOf, trustOnFirstUse, port, onProgress, signal } =
    access;
  const environment = plan.name;
  const known = await inventory.read(environment);
  const hostKeys = new HostKeys({
    environment,
    stored: known?.hostKeys,
    planned: plan.hostKeys,
    consoleHostKeys,
    trustOnFirstUse,
    // Which nodes there are is for `configure` to remember: until then it may have to do something about what has changed.
    save: (keys) => inventory.write({ version: 1, environment, cluster: known?.cluster ?? output, hostKeys: keys }),
    onProgress,
  });
  return new Connector({
    cluster: output,
    off: nodesOff(plan),
    user: plan.settings.ssh.user,
    identity,
    hostKeys,
    timeouts: plan.timeouts,
    port,
    consoleOf,
    onProgress,
    signal,
  });
}
