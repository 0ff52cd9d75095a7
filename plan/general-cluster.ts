import { readFileSync } from 'node:fs';
import { findRole } from '../roles';
import { bastion } from '../roles/bastion';
import { node } from '../roles/node';
import type { Role } from '../roles/role';
import { assemble } from './_assemble';
import { bastionSection, type GroupSection } from './_group-sections';
import { givesFloatingIp } from './_node-addresses';
import { roleIssues } from './_role-issues';
import { withSteps } from './_steps';
import { type ClusterPlan, MIRRORS, type NodeNamesPlan, type VirtualIpPlan } from './cluster-plan';
import type { ClusterGroupSpec, ClusterSpec } from './cluster-spec';
import { EMPTY_REGISTER, type NodeRegister } from './node-register';
import type { PlanIssue } from './plan-error';
import { type ScalableGroups, scalable } from './scalable-group';

/** Short enough that `<environment>-<group>-<number>` is a host name. */
const GROUP_NAME = /^[a-z][a-z0-9]{0,15}$/;

/**
 * The cluster plan of any software.
 * @param register which nodes exist already; absent: the first `count` of each group
 * @throws {PlanError} for every thing that is wrong, with its path
 */
export function clusterPlan(name: string, spec: ClusterSpec, register: NodeRegister = EMPTY_REGISTER): ClusterPlan {
  const issues: PlanIssue[] = [];
  const sections = sectionsOf(spec, issues);
  issues.push(...roleIssues(sections, spec));
  return assemble(name, spec, { sections, roleSettings: spec.settings ?? {}, issues }, register);
}

/** What of the cluster can be made more or fewer: every group, by its name. */
export function clusterScalable({ groups }: Pick<ClusterSpec, 'groups'>): ScalableGroups {
  return Object.fromEntries(Object.keys(groups).map((group) => [group, scalable(group, ['groups', group])]));
}

function sectionsOf(spec: ClusterSpec, issues: PlanIssue[]): readonly GroupSection[] {
  const groups = Object.entries(spec.groups);
  if (groups.length === 0) issues.push({ path: 'groups', message: 'has no groups: a cluster has at least one' });
  const own = groups.map(([name, group]) => section(name, group, floatingIpOf(name, spec), issues));
  const bastions = spec.bastion ? [bastionSection(spec.bastion)] : [];
  const all = [...bastions, ...withEntry(own, bastions.length > 0)];
  return withSteps(all, ({ name }) => spec.groups[name]?.steps ?? {}, issues);
}

function section(
  name: string,
  group: ClusterGroupSpec,
  floatingIp: GroupSection['floatingIp'],
  issues: PlanIssue[],
): GroupSection {
  const path = `groups.${name}`;
  if (!GROUP_NAME.test(name) || name === 'bastion' || name === MIRRORS) issues.push({ path, message: wrongName(name) });
  const roles = (group.roles ?? []).flatMap((role, index) => roleAt(role, `${path}.roles.${index}`, issues));
  const { tags = [], publicPorts = [] } = group;
  const names = namesOf(group);
  const virtualIp = virtualIpOf(group);
  const userData = userDataOf(group, `${path}.cloudInit`, issues);
  return {
    ...{ path, name, count: group.count ?? 1, floatingIp, spec: group },
    roles: [...new Set([node, ...roles])],
    extras: {
      ...(names && { names }),
      ...(tags.length > 0 && { tags }),
      ...(publicPorts.length > 0 && { publicPorts }),
      ...(virtualIp && { virtualIp }),
      ...(userData !== undefined && { userData }),
    },
  };
}

function wrongName(name: string): string {
  if (name === 'bastion') return '"bastion" is the name of the section at the top: call the group something else';
  if (name === MIRRORS)
    return `"${MIRRORS}" is what the security group is called that opens the package mirrors: call the group something else`;
  return `"${name}" can't be a group's name: lower-case letters and digits, beginning with a letter, at most 16 characters`;
}

function roleAt(role: string | Role, path: string, issues: PlanIssue[]): readonly Role[] {
  if (typeof role !== 'string') return [role];
  try {
    return [findRole(role)];
  } catch (error) {
    issues.push({ path, message: (error as Error).message });
    return [];
  }
}

/** Somebody has to get in: where nothing is said of it, the first node of the first group has a public address. */
function floatingIpOf(name: string, { groups, bastion: own }: ClusterSpec): GroupSection['floatingIp'] {
  const { floatingIp } = groups[name]!;
  if (floatingIp !== undefined) return floatingIp;
  const unsaid = own === undefined && Object.values(groups).every((group) => group.floatingIp === undefined);
  return unsaid && name === Object.keys(groups)[0] ? ['new'] : false;
}

/** The first group with a public address lets people in, where no group has been given that role. */
function withEntry(sections: readonly GroupSection[], bastioned: boolean): readonly GroupSection[] {
  if (bastioned || sections.some(({ roles }) => roles.includes(bastion))) return sections;
  const entry = sections.find(({ floatingIp }) => givesFloatingIp(floatingIp));
  return sections.map((each) => (each === entry ? { ...each, roles: [node, bastion, ...each.roles.slice(1)] } : each));
}

/** Nova takes 65,535 bytes of user data in base64. */
const USER_DATA_BYTES = (65_535 / 4) * 3;

function userDataOf({ cloudInit }: ClusterGroupSpec, path: string, issues: PlanIssue[]): string | undefined {
  if (cloudInit === undefined) return undefined;
  try {
    const text = readFileSync(cloudInit, 'utf8');
    if (Buffer.byteLength(text) <= USER_DATA_BYTES) return text;
    issues.push({ path, message: `${cloudInit} is too long: Nova takes at most 48 KiB of user data` });
  } catch (error) {
    const message = `${cloudInit} can't be read (${(error as NodeJS.ErrnoException).code}): give its path from the project folder`;
    issues.push({ path, message });
  }
  return undefined;
}

function namesOf({ hostname, fqdn = {} }: ClusterGroupSpec): NodeNamesPlan | undefined {
  const names = {
    ...(hostname !== undefined && { hostname }),
    ...(fqdn.private !== undefined && { privateFqdn: fqdn.private }),
    ...(fqdn.public !== undefined && { publicFqdn: fqdn.public }),
  };
  return Object.keys(names).length > 0 ? names : undefined;
}

function virtualIpOf({ virtualIp = false }: ClusterGroupSpec): VirtualIpPlan | undefined {
  if (virtualIp === false) return undefined;
  const { address, floatingIp = false } = virtualIp === true ? {} : virtualIp;
  return {
    ...(address !== undefined && { address }),
    floatingIp: typeof floatingIp === 'string' ? { existing: floatingIp } : floatingIp ? 'new' : 'none',
  };
}
