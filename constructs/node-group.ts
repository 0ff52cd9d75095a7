import { TerraformStack } from 'cdktf';
import { Construct } from 'constructs';
import {
  floatingIpOf,
  groupPrefix,
  hostName,
  type NodeGroupPlan,
  nodeName,
  type RootDiskPlan,
  restOf,
  type VirtualIpPlan,
  type VolumePlan,
} from '../plan/cluster-plan';
import type { Role } from '../roles/role';
import { Traffic } from '../roles/traffic';
import type { Connections, IConnectable, ISecurityGroup } from './connections';
import { Flavor } from './flavor';
import type { IFloatingIp } from './floating-ip';
import { Image } from './image';
import type { IKeyPair } from './key-pair';
import type { INetwork } from './network';
import { allowMirrors, allowNodeEgress } from './node-egress';
import { SecurityGroup } from './security-group';
import { Server, type ServerOptions, type ServerProps } from './server';
import { ServerGroup } from './server-group';
import { VirtualIp } from './virtual-ip';

export interface NodeGroupProps {
  /** Name of the flavor. */
  readonly flavor: string;
  /** Name of the image. */
  readonly image: string;
  /** Properties that the image should have; see `ImageOptions.preferring`. @default {} */
  readonly imageProperties?: Readonly<Record<string, string>>;
  readonly network: INetwork;
  readonly keyPair: IKeyPair;
  /** Prefix of all names, e.g. `dev`. @default - the stack's id */
  readonly environment?: string;
  /** Without a hyphen, e.g. `worker`; nodes are `worker-0`, `worker-1`, … @default - the construct's id */
  readonly name?: string;
  /** Numbers of the nodes that exist. @default [0] */
  readonly numbers?: readonly number[];
  /** Their ports are what `connections.allowFrom(peer)` opens. @default [] */
  readonly roles?: readonly Role[];
  /** The group's own. @default - a new one, in which nodes reach metadata, resolvers and (always) package mirrors, and nothing else */
  readonly securityGroup?: ISecurityGroup;
  /** Groups worn besides the group's own. @default [] */
  readonly furtherSecurityGroups?: readonly ISecurityGroup[];
  /** Groups worn besides by the nodes that have a floating IP. @default [] */
  readonly publicSecurityGroups?: readonly ISecurityGroup[];
  /** Of all nodes, or of each by number. @default 'none' */
  readonly floatingIps?: NodeGroupPlan['floatingIps'];
  /** Fixed IPv4 addresses by number. @default - the subnet gives them */
  readonly addresses?: NodeGroupPlan['addresses'];
  /** Nodes that are not to work now, by number; `off` shuts the server off. @default - all work */
  readonly resting?: NodeGroupPlan['resting'];
  /** New servers boot from a volume made from the image. @default - from the flavor's disk */
  readonly root?: RootDiskPlan;
  /** Of each node. @default [] */
  readonly volumes?: readonly VolumePlan[];
  /** `spread` = soft anti-affinity, `strict` = anti-affinity, `any` = no server group. @default 'spread' */
  readonly placement?: NodeGroupPlan['placement'];
  /** @default - the cloud's choice */
  readonly availabilityZone?: string;
  /** What cloud-init gets on new servers; another text changes no server that is there. @default - nothing */
  readonly userData?: string;
  /** An address that one node has besides its own, and another when that fails. @default - none */
  readonly virtualIp?: VirtualIpPlan;
  /** Until a server is ACTIVE. @default 600 */
  readonly createWithinSeconds?: number;
}

/** A node of a group. */
export interface GroupNode {
  /** e.g. `worker-2`. */
  readonly name: string;
  /** e.g. `dev-worker-2`. */
  readonly hostname: string;
  readonly server: Server;
}

/** Nodes of one kind: the same flavor, image and roles, and one security group. */
export class NodeGroup extends Construct implements IConnectable {
  readonly groupName: string;
  readonly roles: readonly Role[];
  readonly flavor: Flavor;
  readonly nodes: readonly GroupNode[];
  readonly connections: Connections;
  readonly virtualIp?: VirtualIp;
  private readonly environment: string;

  /** @throws {Error} for a name with a hyphen, for a group without nodes, or with a number that is none or is there twice */
  constructor(scope: Construct, id: string, props: NodeGroupProps) {
    super(scope, id);
    this.groupName = props.name ?? id;
    this.roles = props.roles ?? [];
    checkName(this.groupName);
    this.environment = props.environment ?? TerraformStack.of(this).node.id;
    const securityGroup = props.securityGroup ?? this.addSecurityGroup(props);
    const serverGroup = this.addServerGroup(props.placement ?? 'spread');
    this.connections = securityGroup.connections;
    this.flavor = new Flavor(this, 'flavor', props.flavor);
    const { virtualIp: shared, ...common } = props;
    if (shared) this.virtualIp = this.addVirtualIp(shared, props, securityGroup);
    this.nodes = this.addNodes(props, {
      ...common,
      ...(this.virtualIp && { virtualIp: this.virtualIp }),
      flavor: this.flavor,
      image: new Image(this, 'image', props.image, { preferring: props.imageProperties ?? {} }),
      securityGroups: [securityGroup, ...(props.furtherSecurityGroups ?? [])],
      ...(serverGroup && { serverGroup }),
    });
  }

  private get prefix(): string {
    return groupPrefix({ name: this.environment }, { name: this.groupName });
  }

  private addSecurityGroup({ network }: NodeGroupProps): SecurityGroup {
    const group = new SecurityGroup(this, 'security-group', {
      name: this.prefix,
      description: `Nodes ${this.groupName} of ${this.environment}`,
      exposes: Traffic.exposedBy(this.roles),
    });
    allowNodeEgress(group.connections, network);
    allowMirrors(group.connections);
    return group;
  }

  private addServerGroup(placement: NodeGroupPlan['placement']): ServerGroup | undefined {
    if (placement === 'any') return undefined;
    const policy = placement === 'strict' ? 'anti-affinity' : 'soft-anti-affinity';
    return new ServerGroup(this, 'server-group', { name: this.prefix, policy });
  }

  private addVirtualIp(plan: VirtualIpPlan, { network }: NodeGroupProps, securityGroup: ISecurityGroup): VirtualIp {
    return new VirtualIp(this, 'virtual-ip', {
      ...plan,
      name: `${this.prefix}-vip`,
      network,
      securityGroups: [securityGroup],
    });
  }

  private addNodes(props: NodeGroupProps, options: ServerOptions): GroupNode[] {
    const { numbers = [0], placement } = props;
    checkNumbers(this.groupName, numbers);
    let previous: Server | undefined;
    let lastAddress: IFloatingIp | undefined;
    return numbers.map((number) => {
      const name = nodeName({ name: this.groupName }, number);
      const hostname = hostName({ name: this.environment }, name);
      const server: Server = new Server(this, name, {
        ...options,
        ...this.ownOf(number, props, options),
        // Made at the same time, servers of a strict group may meet on one hypervisor and be refused.
        ...(placement === 'strict' && previous && { after: previous }),
        // An address that moves from one node to another is let go before it is taken.
        ...(typeof props.floatingIps === 'object' && lastAddress && { floatingIpAfter: lastAddress }),
        name: hostname,
        metadata: this.metadataOf(name),
      });
      previous = server;
      lastAddress = server.floatingIp ?? lastAddress;
      return { name, hostname, server };
    });
  }

  /** What a node has for itself. */
  private ownOf(number: number, props: NodeGroupProps, { securityGroups }: ServerOptions): Partial<ServerProps> {
    const { floatingIps = 'none', publicSecurityGroups = [], addresses = {} } = props;
    const floatingIp = floatingIpOf({ floatingIps }, number);
    const address = addresses[number];
    return {
      floatingIp,
      securityGroups: floatingIp === 'none' ? securityGroups : [...securityGroups, ...publicSecurityGroups],
      ...(address !== undefined && { address }),
      ...(restOf(props, number) === 'off' && { off: true }),
    };
  }

  private metadataOf(node: string): Record<string, string> {
    const { environment, groupName: group } = this;
    return { environment, group, node, roles: this.roles.map((role) => role.name).join(',') };
  }
}

function checkName(group: string): void {
  if (!group.includes('-')) return;
  throw new Error(
    `node group "${group}" has a hyphen in its name: "dev" with "a-worker" would be named like "dev-a" with "worker"; leave it out, or say another name`,
  );
}

function checkNumbers(group: string, numbers: readonly number[]): void {
  if (numbers.length === 0) throw new Error(`node group "${group}" has no nodes: give at least one number`);
  const wrong = numbers.find(
    (number, index) => !Number.isInteger(number) || number < 0 || numbers.indexOf(number) !== index,
  );
  if (wrong !== undefined) {
    throw new Error(`node group "${group}": ${wrong} can't be a node's number: give whole numbers from 0, each once`);
  }
}
