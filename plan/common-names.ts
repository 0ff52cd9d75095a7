/** Names of the resources that a common environment gives to all others: the contract by which stacks find them. */
export interface CommonNames {
  readonly keyPair: string;
  readonly network: string;
  readonly subnet: string;
  readonly router: string;
  /** SSH in, from `access`; worn by nodes that are reached directly. */
  readonly sshGroup: string;
  /** What every node may reach: metadata and resolvers. */
  readonly nodeGroup: string;
}

/** @param common the common environment's name */
export function commonNames(common: string): CommonNames {
  const prefix = `firesteel-${common}`;
  return {
    keyPair: prefix,
    network: prefix,
    subnet: prefix,
    router: prefix,
    sshGroup: `${prefix}-ssh`,
    nodeGroup: `${prefix}-node`,
  };
}
