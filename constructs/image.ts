import { DataOpenstackImagesImageV2 } from '@cdktf/provider-openstack/lib/data-openstack-images-image-v2';
import { Construct } from 'constructs';

/** What a new server starts from: the newest image of a name. */
export class Image extends Construct {
  readonly imageId: string;

  constructor(scope: Construct, id: string, name: string) {
    super(scope, id);
    this.imageId = new DataOpenstackImagesImageV2(this, 'Resource', { name, mostRecent: true }).id;
  }
}
