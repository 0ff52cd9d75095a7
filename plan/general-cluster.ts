import { readFileSync } from 'node:fs';
import { findRole } from '../roles';
import { bastion } from '../roles/bastion';
import { node } from '../roles/node';
import type { Role } from '../roles/role';
import { assemble } from './_assemble';
import { bastionSection, type GroupSection } from './_group-sections';
import { loadBalancerIssues, octaviaPlans, withHaproxyFrontends } from './_load-balancers';
import { givesFloatingIp } from './_node-addresses';
import { roleIssues } from './_role-issues';
import { withSteps } from './_steps';
import { type ClusterPlan, MIRRORS, type NodeNamesPlan, type VirtualIpPlan } from './cluster-plan';
import type { ClusterGroupSpec, ClusterSpec } from './cluster-spec';
import { EMPTY_REGISTER, type NodeRegister } from './node-register';
import { type PlacedGroup, placedGroups, regionIssues, regionPlans } from './placed-groups';
import type { PlanIssue } from './plan-error';
import type { ScalableGroups } from './scalable-group';

/** Short enough that `<environment>-<group>-<number>` is a host name. */
const GROUP_NAME = /^[a-z][a-z0-9]{0,15}$/;

/**
 * The cluster plan of any software.
 * @param register which nodes exist already; absent: the first `count` of each group
 * @throws {PlanError} for every thing that is wrong, with its path
 */
export function clusterPlan(name: string, said: ClusterSpec, register: NodeRegister = EMPTY_REGISTER): ClusterPlan {
  const spec = withHaproxyFrontends(said);
  const issues = regionIssues(spec);
  const regions = regionPlans(spec);
  const sections = sectionsOf(spec, issues);
  const roles = new Set(sections.flatMap((each) => each.roles.map((role) => role.name)));
  issues.push(...loadBalancerIssues(spec, roles), ...roleIssues(sections, spec));
  const roleSettings = spec.settings ?? {};
  const plan = assemble(name, spec, { sections, roleSettings, issues, ...(regions && { regions }) }, register);
  const loadBalancers = octaviaPlans(spec);
  return loadBalancers.length > 0 ? { ...plan, loadBalancers } : plan;
}

/** What of the cluster can be made more or fewer: every group, by its name. */
export function clusterScalable(spec: ClusterSpec): ScalableGroups {
  return Object.fromEntries(placedGroups(spec).map(({ name, scalable }) => [name, scalable]));
}

function sectionsOf(spec: ClusterSpec, issues: PlanIssue[]): readonly GroupSection[] {
  const placed = placedGroups(spec);
  if (placed.length === 0) issues.push({ path: 'groups', message: 'has no groups: a cluster has at least one' });
  const bastions = spec.bastion ? [bastionSection(spec.bastion)] : [];
  const regions = [...new Set(placed.map(({ region }) => region))];
  const own = regions.flatMap((region) => {
    const here = placed.filter((each) => each.region === region);
    const sections = here.map((group) => section(group, floatingIpOf(group, here, spec), issues));
    return withEntry(sections, bastions.length > 0);
  });
  const specs = new Map(placed.map(({ name, spec: group }) => [name, group]));
  return withSteps([...bastions, ...own], ({ name }) => specs.get(name)?.steps ?? {}, issues);
}

function section(
  { name, path, spec: group, region }: PlacedGroup,
  floatingIp: GroupSection['floatingIp'],
  issues: PlanIssue[],
): GroupSection {
  if (!GROUP_NAME.test(name) || name === 'bastion' || name === MIRRORS) issues.push({ path, message: wrongName(name) });
  const roles = (group.roles ?? []).flatMap((role, index) => roleAt(role, `${path}.roles.${index}`, issues));
  const { tags = [], publicPorts = [] } = group;
  const names = namesOf(group);
  const virtualIp = virtualIpOf(group);
  const userData = userDataOf(group, `${path}.cloudInit`, issues);
  return {
    ...{ path, name, count: group.count ?? 1, floatingIp, spec: group },
    ...(region !== undefined && { region }),
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

/** Somebody has to get in: where nothing is said of it, the first node of a region's first group has a public address. */
function floatingIpOf(
  group: PlacedGroup,
  region: readonly PlacedGroup[],
  { bastion: own }: ClusterSpec,
): GroupSection['floatingIp'] {
  const { floatingIp } = group.spec;
  if (floatingIp !== undefined) return floatingIp;
  const unsaid = own === undefined && region.every(({ spec }) => spec.floatingIp === undefined);
  return unsaid && group === region[0] ? ['new'] : false;
}

/** The first group of a region with a public address lets people in, where no group has been given that role. */
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

function namesOf({ hostname, fqdn }: Pick<ClusterGroupSpec, 'hostname' | 'fqdn'>): NodeNamesPlan | undefined {
  const names = { ...(hostname !== undefined && { hostname }), ...fullNames(fqdn) };
  return Object.keys(names).length > 0 ? names : undefined;
}

function fullNames(fqdn: NonNullable<ClusterGroupSpec['fqdn']> = {}): Omit<NodeNamesPlan, 'hostname'> {
  return {
    ...(fqdn.private !== undefined && { privateFqdn: fqdn.private }),
    ...(fqdn.public !== undefined && { publicFqdn: fqdn.public }),
  };
}

function virtualIpOf({ virtualIp = false }: ClusterGroupSpec): VirtualIpPlan | undefined {
  if (virtualIp === false) return undefined;
  const { address, floatingIp = false, fqdn } = virtualIp === true ? {} : virtualIp;
  return {
    ...(address !== undefined && { address }),
    floatingIp: typeof floatingIp === 'string' ? { existing: floatingIp } : floatingIp ? 'new' : 'none',
    ...(fqdn && { names: fullNames(fqdn) }),
  };
}
