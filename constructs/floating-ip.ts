import { NetworkingFloatingipAssociateV2 } from '@cdktf/provider-openstack/lib/networking-floatingip-associate-v2';
import { NetworkingFloatingipV2 } from '@cdktf/provider-openstack/lib/networking-floatingip-v2';
import { Construct } from 'constructs';
import type { INetwork } from './network';

export interface FloatingIpProps {
  /** The network that the port is on; it knows the external network. */
  readonly network: INetwork;
  /** The port that the address leads to. */
  readonly portId: string;
  /** For who reads the list of addresses in the cloud. */
  readonly description: string;
}

/** A public address that leads to a port; the port, not the server, so that a new server keeps the address. */
export class FloatingIp extends Construct {
  /** The public IPv4 address. */
  readonly address: string;

  /** @throws {Error} when the network has no external network */
  constructor(scope: Construct, id: string, props: FloatingIpProps) {
    super(scope, id);
    const { network, portId, description } = props;
    const pool = network.externalNetworkName;
    if (pool === undefined) {
      throw new Error(
        'floating IPs need an external network: name it as "external" with the network, or ask for no floating IPs',
      );
    }
    const order = network.ready.length > 0 ? { dependsOn: [...network.ready] } : {};
    const address = new NetworkingFloatingipV2(this, 'Resource', { pool, description, ...order });
    new NetworkingFloatingipAssociateV2(this, 'association', { floatingIp: address.address, portId, ...order });
    this.address = address.address;
  }
}
