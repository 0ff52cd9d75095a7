import type { NodeNamesPlan } from './cluster-plan';
import { NUMBER_GAP } from './node-names';
import type { PlanIssue } from './plan-error';

/** A section, as far as the names of its nodes go. */
export interface NamedSection {
  readonly path: string;
  readonly count: number;
  readonly names?: NodeNamesPlan;
}

const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const PATHS = { hostname: 'hostname', privateFqdn: 'fqdn.private', publicFqdn: 'fqdn.public' } as const;

/**
 * What is wrong with the names that sections give to their nodes: no name is had by two.
 * @param split whether a node may be called alike inside and outside
 */
export function nodeNameIssues(sections: readonly NamedSection[], split = false): PlanIssue[] {
  const taken = new Map<string, string>();
  return sections.flatMap(({ path, count, names = {} }) => {
    return Object.entries(PATHS).flatMap(([key, at]): PlanIssue[] => {
      const pattern = names[key as keyof NodeNamesPlan];
      if (pattern === undefined) return [];
      const alike = split && key === 'publicFqdn' && pattern === names.privateFqdn;
      const wrong = wrongPattern(pattern, key, count) ?? (alike ? undefined : clash(pattern, `${path}.${at}`, taken));
      taken.set(pattern, `${path}.${at}`);
      return wrong === undefined ? [] : [{ path: `${path}.${at}`, message: `"${pattern}" ${wrong}` }];
    });
  });
}

function wrongPattern(pattern: string, key: string, count: number): string | undefined {
  if (count > 1 && !pattern.includes(NUMBER_GAP))
    return `is one name for ${count} nodes: put their number into it as ${NUMBER_GAP}`;
  const labels = pattern.replaceAll(NUMBER_GAP, '0').split('.');
  if (key === 'hostname' && labels.length > 1) return 'has dots: a host name is one label, and fqdn has the rest';
  if (key !== 'hostname' && labels.length < 2) return 'has no dots: write it like spark-{n}.example.org';
  const bad = labels.find((label) => !LABEL.test(label));
  return bad === undefined ? undefined : `is no name: "${bad}" must be lower-case letters, digits and hyphens`;
}

function clash(pattern: string, path: string, taken: ReadonlyMap<string, string>): string | undefined {
  const other = taken.get(pattern);
  return other !== undefined && other !== path ? `is given at ${other} already: give another` : undefined;
}
