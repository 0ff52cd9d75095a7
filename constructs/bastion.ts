import type { Construct } from 'constructs';
import { bastion } from '../roles/bastion';
import { node } from '../roles/node';
import { NodeGroup, type NodeGroupProps } from './node-group';
import { allowSshFrom } from './ssh-access';

export interface BastionProps
  extends Omit<NodeGroupProps, 'floatingIps' | 'numbers' | 'placement' | 'roles' | 'volumes'> {
  /** Address ranges (CIDR) that may reach SSH on it. */
  readonly access: readonly string[];
}

/** One node with a floating IP that others are reached through: `bastion.connections.allowTo(workers, 22)`. */
export class Bastion extends NodeGroup {
  /** The public IPv4 address. */
  readonly address: string;

  /** @throws {Error} when `access` names nobody, or the network has no external network */
  constructor(scope: Construct, id: string, props: BastionProps) {
    const { access, ...own } = props;
    super(scope, id, { ...own, roles: [node, bastion], floatingIps: 'new', placement: 'any' });
    allowSshFrom(this.connections, access);
    this.address = this.nodes[0]!.server.floatingIp!.address;
  }
}
