/** A node of a group, and where it is now. */
export interface NodeAddress {
  readonly node: string;
  /** Its address; absent where it is not deployed yet. */
  readonly address?: string;
  /** The address was chosen, not given by the subnet. */
  readonly chosen: boolean;
}

/**
 * Which addresses the nodes of a group get, in their order. Nodes that have one of the wanted already keep it; the others
 * get those that are left, in order; where none is left, nothing changes for them.
 * @param count how many nodes there are to be, those that are there among them
 */
export function assignAddresses(
  nodes: readonly NodeAddress[],
  wanted: readonly string[],
  count: number,
): readonly string[] {
  const taken = new Set(nodes.flatMap(({ address }) => (address !== undefined ? [address] : [])));
  const free = wanted.filter((address) => !taken.has(address));
  const given = Array.from({ length: count }, (_, index) => {
    const { address, chosen = false } = nodes[index] ?? {};
    if (address !== undefined && wanted.includes(address)) return { address, chosen: true };
    const next = free.shift();
    return next === undefined ? { address, chosen } : { address: next, chosen: true };
  });
  // A list has no holes: who stands before the last chosen one is told the address that it has.
  const end = given.findLastIndex(({ chosen }) => chosen) + 1;
  return given.slice(0, end).flatMap(({ address }) => (address === undefined ? [] : [address]));
}

/** Nodes that are not to have any of the wanted addresses, the newest first: where some have to go, they are. */
export function unwanted(nodes: readonly NodeAddress[], wanted: readonly string[]): readonly string[] {
  return nodes
    .filter(({ address }) => address === undefined || !wanted.includes(address))
    .map(({ node }) => node)
    .reverse();
}
