import { DataOpenstackNetworkingNetworkV2 } from '@cdktf/provider-openstack/lib/data-openstack-networking-network-v2';
import { DataOpenstackNetworkingRouterV2 } from '@cdktf/provider-openstack/lib/data-openstack-networking-router-v2';
import { DataOpenstackNetworkingSubnetV2 } from '@cdktf/provider-openstack/lib/data-openstack-networking-subnet-v2';
import { NetworkingNetworkV2 } from '@cdktf/provider-openstack/lib/networking-network-v2';
import { NetworkingRouterInterfaceV2 } from '@cdktf/provider-openstack/lib/networking-router-interface-v2';
import { NetworkingRouterV2 } from '@cdktf/provider-openstack/lib/networking-router-v2';
import { NetworkingSubnetV2 } from '@cdktf/provider-openstack/lib/networking-subnet-v2';
import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import { AddressList } from './address-list';
import { Cidr } from './cidr';

/** A network that servers are put on: one made by this stack, or one found by its name. */
export interface INetwork {
  readonly networkId: string;
  readonly subnetId: string;
  /** Addresses of the subnet. */
  readonly range: Cidr;
  /** Name of the external network that floating IPs come from; absent: there are none to be had. */
  readonly externalNetworkName?: string;
  /** Where the servers' resolvers are. */
  readonly resolvers: readonly (Cidr | AddressList)[];
  /** What must be there before a server can reach anything, where this stack makes it. */
  readonly ready: readonly ITerraformDependable[];
}

export interface NetworkProps {
  /** Of network, subnet and router. */
  readonly name: string;
  /** Addresses of the subnet, e.g. `10.77.0.0/24`. */
  readonly cidr: string;
  /** Name of the external network that the router and the floating IPs use. @default - the one that the cloud has */
  readonly external?: string;
  /** Resolvers of the servers. @default - the subnet's own, which forward to the cloud's */
  readonly nameservers?: readonly string[];
}

export interface FoundNetworkOptions {
  /** Name of the network. */
  readonly network: string;
  /** Name of the subnet that servers get their addresses from. */
  readonly subnet: string;
  /** Name of the external network that floating IPs come from. @default - that of `router`, else none */
  readonly external?: string;
  /** Name of the router whose external network floating IPs come from, where `external` is not known. @default - none */
  readonly router?: string;
  /** Resolvers of the servers. @default - the subnet's own */
  readonly nameservers?: readonly string[];
}

/** A network with one subnet, and a router to the external network. */
export class Network extends Construct implements INetwork {
  readonly networkId: string;
  readonly subnetId: string;
  readonly range: Cidr;
  readonly externalNetworkName: string;
  readonly resolvers: readonly Cidr[];
  readonly ready: readonly ITerraformDependable[];

  /** A network that exists: whatever it lacks, Terraform says when it plans. */
  static fromName(scope: Construct, id: string, options: FoundNetworkOptions): INetwork {
    return new FoundNetwork(scope, id, options);
  }

  /** @throws {Error} when `cidr` or a nameserver is no address */
  constructor(scope: Construct, id: string, props: NetworkProps) {
    super(scope, id);
    const { name, nameservers = [] } = props;
    const range = Cidr.of(props.cidr);
    const external = new DataOpenstackNetworkingNetworkV2(this, 'external', { name: props.external, external: true });
    const network = new NetworkingNetworkV2(this, 'Resource', { name, adminStateUp: true });
    const subnet = new NetworkingSubnetV2(this, 'subnet', {
      name,
      networkId: network.id,
      cidr: range.range,
      ...(nameservers.length > 0 && { dnsNameservers: [...nameservers] }),
    });
    const router = new NetworkingRouterV2(this, 'router', { name, externalNetworkId: external.id });
    this.ready = [
      new NetworkingRouterInterfaceV2(this, 'router-interface', { routerId: router.id, subnetId: subnet.id }),
    ];
    this.networkId = network.id;
    this.subnetId = subnet.id;
    this.range = range;
    this.externalNetworkName = external.name;
    this.resolvers = nameservers.length > 0 ? nameservers.map(Cidr.of) : [range];
  }
}

class FoundNetwork extends Construct implements INetwork {
  readonly networkId: string;
  readonly subnetId: string;
  readonly range: Cidr;
  readonly externalNetworkName?: string;
  readonly resolvers: readonly (Cidr | AddressList)[];
  readonly ready = [];

  constructor(scope: Construct, id: string, options: FoundNetworkOptions) {
    super(scope, id);
    const { nameservers = [] } = options;
    const network = new DataOpenstackNetworkingNetworkV2(this, 'Resource', { name: options.network });
    const subnet = new DataOpenstackNetworkingSubnetV2(this, 'subnet', { name: options.subnet, networkId: network.id });
    this.networkId = network.id;
    this.subnetId = subnet.id;
    this.range = Cidr.named('subnet', subnet.cidr);
    this.externalNetworkName = options.external ?? this.externalNetworkOf(options.router);
    // A subnet that names no resolvers has them inside itself: the answer is known only when Terraform plans.
    const own = [this.range, new AddressList('nameservers', subnet.dnsNameservers)];
    this.resolvers = nameservers.length > 0 ? nameservers.map(Cidr.of) : own;
  }

  private externalNetworkOf(routerName: string | undefined): string | undefined {
    if (routerName === undefined) return undefined;
    const router = new DataOpenstackNetworkingRouterV2(this, 'router', { name: routerName });
    return new DataOpenstackNetworkingNetworkV2(this, 'external', { networkId: router.externalNetworkId }).name;
  }
}
