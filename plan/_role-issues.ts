import { keepalived } from '../roles/keepalived/keepalived';
import { portsOf } from '../roles/ports';
import type { Role } from '../roles/role';
import type { Settings } from '../roles/settings';
import { wavesOf } from '../roles/start-waves';
import { byRegion, type GroupSection } from './_group-sections';
import { settingsOf } from './_software';
import { didYouMean } from './_suggest';
import type { ClusterSpec } from './cluster-spec';
import { misfits } from './misfits';
import type { PlanIssue } from './plan-error';

/** What is wrong with the roles that the groups of a plan have, and with what it says of them. */
export function roleIssues(sections: readonly GroupSection[], spec: ClusterSpec): PlanIssue[] {
  const roles = [...new Map(sections.flatMap((section) => section.roles).map((role) => [role.name, role])).values()];
  const wrong = settingIssues(roles, spec.settings ?? {});
  if (wrong.length > 0) return wrong;
  // What else is wrong with them is told by who makes the plan.
  const settings = settingsOf(spec, spec.settings ?? {}, []);
  return [
    ...orderIssues(sections),
    ...sections.flatMap((section) => portIssues(section, settings)),
    ...byRegion(sections)
      .flatMap((region) => misfits(region, settings, Object.keys(spec.regions ?? {})))
      .map(({ holder, message }) => ({ path: `${holder.path}.roles`, message })),
    ...sections.flatMap(virtualIpIssues),
  ];
}

/** Each role's part is held against the role's own schema. */
function settingIssues(roles: readonly Role[], settings: Readonly<Record<string, unknown>>): PlanIssue[] {
  return Object.entries(settings).flatMap(([name, value]): PlanIssue[] => {
    const role = roles.find((candidate) => candidate.name === name);
    if (!role?.settings) return [{ path: `settings.${name}`, message: noSettings(name, role, roles) }];
    const parsed = role.settings.safeParse(value ?? {});
    return (parsed.error?.issues ?? []).map(({ path, message }) => ({
      path: ['settings', name, ...path].join('.'),
      message,
    }));
  });
}

function noSettings(name: string, role: Role | undefined, roles: readonly Role[]): string {
  const names = roles.filter(({ settings }) => settings !== undefined).map((candidate) => candidate.name);
  const known =
    names.length > 0 ? `roles of this plan that have some: ${names.join(', ')}` : 'no role of this plan has some';
  if (role) return `the role ${name} has no settings; ${known}`;
  return `no group has a role "${name}"${didYouMean(name, names)}; ${known}`;
}

function orderIssues(sections: readonly GroupSection[]): PlanIssue[] {
  try {
    wavesOf(sections);
    return [];
  } catch (error) {
    return [{ path: 'groups', message: (error as Error).message }];
  }
}

/** A range is a pool whose users take the first that is free; a single port can be had by one service of a node only. */
function portIssues({ path, roles }: GroupSection, settings: Settings): PlanIssue[] {
  const taken = roles.flatMap((role) =>
    [...portsOf(role, settings), ...(role.pages ?? [])].flatMap((port) =>
      typeof port.port === 'number' ? [{ role: role.name, key: `${transport(port)} ${port.port}` }] : [],
    ),
  );
  return taken.flatMap(({ role, key }, index): PlanIssue[] => {
    const other = taken.slice(0, index).find((earlier) => earlier.key === key && earlier.role !== role);
    if (!other) return [];
    const message = `${other.role} and ${role} both listen on ${key}: put them on groups of their own`;
    return [{ path: `${path}.roles`, message }];
  });
}

function transport(port: object): string {
  return 'protocol' in port ? String(port.protocol ?? 'tcp') : 'tcp';
}

function virtualIpIssues({ path, roles, extras }: GroupSection): PlanIssue[] {
  const moves = roles.some(({ name }) => name === keepalived.name);
  if (moves === (extras?.virtualIp !== undefined)) return [];
  if (moves)
    return [
      {
        path: `${path}.roles`,
        message: 'keepalived moves a virtual IP, and the group has none: say "virtualIp: true"',
      },
    ];
  return [{ path: `${path}.virtualIp`, message: 'needs the role keepalived, which moves it from node to node' }];
}
