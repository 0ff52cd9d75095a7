import { readFileSync } from 'node:fs';
import type { Role } from '../roles/role';
import { MOMENTS, type Moment, type Step, stepsRole } from '../roles/steps';
import type { GroupSection } from './_group-sections';
import type { PlanIssue } from './plan-error';
import type { StepSpec, StepsSpec } from './steps-spec';

/** Moments that come after one another; each begins when all of the one before is well. */
const ORDER: readonly Moment[] = ['clusterStarted', 'regionReady', 'planReady'];

/**
 * The sections with a role for every moment at which a group has steps: services start after `clusterStarting`, and what
 * comes after all services waits for them.
 * @param issues takes files that can't be read
 */
export function withSteps(
  sections: readonly GroupSection[],
  stepsOf: (section: GroupSection) => StepsSpec,
  issues: PlanIssue[],
): readonly GroupSection[] {
  const given = sections.map((section) => ({ section, steps: read(section, stepsOf(section), issues) }));
  const rolesAt = (moment: Moment, after: readonly string[]) =>
    given.flatMap(({ section, steps }) => {
      const own = steps.get(moment);
      return own ? [{ section, role: stepsRole(section.name, moment, own, after) }] : [];
    });
  const early = (['firstBoot', 'everyBoot'] as const).flatMap((moment) => rolesAt(moment, []));
  const starting = rolesAt('clusterStarting', []);
  const waiting = starting.map(({ role }) => role.name);
  const services = new Set(sections.flatMap(({ roles }) => roles.filter(isService).map(({ name }) => name)));
  let done: readonly string[] = [...services];
  const late = ORDER.flatMap((moment) => {
    const roles = rolesAt(moment, done).map(({ section, role }) => ({ section, role: reaching(moment, role) }));
    if (roles.length > 0) done = [...done, ...roles.map(({ role }) => role.name)];
    return roles;
  });
  const extra = [...early, ...starting, ...late];
  if (extra.length === 0) return sections;
  return sections.map((section) => ({
    ...section,
    roles: [
      ...section.roles.map((role) => waitFor(role, waiting)),
      ...extra.filter((each) => each.section === section).map(({ role }) => role),
    ],
  }));
}

/** What waits for all regions does not begin when its own is well. */
function reaching(moment: Moment, role: Role): Role {
  return moment === 'regionReady' ? role : { ...role, everywhere: true };
}

function isService({ start }: Role): boolean {
  return start !== undefined;
}

function waitFor(role: Role, names: readonly string[]): Role {
  return isService(role) && names.length > 0 ? { ...role, after: [...(role.after ?? []), ...names] } : role;
}

function read({ path }: GroupSection, spec: StepsSpec, issues: PlanIssue[]): ReadonlyMap<Moment, readonly Step[]> {
  const moments = Object.keys(MOMENTS) as Moment[];
  const steps = moments.map((moment): [Moment, readonly Step[]] => [
    moment,
    (spec[moment] ?? []).flatMap((step, index) => readStep(step, `${path}.steps.${moment}.${index}`, issues)),
  ]);
  return new Map(steps.filter(([, each]) => each.length > 0));
}

function readStep(step: StepSpec, path: string, issues: PlanIssue[]): readonly Step[] {
  const parameters = Object.fromEntries(Object.entries(step.with ?? {}).map(([key, value]) => [key, String(value)]));
  if ('run' in step) return [{ script: step.run, parameters }];
  try {
    return [{ script: readFileSync(step.script, 'utf8'), parameters }];
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'is not there' : (error as Error).message;
    issues.push({
      path: `${path}.script`,
      message: `${step.script} ${reason}: give its path from the project folder, as ./scripts/tune.sh`,
    });
    return [];
  }
}
