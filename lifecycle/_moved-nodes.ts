import { setTimeout as sleep } from 'node:timers/promises';
import type { OpenStack } from '../cloud/openstack';
import type { DeployedNode } from '../plan/cluster-output';
import { nodesOff } from '../plan/cluster-plan';
import { phase } from './_phase';
import type { Deployed } from './deployed';
import type { Workspace } from './workspace';

const POLL_MILLISECONDS = 1000;

/** Nodes whose fixed address was changed since they were configured last. */
export interface MovedNodes {
  /**
   * Their guests keep the address that they got when they started, which the cloud lets through no more: nobody can reach
   * them to make them ask anew.
   */
  readonly up: readonly DeployedNode[];
  /** As they were: they are off, and ask when they are started. */
  readonly off: readonly DeployedNode[];
}

export async function movedNodes({ inventory }: Workspace, { output, plan }: Deployed): Promise<MovedNodes> {
  const before = (await inventory.read(output.environment))?.cluster.nodes ?? [];
  const all = moved(output.nodes, before);
  const resting = nodesOff(plan);
  const off = all.filter(({ name }) => resting.has(name)).map(({ serverId }) => serverId);
  return {
    up: all.filter(({ name }) => !resting.has(name)),
    off: before.filter(({ serverId }) => off.includes(serverId)),
  };
}

/** Those that are the same servers as before, at another address. */
export function moved(now: readonly DeployedNode[], before: readonly DeployedNode[]): readonly DeployedNode[] {
  const known = new Map(before.map(({ serverId, address }) => [serverId, address]));
  return now.filter(({ serverId, address }) => known.has(serverId) && known.get(serverId) !== address);
}

/** For who wants to know what would be done. */
export function tellMoved({ options: { onProgress } }: Workspace, nodes: readonly DeployedNode[]): void {
  for (const { name, address } of nodes) {
    const text = `its address was changed to ${address}: its server would be rebooted, and can't be looked into before`;
    onProgress?.({ subject: name, phase: 'address', state: 'warn', text });
  }
}

/** Reboots their servers, so that they get the addresses that the cloud has for them. @throws with every failure */
export async function rebootMoved(
  workspace: Workspace,
  { environment, plan }: Deployed,
  nodes: readonly DeployedNode[],
): Promise<void> {
  if (nodes.length === 0) return;
  const { onProgress, signal } = workspace.options;
  const results = await Promise.allSettled(
    nodes.map(async (node) => {
      const cloud = await workspace.cloud(environment, node.region ?? undefined);
      const text = `rebooting its server, so that it takes its new address ${node.address}`;
      return phase(onProgress, { subject: node.name, phase: 'address', text }, () =>
        reboot(cloud, node, plan.timeouts.serverSeconds, signal),
      );
    }),
  );
  signal?.throwIfAborted();
  const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as Error] : []));
  if (failures.length > 0) throw new AggregateError(failures, failures.map(({ message }) => message).join('\n'));
}

/** One that somebody has shut off asks for its address when it starts. */
async function reboot(
  { compute }: OpenStack,
  { name, serverId }: DeployedNode,
  withinSeconds: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { status } = await compute.findServer(serverId);
  if (status === 'SHUTOFF') return;
  await compute.reboot(serverId);
  for (const end = Date.now() + withinSeconds * 1000; ; ) {
    await sleep(POLL_MILLISECONDS, undefined, { ...(signal && { signal }) });
    const server = await compute.findServer(serverId);
    if (server.status === 'ACTIVE' && server.task === undefined) return;
    if (server.status === 'ERROR' || Date.now() > end) {
      const why = server.fault === undefined ? '' : `: ${server.fault}`;
      throw new Error(
        `${name}: its server ${serverId} was rebooted for its new address and is ${server.status} instead of ACTIVE${why}`,
      );
    }
  }
}
