import type { Workspace } from './workspace';

/** Ids of the servers that were once configured: they hold something. */
export async function configuredServers({ inventory }: Workspace, name: string): Promise<ReadonlySet<string>> {
  const record = await inventory.read(name);
  return new Set(record?.cluster.nodes.map(({ serverId }) => serverId) ?? []);
}
