import { DataOpenstackNetworkingSecgroupV2 } from '@cdktf/provider-openstack/lib/data-openstack-networking-secgroup-v2';
import { NetworkingSecgroupV2 } from '@cdktf/provider-openstack/lib/networking-secgroup-v2';
import { Construct } from 'constructs';
import type { Traffic } from '../roles/traffic';
import { Connections, type ISecurityGroup } from './connections';

export interface SecurityGroupProps {
  /** Unique in the project: stacks find groups by name. */
  readonly name: string;
  /** For who reads the group in the cloud. */
  readonly description: string;
  /** What `connections.allowFrom(peer)` means without a port. @default [] */
  readonly exposes?: readonly Traffic[];
}

/** A security group that starts from nothing: neither in nor out, until `connections` allows it. */
export class SecurityGroup extends Construct implements ISecurityGroup {
  readonly securityGroupId: string;
  readonly securityGroupName: string;
  readonly connections: Connections;

  /** A group that exists in the project. Rules that this stack adds to it belong to this stack. */
  static fromName(scope: Construct, id: string, name: string): ISecurityGroup {
    return new FoundSecurityGroup(scope, id, name);
  }

  constructor(scope: Construct, id: string, props: SecurityGroupProps) {
    super(scope, id);
    const group = new NetworkingSecgroupV2(this, 'Resource', {
      name: props.name,
      description: props.description,
      deleteDefaultRules: true,
    });
    this.securityGroupId = group.id;
    this.securityGroupName = props.name;
    this.connections = new Connections(this, props.exposes);
  }
}

class FoundSecurityGroup extends Construct implements ISecurityGroup {
  readonly securityGroupId: string;
  readonly connections: Connections;

  constructor(
    scope: Construct,
    id: string,
    readonly securityGroupName: string,
  ) {
    super(scope, id);
    this.securityGroupId = new DataOpenstackNetworkingSecgroupV2(this, 'Resource', { name: securityGroupName }).id;
    this.connections = new Connections(this);
  }
}
