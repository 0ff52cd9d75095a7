import type { ClusterGroupSpec, ClusterSpec } from './cluster-spec';

/**
 * A cluster's spec with something made of each of its groups, those of its region templates too.
 * @param path where the group stands, e.g. `regionTemplates.site.groups.web`
 */
export function mapGroups(
  spec: ClusterSpec,
  change: (group: ClusterGroupSpec, path: string) => ClusterGroupSpec,
): ClusterSpec {
  const all = (groups: ClusterSpec['groups'], section: string) =>
    Object.fromEntries(Object.entries(groups).map(([name, group]) => [name, change(group, `${section}.${name}`)]));
  const templates = Object.entries(spec.regionTemplates ?? {}).map(([name, template]) => [
    name,
    { ...template, groups: all(template.groups, `regionTemplates.${name}.groups`) },
  ]);
  return {
    ...spec,
    groups: all(spec.groups, 'groups'),
    ...(templates.length > 0 && { regionTemplates: Object.fromEntries(templates) }),
  };
}
