import { BlockstorageVolumeV3 } from '@cdktf/provider-openstack/lib/blockstorage-volume-v3';
import {
  ComputeInstanceV2,
  type ComputeInstanceV2BlockDevice,
} from '@cdktf/provider-openstack/lib/compute-instance-v2';
import { ComputeVolumeAttachV2 } from '@cdktf/provider-openstack/lib/compute-volume-attach-v2';
import { NetworkingPortV2 } from '@cdktf/provider-openstack/lib/networking-port-v2';
import { dependable, Fn, type ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import type { DeployedNode } from '../plan/cluster-output';
import type { FloatingIpPlan, RootDiskPlan, VolumePlan } from '../plan/cluster-plan';
import type { ISecurityGroup } from './connections';
import type { Flavor } from './flavor';
import { FloatingIp, type IFloatingIp } from './floating-ip';
import type { Image } from './image';
import type { IKeyPair } from './key-pair';
import type { INetwork } from './network';
import type { IServerGroup } from './server-group';
import type { VirtualIp } from './virtual-ip';

/** What all servers of a group have in common. */
export interface ServerOptions {
  readonly flavor: Flavor;
  readonly image: Image;
  readonly network: INetwork;
  readonly keyPair: IKeyPair;
  /** Worn by the server's port. */
  readonly securityGroups: readonly ISecurityGroup[];
  /** @default - the scheduler puts the server anywhere */
  readonly serverGroup?: IServerGroup;
  /** A new server boots from a volume made from the image; what is there stays as it is. @default - from the flavor's disk */
  readonly root?: RootDiskPlan;
  /** @default [] */
  readonly volumes?: readonly VolumePlan[];
  /** @default - the cloud's choice */
  readonly availabilityZone?: string;
  /** What cloud-init gets on new servers. @default - nothing */
  readonly userData?: string;
  /** An address that each of them may take besides its own. @default - none */
  readonly virtualIp?: VirtualIp;
  /** Until the server is ACTIVE. @default 600 */
  readonly createWithinSeconds?: number;
}

export interface ServerProps extends ServerOptions {
  /** Of server and port, and so the host name. */
  readonly name: string;
  /** For who looks at the server in the cloud. @default {} */
  readonly metadata?: Readonly<Record<string, string>>;
  /** A server to be made first. @default - none */
  readonly after?: Server;
  /** A fixed IPv4 address; to change it changes the port, not the server. @default - the subnet gives one */
  readonly address?: string;
  /** @default 'none' */
  readonly floatingIp?: FloatingIpPlan;
  /** A floating IP to be changed first. @default - none */
  readonly floatingIpAfter?: IFloatingIp;
  /** Shut off until it is to work again. @default false */
  readonly off?: boolean;
}

/**
 * What of a server's configuration counts only when the server is made. Each would replace or rebuild the server, and
 * nothing is replaced by surprise: a newer image of the same name, say, is for new servers only.
 */
const ONLY_AT_CREATION = ['image_id', 'block_device', 'key_pair', 'scheduler_hints', 'availability_zone', 'user_data'];

/** One server, with a port, volumes and a floating IP that outlive it when it is replaced. */
export class Server extends Construct {
  readonly serverId: string;
  /** Of the image that it was made from. */
  readonly imageId: string;
  readonly portId: string;
  /** Whether the address is the one that it was told to have, not one of the subnet's choice. */
  readonly hasChosenAddress: boolean;
  /** Fixed IPv4 address. */
  readonly address: string;
  readonly floatingIp?: IFloatingIp;
  readonly volumes: DeployedNode['volumes'];
  private readonly instance: ComputeInstanceV2;
  private readonly port: NetworkingPortV2;

  constructor(scope: Construct, id: string, props: ServerProps) {
    super(scope, id);
    const port = this.addPort(props);
    this.port = port;
    this.hasChosenAddress = props.address !== undefined;
    this.instance = this.addInstance(props, port.id);
    this.serverId = this.instance.id;
    this.imageId = imageOf(this.instance);
    this.portId = port.id;
    // What the port had before is all that Terraform knows of it while it plans another address.
    this.address = props.address ?? Fn.element(port.allFixedIps, 0);
    this.volumes = (props.volumes ?? []).map((volume) => this.addVolume(props.name, volume));
    this.floatingIp = this.addFloatingIp(props);
  }

  /** What is there once the server is. */
  get made(): ITerraformDependable {
    return this.instance;
  }

  /** What has the address once it is there. */
  get addressHolder(): ITerraformDependable {
    return this.port;
  }

  /** Lets the subnet choose this server's address only when others have theirs. */
  takeAddressAfter(holders: readonly ITerraformDependable[]): void {
    if (holders.length > 0) this.port.dependsOn = holders.map(dependable);
  }

  private addFloatingIp(props: ServerProps): IFloatingIp | undefined {
    const { floatingIp = 'none', floatingIpAfter, network, name: description, address } = props;
    if (floatingIp === 'none') return undefined;
    const options = {
      network,
      portId: this.portId,
      ...(address !== undefined && { portAddress: address }),
      ...(floatingIpAfter && { after: floatingIpAfter }),
    };
    if (floatingIp === 'new') return new FloatingIp(this, 'floating-ip', { ...options, description });
    return FloatingIp.fromAddress(this, 'floating-ip', floatingIp.existing, options);
  }

  private addPort({ name, network, securityGroups, address, virtualIp }: ServerProps): NetworkingPortV2 {
    return new NetworkingPortV2(this, 'port', {
      name,
      networkId: network.networkId,
      // Without the subnet a port of a network that is just being made may get no address.
      fixedIp: [{ subnetId: network.subnetId, ...(address !== undefined && { ipAddress: address }) }],
      securityGroupIds: securityGroups.map((group) => group.securityGroupId),
      ...(virtualIp && { allowedAddressPairs: [{ ipAddress: virtualIp.address }] }),
    });
  }

  private addInstance(props: ServerProps, port: string): ComputeInstanceV2 {
    const { flavor, image, serverGroup, network, after } = props;
    const before = [...network.ready, ...(after ? [after.instance] : [])];
    return new ComputeInstanceV2(this, 'Resource', {
      name: props.name,
      flavorName: flavor.flavorName,
      ...(props.root ? { blockDevice: [bootVolume(image, props.root)] } : { imageId: image.imageId }),
      keyPair: props.keyPair.keyPairName,
      network: [{ port }],
      ...(props.userData !== undefined && { userData: literal(props.userData) }),
      ...(props.metadata && { metadata: props.metadata }),
      // Unsaid it is "active" to every version of the provider: a server that somebody shuts off by hand is drift.
      ...(props.off && { powerState: 'shutoff' }),
      ...(props.availabilityZone !== undefined && { availabilityZone: props.availabilityZone }),
      ...(serverGroup && { schedulerHints: [{ group: serverGroup.serverGroupId }] }),
      timeouts: { create: `${props.createWithinSeconds ?? 600}s` },
      lifecycle: { ignoreChanges: ONLY_AT_CREATION },
      ...(before.length > 0 && { dependsOn: before }),
    });
  }

  private addVolume(
    server: string,
    { name, sizeGiB, type, mount, filesystem }: VolumePlan,
  ): DeployedNode['volumes'][number] {
    const volume = new BlockstorageVolumeV3(this, `volume-${name}`, {
      name: `${server}-${name}`,
      size: sizeGiB,
      ...(type !== undefined && { volumeType: type }),
      enableOnlineResize: true,
    });
    new ComputeVolumeAttachV2(this, `attachment-${name}`, { instanceId: this.instance.id, volumeId: volume.id });
    return { name, id: volume.id, mount, filesystem };
  }
}

function bootVolume({ imageId }: Image, { sizeGiB, type }: RootDiskPlan): ComputeInstanceV2BlockDevice {
  return {
    ...{ uuid: imageId, sourceType: 'image', destinationType: 'volume', volumeSize: sizeGiB, bootIndex: 0 },
    deleteOnTermination: true,
    ...(type !== undefined && { volumeType: type }),
  };
}

/**
 * What the server was made from, whatever the plan says by now. Of one that boots from a volume Nova knows no image, and the
 * provider says so in words; its state keeps what the volume was made from.
 */
function imageOf(instance: ComputeInstanceV2): string {
  return Fn.try([instance.blockDevice.get(0).uuid, instance.imageId]);
}

/** A text in which Terraform finds no references: shell scripts have variables of the same look. */
function literal(text: string): string {
  return text.replaceAll('${', '$$$${').replaceAll('%{', '%%{');
}
