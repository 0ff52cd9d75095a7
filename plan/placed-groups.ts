import { didYouMean } from './_suggest';
import type { RegionPlan } from './cluster-plan';
import type { ClusterGroupSpec, ClusterSpec } from './cluster-spec';
import type { PlanIssue } from './plan-error';
import type { RegionSpec } from './region-spec';
import { type ScalableGroup, scalable } from './scalable-group';

/** A group as it is to be in one region, whether the plan says it there or in a region template. */
export interface PlacedGroup {
  /** Of the group in the cluster; one of a template has its region's prefix before it. */
  readonly name: string;
  /** Where it stands, e.g. `regionTemplates.site.groups.web`. */
  readonly path: string;
  readonly spec: ClusterGroupSpec;
  /** The cloud's name; absent in a cluster that is in one region. */
  readonly region?: string;
  /** Where the number of its nodes is, or may be, said. */
  readonly scalable: ScalableGroup;
}

/** Stands for a region's prefix in the names that a template gives to nodes. */
const REGION_GAP = '{region}';

/** All groups of a cluster, those of the templates once for each region that has them. */
export function placedGroups(spec: ClusterSpec): readonly PlacedGroup[] {
  const regions = Object.entries(spec.regions ?? {});
  const own = Object.entries(spec.groups).map(([name, group]): PlacedGroup => {
    const { region } = group;
    const placed = { name, path: `groups.${name}`, spec: group, scalable: scalable(name, ['groups', name]) };
    return { ...placed, ...(regions.length > 0 && region !== undefined && { region }) };
  });
  return [...own, ...regions.flatMap(([name, region]) => fromTemplates(name, region, spec))];
}

/** Of a cluster that says in which regions it is. */
export function regionPlans({ regions }: ClusterSpec): readonly RegionPlan[] | undefined {
  return regions && Object.entries(regions).map(([name, { common }]) => ({ name, common }));
}

/** What is wrong with regions, templates, and where groups are said to be. */
export function regionIssues(spec: ClusterSpec): PlanIssue[] {
  const { regions, regionTemplates = {}, groups } = spec;
  const known = Object.keys(regions ?? {});
  if (!regions) return withoutRegions(spec);
  const placed = placedGroups(spec);
  return [
    ...(known.length === 0 ? [{ path: 'regions', message: 'names no region: leave it out, or name one' }] : []),
    ...(spec.region === undefined ? [] : [{ path: 'region', message: 'stands beside "regions": keep one of them' }]),
    ...((spec.common ?? 'common') === 'common' ? [] : [{ path: 'common', message: OWN_COMMONS }]),
    ...(spec.bastion === undefined ? [] : [{ path: 'bastion', message: NO_BASTION }]),
    ...Object.entries(groups).flatMap(([name, { region }]) => placeIssues(`groups.${name}`, region, known)),
    ...Object.entries(regionTemplates).flatMap(([name, template]) => templateIssues(name, template.groups, regions)),
    ...Object.entries(regions).flatMap(([name, region]) => regionOf(name, region, spec)),
    ...known
      .filter((name) => !placed.some(({ region }) => region === name))
      .map((name) => ({ path: `regions.${name}`, message: 'has no groups: name a template, or give it some' })),
    ...twice(placed),
  ];
}

const OWN_COMMONS = 'stands beside "regions", each of which names its own: leave it out';
const NO_BASTION =
  'is one node in one region: with "regions", give a group in each of them floatingIp, or the role bastion';

function withoutRegions({ groups, regionTemplates }: ClusterSpec): PlanIssue[] {
  const issues = Object.entries(groups)
    .filter(([, { region }]) => region !== undefined)
    .map(([name, { region }]) => ({
      path: `groups.${name}.region`,
      message: `"${region}" is none of this plan's: list it under "regions", or say "region: ${region}" at the top`,
    }));
  if (Object.keys(regionTemplates ?? {}).length === 0) return issues;
  return [...issues, { path: 'regionTemplates', message: 'is used by no region: name it under "regions"' }];
}

function placeIssues(path: string, region: string | undefined, known: readonly string[]): PlanIssue[] {
  if (region === undefined) return [{ path, message: `has no region: say "region:", one of ${known.join(', ')}` }];
  if (known.includes(region)) return [];
  const message = `no region "${region}"${didYouMean(region, known)}: there are ${known.join(', ')}`;
  return [{ path: `${path}.region`, message }];
}

function templateIssues(
  name: string,
  groups: ClusterSpec['groups'],
  regions: NonNullable<ClusterSpec['regions']>,
): PlanIssue[] {
  const path = `regionTemplates.${name}`;
  const used = Object.values(regions).some(({ templates = [] }) => templates.includes(name));
  return [
    ...(used ? [] : [{ path, message: 'is used by no region: name it there under "templates"' }]),
    ...Object.entries(groups)
      .filter(([, { region }]) => region !== undefined)
      .map(([group]) => ({
        path: `${path}.groups.${group}.region`,
        message: 'is said by the regions that use the template: leave it out',
      })),
  ];
}

function regionOf(
  name: string,
  { templates = [], groups = {} }: RegionSpec,
  { regionTemplates = {} }: ClusterSpec,
): PlanIssue[] {
  const known = Object.keys(regionTemplates);
  const inTemplates = templates.flatMap((template) => Object.keys(regionTemplates[template]?.groups ?? {}));
  const allowed = known.length > 0 ? `there are ${known.join(', ')}` : 'the plan has no "regionTemplates"';
  return [
    ...templates.flatMap((template, index) => {
      if (known.includes(template)) return [];
      const message = `no region template "${template}"${didYouMean(template, known)}: ${allowed}`;
      return [{ path: `regions.${name}.templates.${index}`, message }];
    }),
    ...Object.keys(groups).flatMap((group) => {
      if (inTemplates.includes(group)) return [];
      const has = inTemplates.length > 0 ? `they have ${inTemplates.join(', ')}` : 'it has none';
      const message = `no group "${group}" in the templates of the region${didYouMean(group, inTemplates)}: ${has}`;
      return [{ path: `regions.${name}.groups.${group}`, message }];
    }),
  ];
}

function twice(placed: readonly PlacedGroup[]): PlanIssue[] {
  return placed.flatMap(({ name, path, region }, index): PlanIssue[] => {
    const other = placed.slice(0, index).find((earlier) => earlier.name === name);
    if (!other) return [];
    const message = `makes a second group "${name}" in ${region ?? 'the cluster'}: give the region another prefix`;
    return [{ path: region === undefined ? path : `regions.${region}`, message }];
  });
}

function fromTemplates(
  region: string,
  { templates = [], prefix = shortOf(region), groups: changes = {} }: RegionSpec,
  { regionTemplates = {} }: ClusterSpec,
): PlacedGroup[] {
  return templates.flatMap((template) =>
    Object.entries(regionTemplates[template]?.groups ?? {}).map(([group, spec]): PlacedGroup => {
      const name = `${prefix}${group}`;
      return {
        ...{ name, region, path: `regionTemplates.${template}.groups.${group}` },
        spec: { ...named(spec, prefix), ...changes[group] },
        scalable: { ...scalable(name, ['regions', region, 'groups', group]), lists: [] },
      };
    }),
  );
}

/** `us-east` → `useast`. */
function shortOf(region: string): string {
  return region.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
}

function named(spec: ClusterGroupSpec, prefix: string): ClusterGroupSpec {
  const fill = (pattern: string): string => pattern.replaceAll(REGION_GAP, prefix);
  const { hostname, fqdn } = spec;
  const { private: inside, public: outside } = fqdn ?? {};
  return {
    ...spec,
    ...(hostname !== undefined && { hostname: fill(hostname) }),
    ...(fqdn && {
      fqdn: {
        ...(inside !== undefined && { private: fill(inside) }),
        ...(outside !== undefined && { public: fill(outside) }),
      },
    }),
  };
}
