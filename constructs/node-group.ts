import { TerraformStack } from 'cdktf';
import { Construct } from 'constructs';
import { hostName, type NodeGroupPlan, nodeName, type VolumePlan } from '../plan/cluster-plan';
import type { Role } from '../roles/role';
import type { Connections, IConnectable, ISecurityGroup } from './connections';
import { Flavor } from './flavor';
import { Image } from './image';
import type { IKeyPair } from './key-pair';
import type { INetwork } from './network';
import { allowNodeEgress } from './node-egress';
import { SecurityGroup } from './security-group';
import { Server, type ServerOptions } from './server';
import { ServerGroup } from './server-group';
import { Traffic } from './traffic';

export interface NodeGroupProps {
  /** Name of the flavor. */
  readonly flavor: string;
  /** Name of the image. */
  readonly image: string;
  readonly network: INetwork;
  readonly keyPair: IKeyPair;
  /** Prefix of all names, e.g. `dev`. @default - the stack's id */
  readonly environment?: string;
  /** e.g. `worker`; nodes are `worker-0`, `worker-1`, … @default - the construct's id */
  readonly name?: string;
  /** Numbers of the nodes that exist. @default [0] */
  readonly numbers?: readonly number[];
  /** Their ports are what `connections.allowFrom(peer)` opens. @default [] */
  readonly roles?: readonly Role[];
  /** The group's own. @default - a new one, in which nodes reach metadata, resolvers and package mirrors and nothing else */
  readonly securityGroup?: ISecurityGroup;
  /** Groups worn besides the group's own. @default [] */
  readonly furtherSecurityGroups?: readonly ISecurityGroup[];
  /** A floating IP for each node. @default false */
  readonly floatingIp?: boolean;
  /** Of each node. @default [] */
  readonly volumes?: readonly VolumePlan[];
  /** `spread` = soft anti-affinity, `strict` = anti-affinity, `any` = no server group. @default 'spread' */
  readonly placement?: NodeGroupPlan['placement'];
  /** @default - the cloud's choice */
  readonly availabilityZone?: string;
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
  private readonly environment: string;

  /** @throws {Error} for a group without nodes, or with a number that is none or is there twice */
  constructor(scope: Construct, id: string, props: NodeGroupProps) {
    super(scope, id);
    this.groupName = props.name ?? id;
    this.roles = props.roles ?? [];
    this.environment = props.environment ?? TerraformStack.of(this).node.id;
    const securityGroup = props.securityGroup ?? this.addSecurityGroup(props);
    const serverGroup = this.addServerGroup(props.placement ?? 'spread');
    this.connections = securityGroup.connections;
    this.flavor = new Flavor(this, 'flavor', props.flavor);
    this.nodes = this.addNodes(props, {
      ...props,
      flavor: this.flavor,
      image: new Image(this, 'image', props.image),
      securityGroups: [securityGroup, ...(props.furtherSecurityGroups ?? [])],
      ...(serverGroup && { serverGroup }),
    });
  }

  private get prefix(): string {
    return `${this.environment}-${this.groupName}`;
  }

  private addSecurityGroup({ network }: NodeGroupProps): SecurityGroup {
    const group = new SecurityGroup(this, 'security-group', {
      name: this.prefix,
      description: `Nodes ${this.groupName} of ${this.environment}`,
      exposes: Traffic.exposedBy(this.roles),
    });
    allowNodeEgress(group.connections, network);
    return group;
  }

  private addServerGroup(placement: NodeGroupPlan['placement']): ServerGroup | undefined {
    if (placement === 'any') return undefined;
    const policy = placement === 'strict' ? 'anti-affinity' : 'soft-anti-affinity';
    return new ServerGroup(this, 'server-group', { name: this.prefix, policy });
  }

  private addNodes({ numbers = [0], placement }: NodeGroupProps, options: ServerOptions): GroupNode[] {
    checkNumbers(this.groupName, numbers);
    let previous: Server | undefined;
    return numbers.map((number) => {
      const name = nodeName({ name: this.groupName }, number);
      const hostname = hostName({ name: this.environment }, name);
      // Made at the same time, servers of a strict group may meet on one hypervisor and be refused.
      const after = placement === 'strict' && previous ? { after: previous } : {};
      previous = new Server(this, name, { ...options, ...after, name: hostname, metadata: this.metadataOf(name) });
      return { name, hostname, server: previous };
    });
  }

  private metadataOf(node: string): Record<string, string> {
    const { environment, groupName: group } = this;
    return { environment, group, node, roles: this.roles.map((role) => role.name).join(',') };
  }
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
