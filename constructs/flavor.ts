import { DataOpenstackComputeFlavorV2 } from '@cdktf/provider-openstack/lib/data-openstack-compute-flavor-v2';
import { Construct } from 'constructs';

/** A size of servers that the cloud offers. */
export class Flavor extends Construct {
  readonly flavorName: string;
  readonly vcpus: number;
  readonly memoryMiB: number;

  constructor(scope: Construct, id: string, name: string) {
    super(scope, id);
    const flavor = new DataOpenstackComputeFlavorV2(this, 'Resource', { name });
    this.flavorName = name;
    this.vcpus = flavor.vcpus;
    this.memoryMiB = flavor.ram;
  }
}
