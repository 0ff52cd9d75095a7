import type { NodeInfo } from './role';

/** What servers of one kind know each other by: the node's number + 1, a name for ever as that number is. */
export function serverId({ name }: NodeInfo): number {
  return Number(/\d+$/.exec(name)?.[0] ?? 0) + 1;
}

/**
 * @param servers all nodes of the role
 * @throws {Error} when two of them would have the same id
 */
export function requireDifferentIds(servers: readonly NodeInfo[], role: string): void {
  const twins = servers.filter((one) => servers.some((other) => other !== one && serverId(other) === serverId(one)));
  if (twins.length === 0) return;
  throw new Error(
    `${twins.map(({ name }) => name).join(' and ')} have the role ${role} and the same number, which is their id there: ` +
      'give the role to the nodes of one group',
  );
}
