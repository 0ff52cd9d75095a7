import { lastConsoleLines, readHostKeys } from '../cloud/console-host-keys';
import type { OpenStack } from '../cloud/openstack';
import type { ClusterAccess } from '../configure/cluster-access';
import type { Timeouts } from '../plan/cluster-plan';
import type { Deployed } from './deployed';
import { findLogin } from './logins';
import type { Workspace } from './workspace';

export interface ReachOptions {
  /** Accept unknown host keys where the cloud gives no console log. @default false */
  readonly trustOnFirstUse?: boolean;
  /** Instead of the plan's. */
  readonly timeouts?: Partial<Timeouts>;
}

/** Those alone, of a request that says more. */
export function reachOptions({ trustOnFirstUse, timeouts }: ReachOptions): ReachOptions {
  return { ...(trustOnFirstUse !== undefined && { trustOnFirstUse }), ...(timeouts && { timeouts }) };
}

const CONSOLE_LINES = 20;

/** All that is needed to log in on the nodes: who, with which key, and where their host keys are learned. */
export async function reach(
  workspace: Workspace,
  deployed: Deployed,
  options: ReachOptions = {},
): Promise<ClusterAccess> {
  const { commons, plan, environment, output } = deployed;
  const { onProgress, signal } = workspace.options;
  const [user, identity] = await Promise.all([findLogin(workspace, deployed), workspace.identity(commons[0]!)]);
  const regions = new Map(output.nodes.map(({ serverId, region }) => [serverId, region ?? undefined]));
  const cloudOf = (serverId: string) => workspace.cloud(environment, regions.get(serverId));
  return {
    plan: {
      ...plan,
      settings: { ...plan.settings, ssh: { ...plan.settings.ssh, user } },
      timeouts: { ...plan.timeouts, ...options.timeouts },
    },
    output,
    identity,
    inventory: workspace.inventory,
    consoleHostKeys: async (serverId) => consoleHostKeys(await cloudOf(serverId), serverId),
    consoleOf: async (serverId) => consoleOf(await cloudOf(serverId), serverId),
    trustOnFirstUse: options.trustOnFirstUse ?? false,
    ...(onProgress && { onProgress }),
    ...(signal && { signal }),
  };
}

async function consoleHostKeys({ compute }: OpenStack, serverId: string): Promise<readonly string[]> {
  const reading = await readHostKeys(compute, serverId);
  if (reading.kind === 'unavailable') throw new Error(reading.reason);
  return reading.kind === 'keys' ? reading.keys.map(({ type, key }) => `${type} ${key}`) : [];
}

/** The end of a server's console log; where there is none, why: a server that is off has no console. */
async function consoleOf({ compute }: OpenStack, serverId: string): Promise<readonly string[]> {
  const lines = await lastConsoleLines(compute, serverId, CONSOLE_LINES);
  if (lines.length > 0) return lines;
  const server = await compute.tryServer(serverId);
  if (!server) return [`(none: the cloud has no server ${serverId} any more)`];
  const fault = server.fault ? `: ${server.fault}` : '';
  return [`(none: the cloud says that server ${server.name} is ${server.status}${fault})`];
}
