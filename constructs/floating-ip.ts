import { DataOpenstackNetworkingFloatingipV2 } from '@cdktf/provider-openstack/lib/data-openstack-networking-floatingip-v2';
import { NetworkingFloatingipAssociateV2 } from '@cdktf/provider-openstack/lib/networking-floatingip-associate-v2';
import { NetworkingFloatingipV2 } from '@cdktf/provider-openstack/lib/networking-floatingip-v2';
import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import type { INetwork } from './network';

/** A public address that leads to a port; the port, not the server, so that a new server keeps the address. */
export interface IFloatingIp {
  /** The public IPv4 address. */
  readonly address: string;
  /** That the address leads to its port. */
  readonly association: ITerraformDependable;
}

export interface FloatingIpOptions {
  /** The network that the port is on; it knows the external network. */
  readonly network: INetwork;
  /** The port that the address leads to. */
  readonly portId: string;
  /** The port's address, where it is known: when it changes, the floating IP has to be led there anew. @default - the one it has */
  readonly portAddress?: string;
  /** One that may give up an address that this one takes, and so is changed first. @default - none */
  readonly after?: IFloatingIp;
}

export interface FloatingIpProps extends FloatingIpOptions {
  /** For who reads the list of addresses in the cloud. */
  readonly description: string;
}

/** A floating IP that is made, and deleted, with what it leads to. */
export class FloatingIp extends Construct implements IFloatingIp {
  readonly address: string;
  readonly association: ITerraformDependable;

  /** One that the project has already: it is never deleted, and leads nowhere once this is gone. */
  static fromAddress(scope: Construct, id: string, address: string, options: FloatingIpOptions): IFloatingIp {
    return new FoundFloatingIp(scope, id, address, options);
  }

  /** @throws {Error} when the network has no external network */
  constructor(scope: Construct, id: string, props: FloatingIpProps) {
    super(scope, id);
    const { network, description } = props;
    const pool = network.externalNetworkName;
    if (pool === undefined) {
      throw new Error(
        'floating IPs need an external network: name it as "external" with the network, or ask for no floating IPs',
      );
    }
    this.address = new NetworkingFloatingipV2(this, 'Resource', { pool, description, ...order(network.ready) }).address;
    this.association = associate(this, this.address, props);
  }
}

class FoundFloatingIp extends Construct implements IFloatingIp {
  readonly association: ITerraformDependable;

  constructor(
    scope: Construct,
    id: string,
    readonly address: string,
    options: FloatingIpOptions,
  ) {
    super(scope, id);
    const found = new DataOpenstackNetworkingFloatingipV2(this, 'existing', { address });
    this.association = associate(this, found.address, options);
  }
}

function associate(scope: Construct, floatingIp: string, options: FloatingIpOptions): ITerraformDependable {
  const { network, portId, portAddress, after } = options;
  const before = after ? [...network.ready, after.association] : network.ready;
  return new NetworkingFloatingipAssociateV2(scope, 'association', {
    floatingIp,
    portId,
    ...(portAddress !== undefined && { fixedIp: portAddress }),
    ...order(before),
  });
}

function order(before: readonly ITerraformDependable[]): { dependsOn?: ITerraformDependable[] } {
  return before.length > 0 ? { dependsOn: [...before] } : {};
}
