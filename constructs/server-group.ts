import { ComputeServergroupV2 } from '@cdktf/provider-openstack/lib/compute-servergroup-v2';
import { Construct } from 'constructs';

/** Servers that the cloud's scheduler looks at together. */
export interface IServerGroup {
  readonly serverGroupId: string;
}

export interface ServerGroupProps {
  readonly name: string;
  /** Every server on a hypervisor of its own, where there are enough of them or at all costs. @default 'soft-anti-affinity' */
  readonly policy?: 'soft-anti-affinity' | 'anti-affinity';
}

/** Keeps servers apart, so that no single hypervisor takes all of them with it. */
export class ServerGroup extends Construct implements IServerGroup {
  readonly serverGroupId: string;

  constructor(scope: Construct, id: string, props: ServerGroupProps) {
    super(scope, id);
    const { name, policy = 'soft-anti-affinity' } = props;
    this.serverGroupId = new ComputeServergroupV2(this, 'Resource', { name, policies: [policy] }).id;
  }
}
