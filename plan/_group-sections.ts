import { bastion } from '../roles/bastion';
import { node } from '../roles/node';
import type { Role } from '../roles/role';
import { addressesOf, floatingIpsOf, nodeAddressIssues } from './_node-addresses';
import { type NamedSection, nodeNameIssues } from './_node-name-issues';
import { didYouMean } from './_suggest';
import type { BaseSpec } from './base-spec';
import { groupPrefix, type NodeGroupPlan, plannedNodes } from './cluster-plan';
import { commonNames } from './common-names';
import { dnsPlan, splitsHorizon } from './dns-plan';
import type { BastionSpec, FloatingIpSpec, NodeGroupSpec } from './group-spec';
import { type NodeRegister, restingOf, updateRegister } from './node-register';
import type { PlanIssue } from './plan-error';
import { rootAndSwapOf, swapProblem } from './root-and-swap';

/** A part of what the user writes that becomes a node group. */
export interface GroupSection {
  /** Where it stands, e.g. `workers`. */
  readonly path: string;
  /** Of the group, e.g. `worker`. */
  readonly name: string;
  /** The cloud's name, of a cluster that is in several. */
  readonly region?: string;
  readonly roles: readonly Role[];
  readonly count: number;
  readonly floatingIp: FloatingIpSpec;
  readonly spec: NodeGroupSpec;
  /** What only some kinds have. */
  readonly extras?: Pick<NodeGroupPlan, 'names' | 'tags' | 'publicPorts' | 'virtualIp' | 'userData'>;
}

/** A node of its own that the others are reached through. */
export function bastionSection(spec: BastionSpec): GroupSection {
  return {
    ...{ path: 'bastion', name: 'bastion', roles: [node, bastion], count: 1, floatingIp: true },
    spec: { ...spec, placement: 'any' },
  };
}

/** The node groups of sections, with the nodes that are there already. */
export function nodeGroups(
  sections: readonly GroupSection[],
  base: BaseSpec,
  register: NodeRegister,
): readonly NodeGroupPlan[] {
  const counts = Object.fromEntries(sections.map(({ name, count }) => [name, count]));
  const { groups } = updateRegister(register, counts);
  return sections.map(({ name, region, roles, floatingIp, spec, extras }): NodeGroupPlan => {
    const { nodes: numbers = [], resting = {} } = groups[name] ?? {};
    return {
      name,
      ...(region !== undefined && { region }),
      roles,
      flavor: spec.flavor,
      image: spec.image ?? base.image ?? '',
      numbers,
      ...restingOf(resting),
      floatingIps: floatingIpsOf(floatingIp, numbers),
      ...addressesOf(spec.addresses, numbers),
      ...furtherGroups(base, spec),
      ...rootAndSwapOf(spec),
      volumes: (spec.volumes ?? []).map((volume) => ({ filesystem: 'ext4' as const, ...volume })),
      placement: spec.placement ?? 'spread',
      ...(spec.availabilityZone !== undefined && { availabilityZone: spec.availabilityZone }),
      ...extras,
    };
  });
}

/** Absent where there are none. */
function furtherGroups(base: BaseSpec, own: NodeGroupSpec): Pick<NodeGroupPlan, 'securityGroups'> {
  const securityGroups = [...new Set([...(base.securityGroups ?? []), ...(own.securityGroups ?? [])])];
  return securityGroups.length > 0 ? { securityGroups } : {};
}

/** What is wrong with sections that share one cluster, whatever its kind. */
export function sectionIssues(
  { name, commons }: { readonly name: string; readonly commons: readonly string[] },
  sections: readonly GroupSection[],
  base: BaseSpec,
  groups: readonly NodeGroupPlan[],
): PlanIssue[] {
  return [
    ...sections.flatMap(countIssues),
    ...imageIssues(sections, base),
    ...byRegion(sections).flatMap((region) =>
      nodeAddressIssues(
        Object.fromEntries(
          region.map(({ path, count, floatingIp, spec }) => [path, { count, floatingIp, ...addressesIn(spec) }]),
        ),
      ),
    ),
    ...ownGroupIssues({ name, commons }, sections, base, groups),
    ...nodeNameIssues(sections.flatMap(namedParts), splitsHorizon(dnsPlan(base.dns))),
    ...sections.flatMap(swapIssues),
    ...sections.flatMap(volumeIssues),
    ...hostKeyIssues(base, groups),
  ];
}

/** The sections of each region; addresses of one are not those of another. */
export function byRegion<S extends Pick<GroupSection, 'region'>>(sections: readonly S[]): readonly (readonly S[])[] {
  const regions = [...new Set(sections.map(({ region }) => region))];
  return regions.map((region) => sections.filter((section) => section.region === region));
}

function addressesIn({ addresses }: NodeGroupSpec): Pick<NodeGroupSpec, 'addresses'> {
  return addresses === undefined ? {} : { addresses };
}

/** The nodes, and the address that they share. */
function namedParts({ path, count, extras: { names, virtualIp } = {} }: GroupSection): NamedSection[] {
  return [
    { path, count, ...(names && { names }) },
    ...(virtualIp?.names ? [{ path: `${path}.virtualIp`, count: 1, names: virtualIp.names }] : []),
  ];
}

function countIssues({ path, count }: GroupSection): PlanIssue[] {
  if (Number.isInteger(count) && count >= 1) return [];
  return [{ path: `${path}.count`, message: `must be a whole number of at least 1, got ${count}` }];
}

function imageIssues(sections: readonly GroupSection[], { image }: BaseSpec): PlanIssue[] {
  if (image) return [];
  return sections
    .filter(({ spec }) => !spec.image)
    .map(({ path }) => ({ path, message: 'has no image: name one here, or for all groups as "image:" at the top' }));
}

function swapIssues({ path, spec }: GroupSection): PlanIssue[] {
  const message = swapProblem(spec);
  return message === undefined ? [] : [{ path: `${path}.swap`, message }];
}

/** A volume's name is part of its node's constructs, and of its own name in the cloud. */
function volumeIssues({ path: section, spec: { volumes = [] } }: GroupSection): PlanIssue[] {
  const names = volumes.map(({ name }) => name);
  return names.flatMap((name, index) => {
    const path = `${section}.volumes.${index}.name`;
    if (names.indexOf(name) !== index)
      return [{ path, message: `there is a volume "${name}" already: give it another` }];
    return readsLikeNode(name) ? [{ path, message: LIKE_NODE(name) }] : [];
  });
}

/** Else `dev` + `worker-0` + `worker-1-data` would be named like `dev-worker-0` + `worker-1` + `data`. */
function readsLikeNode(volume: string): boolean {
  return /-\d+-/.test(volume);
}

const LIKE_NODE = (volume: string) =>
  `"${volume}" reads like a volume of another environment's node: give it a name without a number in the middle`;

/** Groups that are the cluster's own can't be looked for before they are made. */
function ownGroupIssues(
  { name, commons }: { readonly name: string; readonly commons: readonly string[] },
  sections: readonly GroupSection[],
  base: BaseSpec,
  groups: readonly NodeGroupPlan[],
): PlanIssue[] {
  const shared = commons.map(commonNames).flatMap(({ sshGroup, nodeGroup }) => [sshGroup, nodeGroup]);
  const own = [...shared, ...groups.map((group) => groupPrefix({ name }, group))];
  const lists = [{ prefix: '', spec: base }, ...sections.map(({ path, spec }) => ({ prefix: `${path}.`, spec }))];
  return lists.flatMap(({ prefix, spec: { securityGroups = [] } }) =>
    securityGroups.flatMap((group, index) => {
      const path = `${prefix}securityGroups.${index}`;
      return own.includes(group) ? [{ path, message: `"${group}" is one that Firesteel makes: leave it out` }] : [];
    }),
  );
}

function hostKeyIssues({ hostKeys = {} }: BaseSpec, groups: readonly NodeGroupPlan[]): PlanIssue[] {
  const nodes = plannedNodes({ groups }).map(({ name }) => name);
  return Object.keys(hostKeys)
    .filter((name) => !nodes.includes(name))
    .map((name) => ({
      path: `hostKeys.${name}`,
      message: `no such node${didYouMean(name, nodes)}: the cluster has ${nodes.join(', ')}`,
    }));
}
