import type { CloudProviderProps } from '../constructs/cloud-provider';
import type { CommonPlan } from '../plan/cluster-plan';
import type { StateBackend } from '../plan/state-backend';

export interface CommonStackProps extends CloudProviderProps {
  /** A public key's line; this or `keyPair`. */
  readonly publicKey?: string;
  /** Name of a key pair that the cloud has already; this or `publicKey`. */
  readonly keyPair?: string;
  /** Address ranges (CIDR) that may reach SSH, and through it the web pages. */
  readonly access: readonly string[];
  /** A network to make, or one that exists. @default - a new one, behind the one external network that the cloud has */
  readonly network?: NewNetworkOptions | ExistingNetworkOptions;
  /** Where Terraform keeps the state. @default - a file in the project's folder */
  readonly state?: StateBackend;
}

export interface NewNetworkOptions {
  readonly existing?: undefined;
  /** Of the subnet. @default '10.77.0.0/24' */
  readonly cidr?: string;
  /** Name of the external network that the router and the floating IPs use. @default - the one that the cloud has */
  readonly external?: string;
  /** Resolvers of the nodes. @default - the subnet's own, which forward to the cloud's */
  readonly nameservers?: readonly string[];
}

export interface ExistingNetworkOptions {
  /** Name of the network. */
  readonly existing: string;
  /** Name of its subnet that the nodes get their addresses from. */
  readonly subnet: string;
  /** Name of the external network that floating IPs come from. @default - no floating IPs */
  readonly external?: string;
  /** @default - the subnet's own */
  readonly nameservers?: readonly string[];
}

/** The plan of a common environment as the props of its stack. */
export function commonStackProps(plan: CommonPlan): CommonStackProps {
  const { cloud, region, keyPair, network, access, state } = plan;
  return {
    ...(cloud !== undefined && { cloud }),
    ...(region !== undefined && { region }),
    ...(keyPair.kind === 'existing' ? { keyPair: keyPair.name } : { publicKey: keyPair.publicKey }),
    access,
    network: networkOptions(network),
    ...(state !== undefined && { state }),
  };
}

function networkOptions(plan: CommonPlan['network']): NewNetworkOptions | ExistingNetworkOptions {
  if (plan.kind === 'new') return { cidr: plan.cidr, external: plan.external, nameservers: plan.nameservers };
  const { network: existing, subnet, external, nameservers } = plan;
  return { existing, subnet, nameservers, ...(external !== undefined && { external }) };
}
