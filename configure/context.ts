import { Secret } from '../operations/secret';
import type { ClusterOutput, DeployedNode } from '../plan/cluster-output';
import { type ClusterPlan, type NodeGroupPlan, type RestState, restOf } from '../plan/cluster-plan';
import { type NodeNames, namesOfNode } from '../plan/node-names';
import type { NodeContext, NodeInfo, Role, SecretSpec } from '../roles/role';

/** One deployed node with the roles that the plan gives it. */
export interface Member {
  readonly deployed: DeployedNode;
  /** What the plan calls it; absent: as its server is called. */
  readonly names?: NodeNames;
  /** What the plan calls its group by. */
  readonly tags: readonly string[];
  /** Fixed IPv4 address that its group shares. */
  readonly virtualIp?: string;
  readonly roles: readonly Role[];
  /** How it is to rest; absent where it is to work. */
  readonly rest?: RestState;
}

/**
 * The deployed nodes with their roles, in the plan's order.
 * @throws {Error} when the output has a node whose group the plan doesn't know
 */
export function membersOf(plan: ClusterPlan, output: ClusterOutput): readonly Member[] {
  const position = (node: DeployedNode): number => plan.groups.findIndex(({ name }) => name === node.group);
  const lost = output.nodes.filter((node) => position(node) < 0).map(({ name, group }) => `${name} (group ${group})`);
  if (lost.length > 0) throw new Error(`${plan.name}: no group of the plan has the deployed ${lost.join(', ')}`);
  return [...output.nodes]
    .sort((a, b) => position(a) - position(b))
    .map((deployed) => member(plan, deployed, plan.groups[position(deployed)]!, output));
}

function member(
  plan: ClusterPlan,
  deployed: DeployedNode,
  group: NodeGroupPlan,
  { virtualIps = [] }: ClusterOutput,
): Member {
  const number = Number(deployed.name.slice(group.name.length + 1));
  const rest = restOf(group, number);
  const virtualIp = virtualIps.find((shared) => shared.group === group.name)?.address;
  return {
    ...{ deployed, roles: group.roles, tags: group.tags ?? [] },
    ...(group.names && { names: namesOfNode(plan, group, number) }),
    ...(virtualIp !== undefined && { virtualIp }),
    ...(rest && { rest }),
  };
}

/**
 * Those of some names.
 * @param names @default - all
 * @throws {Error} for a name that none has
 */
export function membersNamed(
  { name: cluster }: Pick<ClusterPlan, 'name'>,
  members: readonly Member[],
  names: readonly string[] | undefined,
): readonly Member[] {
  if (!names) return members;
  const known = members.map(({ deployed }) => deployed.name);
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    throw new Error(`${cluster} has no node ${unknown.join(', ')}; it has ${known.join(', ') || 'none'}`);
  }
  return members.filter(({ deployed }) => names.includes(deployed.name));
}

/** All secrets that some role declares, each once. */
export function declaredSecrets(members: readonly Member[]): readonly SecretSpec[] {
  const specs = members.flatMap(({ roles }) => roles.flatMap((role) => role.secrets ?? []));
  return [...new Map(specs.map((spec) => [spec.name, spec])).values()];
}

/** What roles may know of the cluster, for one of its nodes after the other. */
export class ClusterContext {
  readonly #nodes: readonly NodeInfo[];
  readonly #fromElsewhere: readonly NodeInfo[];

  /** @param secrets by name */
  constructor(
    private readonly plan: ClusterPlan,
    private readonly members: readonly Member[],
    private readonly secrets: ReadonlyMap<string, Secret>,
  ) {
    const several = plan.regions !== undefined;
    this.#nodes = members.map((member) => nodeInfo(member, several));
    this.#fromElsewhere = this.#nodes.map((node, index) => {
      const { floatingIp } = members[index]!.deployed;
      return floatingIp === null ? node : { ...node, address: floatingIp };
    });
  }

  /** For who asks what a plan says, and not how a node is: every secret is empty. */
  static withoutSecrets(plan: ClusterPlan, members: readonly Member[]): ClusterContext {
    const empty = declaredSecrets(members).map(({ name }) => [name, new Secret('')] as const);
    return new ClusterContext(plan, members, new Map(empty));
  }

  of(member: Member): NodeContext {
    const node = this.#nodes[this.members.indexOf(member)]!;
    const nodes = this.#nodes.filter(({ region }) => region === node.region);
    const declared = secretsOf(member, this.members);
    return {
      cluster: this.plan.name,
      settings: this.plan.settings,
      node,
      nodes,
      elsewhere: this.#fromElsewhere.filter(({ region }) => region !== node.region),
      nodesWith: (role) => nodes.filter(({ roles }) => roles.includes(role)),
      secret: (name) => this.#secret(name, declared),
      certificateOf: (role) => this.#certificateOf(role),
    };
  }

  #certificateOf(name: string): string | undefined {
    const role = this.members.flatMap(({ roles }) => roles).find((one) => one.name === name);
    if (!role?.certificate) return undefined;
    const own = new Set((role.secrets ?? []).map((spec) => spec.name));
    return role.certificate.of(this.#secret(role.certificate.secret, own), this.plan.name);
  }

  #secret(name: string, declared: ReadonlySet<string>): Secret {
    const value = this.secrets.get(name);
    if (value && declared.has(name)) return value;
    throw new Error(
      `no role of the node declares a secret "${name}"; declared are: ${[...declared].join(', ') || 'none'}`,
    );
  }
}

/** Names of what its own roles declare, and of what others share with them. */
function secretsOf({ roles }: Member, members: readonly Member[]): ReadonlySet<string> {
  const own = roles.flatMap((role) => role.secrets ?? []);
  const names = roles.map(({ name }) => name);
  const shared = members
    .flatMap((member) => member.roles.flatMap((role) => role.secrets ?? []))
    .filter(({ sharedWith = [] }) => sharedWith.some((role) => names.includes(role)));
  return new Set([...own, ...shared].map(({ name }) => name));
}

function nodeInfo({ deployed, names, tags, virtualIp }: Member, several: boolean): NodeInfo {
  const { name, address, region, group, roles, vcpus, memoryMiB, volumes } = deployed;
  const { hostname = deployed.hostname, privateFqdn, publicFqdn } = names ?? {};
  const further = [privateFqdn, publicFqdn, hostname === deployed.hostname ? undefined : deployed.hostname];
  const aliases = further.filter((each) => each !== undefined);
  return {
    ...{ name, hostname, address, group, roles, tags, vcpus, memoryMiB, volumes },
    ...(several && region !== null && { region }),
    ...(aliases.length > 0 && { aliases }),
    ...(virtualIp !== undefined && { virtualIp }),
  };
}
