import { NetworkingPortV2 } from '@cdktf/provider-openstack/lib/networking-port-v2';
import { Fn, type ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import type { FloatingIpPlan } from '../plan/cluster-plan';
import type { ISecurityGroup } from './connections';
import { FloatingIp, type IFloatingIp } from './floating-ip';
import type { INetwork } from './network';

export interface VirtualIpProps {
  /** Of its port. */
  readonly name: string;
  readonly network: INetwork;
  readonly securityGroups: readonly ISecurityGroup[];
  /** Fixed IPv4 address. @default - the subnet gives one */
  readonly address?: string;
  /** The public address that leads to it. @default 'none' */
  readonly floatingIp?: FloatingIpPlan;
}

/**
 * An address that belongs to no server: whichever of several has it at the moment answers there (VRRP). Its port is bound
 * to none of them, as OVN asks for; the servers' ports are told that it may be theirs (`ServerOptions.virtualIp`).
 */
export class VirtualIp extends Construct {
  readonly portId: string;
  /** Whether the address is the one that it was told to have, not one of the subnet's choice. */
  readonly hasChosenAddress: boolean;
  /** Fixed IPv4 address. */
  readonly address: string;
  /** What has the address once it is there. */
  readonly addressHolder: ITerraformDependable;
  readonly floatingIp?: IFloatingIp;

  constructor(scope: Construct, id: string, props: VirtualIpProps) {
    super(scope, id);
    const { name, network, securityGroups, address, floatingIp = 'none' } = props;
    const port = new NetworkingPortV2(this, 'port', {
      name,
      networkId: network.networkId,
      fixedIp: [{ subnetId: network.subnetId, ...(address !== undefined && { ipAddress: address }) }],
      securityGroupIds: securityGroups.map((group) => group.securityGroupId),
    });
    this.portId = port.id;
    this.addressHolder = port;
    this.hasChosenAddress = address !== undefined;
    this.address = address ?? Fn.element(port.allFixedIps, 0);
    if (floatingIp === 'none') return;
    const options = { network, portId: port.id, ...(address !== undefined && { portAddress: address }) };
    this.floatingIp =
      floatingIp === 'new'
        ? new FloatingIp(this, 'floating-ip', { ...options, description: name })
        : FloatingIp.fromAddress(this, 'floating-ip', floatingIp.existing, options);
  }
}
