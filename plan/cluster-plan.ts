import type { SwapSize } from '../operations/swap';
import type { Role } from '../roles/role';
import type { Settings } from '../roles/settings';
import type { DnsPlan } from './dns-plan';
import type { StateBackend } from './state-backend';

/** What a cluster is to be, whatever its kind: the one value that the iron and the hands both read. */
export interface ClusterPlan {
  /** The environment's name, also the stack's: prefix of every resource name. */
  readonly name: string;
  /** Entry of clouds.yaml; absent = what the shell's `OS_*` variables say. */
  readonly cloud?: string;
  readonly region?: string;
  /** Name of the common environment whose network, key pair and groups are used; of several regions, the first one's. */
  readonly common: string;
  /** Of a cluster in several regions of its cloud, in the plan's order; `regionsOf` gives the one of all others too. */
  readonly regions?: readonly RegionPlan[];
  readonly groups: readonly NodeGroupPlan[];
  /** What the cloud's load balancer service is to make, in each region that has members of it. @default [] */
  readonly loadBalancers?: readonly LoadBalancerPlan[];
  /** Zones of the cloud's DNS in which the nodes have records. @default - none */
  readonly dns?: DnsPlan;
  /** `ssh.user` is empty until the image has been asked. */
  readonly settings: Settings;
  readonly hostKeys: Readonly<Record<string, readonly string[]>>;
  readonly timeouts: Timeouts;
  /** Where Terraform keeps the state; absent = a local file, or where a project's common environment says. */
  readonly state?: StateBackend;
}

/** A part of a cluster: nodes of one region, on that region's network. Its services know nothing of other regions. */
export interface RegionPlan {
  /** The cloud's name for it. @default - the cloud's own choice */
  readonly name?: string;
  /** Name of the common environment whose network, key pair and groups are used there. */
  readonly common: string;
}

export interface NodeGroupPlan {
  /** e.g. `worker`; nodes are `worker-0`, `worker-1`, … */
  readonly name: string;
  /** The cloud's name of the region that it is in, of a cluster that is in several. @default - the cluster's */
  readonly region?: string;
  readonly roles: readonly Role[];
  readonly flavor: string;
  readonly image: string;
  /** Numbers of the nodes that exist, ascending; from the node register. */
  readonly numbers: readonly number[];
  /** Nodes that are not to work now, by number; from the node register. @default {} */
  readonly resting?: Readonly<Record<string, RestState>>;
  /** Of all nodes, or of each by number; numbers that are missing have none. */
  readonly floatingIps: FloatingIpsPlan;
  /** Fixed IPv4 addresses by number; the others take what the subnet gives. @default {} */
  readonly addresses?: Readonly<Record<string, string>>;
  /** Names of security groups that the cloud has already, worn besides the plan's own. @default [] */
  readonly securityGroups?: readonly string[];
  /** Servers are made with a root disk that is a volume; another one changes no server that is there. @default - the flavor's */
  readonly root?: RootDiskPlan;
  /** Of the nodes' swap file. @default - none */
  readonly swap?: SwapSize;
  readonly volumes: readonly VolumePlan[];
  /** `spread` = soft anti-affinity, `strict` = anti-affinity, `any` = no server group. */
  readonly placement: 'spread' | 'strict' | 'any';
  readonly availabilityZone?: string;
  /** What the nodes are called on themselves and by each other. @default - as their servers are */
  readonly names?: NodeNamesPlan;
  /** Words by which load balancers and the like choose groups. @default [] */
  readonly tags?: readonly string[];
  /** Ports that are open to addresses outside of the cluster. @default [] */
  readonly publicPorts?: readonly PublicPortPlan[];
  /** What cloud-init gets on new servers; another text changes no server that is there. @default - nothing */
  readonly userData?: string;
  /** An address that one node of the group has besides its own, and another when that fails. @default - none */
  readonly virtualIp?: VirtualIpPlan;
}

/** A TCP port that is open to addresses outside of the cluster. */
export interface PublicPortPlan {
  readonly port: number;
  /** Address ranges (CIDR). */
  readonly from: readonly string[];
}

/** What nodes of a group are called on themselves and by each other; `{n}` is a node's number. */
export interface NodeNamesPlan {
  /** One label, e.g. `spark-{n}`. @default - `<environment>-<group>-{n}`, as the server is called */
  readonly hostname?: string;
  /** Of the node inside the cloud, e.g. `internal.spark-{n}.iot.example`. */
  readonly privateFqdn?: string;
  /** Of the node for the world, e.g. `spark-{n}.iot.example`. */
  readonly publicFqdn?: string;
}

export interface VirtualIpPlan {
  /** Fixed IPv4 address. @default - the subnet gives one */
  readonly address?: string;
  /** The public address that leads to it. */
  readonly floatingIp: FloatingIpPlan;
  /** Full names of it, in the cloud's DNS. @default - none */
  readonly names?: Pick<NodeNamesPlan, 'privateFqdn' | 'publicFqdn'>;
}

/** A load balancer of the cloud's, in front of all nodes of the groups with a tag. */
export interface LoadBalancerPlan {
  readonly name: string;
  readonly tag: string;
  readonly port: number;
  readonly protocol: 'http' | 'tcp';
  /** Where the members listen. */
  readonly memberPort: number;
  readonly balance: 'roundrobin' | 'leastconn';
  /** What a member is asked for its health: a path, or `tcp` for a connection. */
  readonly check: string;
  /** Address ranges (CIDR) outside of the network that may connect. */
  readonly from: readonly string[];
  /** Names of the roles whose nodes may connect. */
  readonly clients: readonly string[];
  /** Fixed IPv4 address. @default - the subnet gives one */
  readonly address?: string;
  /** The public address that leads to it. */
  readonly floatingIp: FloatingIpPlan;
}

/** `new` = made with the node and gone with it; `existing` = an IPv4 address that the project has already, and keeps. */
export type FloatingIpPlan = 'none' | 'new' | { readonly existing: string };

export type FloatingIpsPlan = 'none' | 'new' | Readonly<Record<string, FloatingIpPlan>>;

/** `stopped` = its services are stopped, `off` = its server is shut off too. */
export type RestState = 'stopped' | 'off';

/** A volume that is made from the image with its server, and gone with it. */
export interface RootDiskPlan {
  readonly sizeGiB: number;
  readonly type?: string;
}

export interface VolumePlan {
  readonly name: string;
  readonly sizeGiB: number;
  readonly mount: string;
  readonly filesystem: 'ext4' | 'xfs';
  readonly type?: string;
}

/** Seconds. */
export interface Timeouts {
  /** Until a server is ACTIVE. @default 600 */
  readonly serverSeconds: number;
  /** Until SSH answers. @default 300 */
  readonly sshSeconds: number;
  /** Until cloud-init has finished. @default 600 */
  readonly cloudInitSeconds: number;
  /** Until a started service is healthy. @default 180 */
  readonly healthSeconds: number;
}

/** What all environments of a project share. */
export interface CommonPlan {
  readonly name: string;
  readonly cloud?: string;
  readonly region?: string;
  readonly keyPair:
    | { readonly kind: 'publicKey'; readonly publicKey: string }
    | { readonly kind: 'existing'; readonly name: string };
  readonly network: CommonNetworkPlan;
  /** CIDRs that may reach SSH. */
  readonly access: readonly string[];
  /** Where Terraform keeps the state; absent = a local file. */
  readonly state?: StateBackend;
  readonly ssh: {
    /** Login of the images; absent = from the image's properties. */
    readonly user?: string;
    readonly authorizedKeys: readonly string[];
    /** Path of the private half; absent = ssh-agent alone. */
    readonly privateKeyFile?: string;
  };
}

export type CommonNetworkPlan =
  | {
      readonly kind: 'new';
      readonly cidr: string;
      /** Name of the external network the router and the floating IPs use. */
      readonly external: string;
      /** Resolvers of the nodes; empty = the subnet's own (Neutron's DHCP agent forwards). */
      readonly nameservers: readonly string[];
    }
  | {
      readonly kind: 'existing';
      readonly network: string;
      readonly subnet: string;
      /** Absent: no floating IPs are to be had. */
      readonly external?: string;
      readonly nameservers: readonly string[];
    };

/** The regions that a cluster is in: at least one. */
export function regionsOf(plan: Pick<ClusterPlan, 'region' | 'regions' | 'common'>): readonly RegionPlan[] {
  const { region, common } = plan;
  return plan.regions ?? [{ ...(region !== undefined && { name: region }), common }];
}

/** The part of a cluster's plan that is in one of its regions. */
export function inRegion<P extends Pick<ClusterPlan, 'regions' | 'groups'>>(plan: P, { name }: RegionPlan): P {
  return plan.regions ? { ...plan, groups: plan.groups.filter(({ region }) => region === name) } : plan;
}

/** How a node of the group is to rest; undefined where it is to work. */
export function restOf(group: Pick<NodeGroupPlan, 'resting'>, number: number): RestState | undefined {
  return group.resting?.[number];
}

/** A node as a plan has it. */
export interface PlannedNode {
  readonly group: NodeGroupPlan;
  readonly number: number;
  /** e.g. `worker-2` */
  readonly name: string;
}

/** All nodes, in the plan's order. */
export function plannedNodes({ groups }: Pick<ClusterPlan, 'groups'>): readonly PlannedNode[] {
  return groups.flatMap((group) => group.numbers.map((number) => ({ group, number, name: nodeName(group, number) })));
}

/** Names of the nodes whose servers are to be off. */
export function nodesOff(plan: Pick<ClusterPlan, 'groups'>): ReadonlySet<string> {
  const off = plannedNodes(plan).filter(({ group, number }) => restOf(group, number) === 'off');
  return new Set(off.map(({ name }) => name));
}

/** The public address of a node. */
export function floatingIpOf({ floatingIps }: Pick<NodeGroupPlan, 'floatingIps'>, number: number): FloatingIpPlan {
  return typeof floatingIps === 'string' ? floatingIps : (floatingIps[number] ?? 'none');
}

/** Whether any node of the group has a floating IP. */
export function hasFloatingIp(group: Pick<NodeGroupPlan, 'numbers' | 'floatingIps'>): boolean {
  return group.numbers.some((number) => floatingIpOf(group, number) !== 'none');
}

/** Addresses of the floating IPs that nodes are to have and the project has already: nobody may delete them. */
export function existingFloatingIps(plan: Pick<ClusterPlan, 'groups' | 'loadBalancers'>): readonly string[] {
  const ofNodes = plannedNodes(plan).map(({ group, number }) => floatingIpOf(group, number));
  const shared = plan.groups.flatMap(({ virtualIp }) => virtualIp?.floatingIp ?? []);
  const balancing = (plan.loadBalancers ?? []).map(({ floatingIp }) => floatingIp);
  return [...ofNodes, ...shared, ...balancing].flatMap((floatingIp) =>
    typeof floatingIp === 'object' ? [floatingIp.existing] : [],
  );
}

/** `worker-2` of group `worker`. */
export function nodeName(group: { readonly name: string }, number: number): string {
  return `${group.name}-${number}`;
}

/** `dev-worker`: security group and server group. A group's name has no hyphen, so that no two environments share one. */
export function groupPrefix(plan: { readonly name: string }, group: { readonly name: string }): string {
  return `${plan.name}-${group.name}`;
}

/** The nodes' groups behind a load balancer. */
export function groupsBehind<G extends Pick<NodeGroupPlan, 'tags'>>(
  { tag }: LoadBalancerPlan,
  groups: readonly G[],
): readonly G[] {
  return groups.filter(({ tags = [] }) => tags.includes(tag));
}

/** `dev-web-lb`: what the cloud calls a load balancer, and all that belongs to it. */
export function loadBalancerName(plan: { readonly name: string }, { name }: Pick<LoadBalancerPlan, 'name'>): string {
  return `${plan.name}-${name}-lb`;
}

/** Name of a node group that no plan may have: `mirrorsGroupName` would be its security group's. */
export const MIRRORS = 'mirrors';

/** `dev-mirrors`: security group of all nodes of a cluster, by whose rules they reach package mirrors. */
export function mirrorsGroupName({ name }: { readonly name: string }): string {
  return groupPrefix({ name }, { name: MIRRORS });
}

/** `dev-worker-2`: host name and server name. */
export function hostName(plan: { readonly name: string }, node: string): string {
  return `${plan.name}-${node}`;
}

/** Host names of all nodes. */
export function hostNames(plan: Pick<ClusterPlan, 'name' | 'groups'>): ReadonlySet<string> {
  return new Set(plannedNodes(plan).map(({ name }) => hostName(plan, name)));
}
