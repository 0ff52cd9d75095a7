import { commonNames } from '../plan/common-names';
import type { CommonStackProps } from './common-stack-props';

/**
 * What a common stack gives to the others, by name. Names only: a reference to the stack itself would make cdktf refuse
 * to deploy a cluster without it.
 */
export interface CommonReference {
  readonly keyPair: string;
  readonly network: string;
  readonly subnet: string;
  /** External network that floating IPs come from. @default - that of `router` */
  readonly external?: string;
  /** Router that knows the external network. @default - none; without `external` there are then no floating IPs */
  readonly router?: string;
  /** Security group of nodes that SSH reaches directly. */
  readonly sshGroup: string;
  /** Security group of all nodes. */
  readonly nodeGroup: string;
}

/** @param props of the common stack: what exists under a name of its own is not named after the stack */
export function commonReference(
  name: string,
  props: Pick<CommonStackProps, 'keyPair' | 'network'> = {},
): CommonReference {
  const { keyPair, network = {} } = props;
  const { router, ...names } = { ...commonNames(name), ...(keyPair !== undefined && { keyPair }) };
  const external = network.external === undefined ? {} : { external: network.external };
  if (network.existing === undefined) return { ...names, router, ...external };
  return { ...names, network: network.existing, subnet: network.subnet, ...external };
}
