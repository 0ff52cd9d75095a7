import { DataOpenstackImagesImageIdsV2 } from '@cdktf/provider-openstack/lib/data-openstack-images-image-ids-v2';
import { DataOpenstackImagesImageV2 } from '@cdktf/provider-openstack/lib/data-openstack-images-image-v2';
import { Fn } from 'cdktf';
import { Construct } from 'constructs';

export interface ImageOptions {
  /** Properties that an image should have: the newest of the name that has them all goes before newer ones. @default {} */
  readonly preferring?: Readonly<Record<string, string>>;
}

/** What a new server starts from: the newest image of a name. */
export class Image extends Construct {
  readonly imageId: string;

  constructor(scope: Construct, id: string, name: string, { preferring = {} }: ImageOptions = {}) {
    super(scope, id);
    const newest = new DataOpenstackImagesImageV2(this, 'Resource', { name, mostRecent: true }).id;
    this.imageId = Object.keys(preferring).length === 0 ? newest : this.preferred(name, preferring, newest);
  }

  /** That none has them is no error: what the newest lacks is for who configures the server. */
  private preferred(name: string, properties: Readonly<Record<string, string>>, newest: string): string {
    const { ids } = new DataOpenstackImagesImageIdsV2(this, 'preferred', {
      name,
      properties: { ...properties },
      sort: 'created_at:desc',
    });
    return Fn.element(Fn.concat([ids, [newest]]), 0);
  }
}
