import type { Settings } from '../roles/settings';
import { dnsClashes, dnsIssues } from './_dns-issues';
import { type GroupSection, nodeGroups, sectionIssues } from './_group-sections';
import { isName, NAME_RULE } from './_names';
import { settingsOf, timeoutsOf } from './_software';
import type { BaseSpec } from './base-spec';
import type { ClusterPlan, RegionPlan } from './cluster-plan';
import { dnsPlan } from './dns-plan';
import { withDnsNames } from './dns-records';
import type { NodeRegister } from './node-register';
import { PlanError, type PlanIssue } from './plan-error';
import { stateIssues } from './state-issues';

/** What a kind of cluster makes of what the user wrote. */
export interface Assembly {
  readonly sections: readonly GroupSection[];
  /** What the plan says of single roles, by their names. */
  readonly roleSettings?: Settings['roles'];
  /** Of a cluster that is in several. */
  readonly regions?: readonly RegionPlan[];
  /** What is wrong that only the kind knows of. */
  readonly issues: readonly PlanIssue[];
}

/**
 * The cluster plan of any kind.
 * @param register which nodes exist already
 * @throws {PlanError} for every thing that is wrong, with its path
 */
export function assemble(name: string, base: BaseSpec, assembly: Assembly, register: NodeRegister): ClusterPlan {
  const { sections, roleSettings = {}, regions } = assembly;
  const { common = 'common' } = base;
  const commons = regions?.map((region) => region.common) ?? [common];
  const issues: PlanIssue[] = [];
  if (!isName(name)) issues.push({ path: '', message: `"${name}" can't be an environment's name: ${NAME_RULE}` });
  issues.push(...assembly.issues);
  const settings = settingsOf(base, roleSettings, issues);
  const dns = dnsPlan(base.dns);
  const groups = nodeGroups(sections, base, register).map((group) => (dns ? withDnsNames(name, group, dns) : group));
  issues.push(...sectionIssues({ name, commons }, sections, base, groups), ...stateIssues(base.state, name));
  issues.push(...dnsIssues(dns, sections));
  if (dns && issues.length === 0) issues.push(...dnsClashes({ name, groups, dns }, sections));
  if (issues.length > 0) throw new PlanError(unique(issues));
  return {
    name,
    ...(base.cloud !== undefined && { cloud: base.cloud }),
    ...(base.region !== undefined && { region: base.region }),
    common: commons[0] ?? common,
    ...(regions && { regions }),
    groups,
    ...(dns && { dns }),
    settings,
    hostKeys: base.hostKeys ?? {},
    timeouts: timeoutsOf(base),
    ...(base.state !== undefined && { state: base.state }),
  };
}

/** What is wrong with a region template is so in each of its regions. */
function unique(issues: readonly PlanIssue[]): readonly PlanIssue[] {
  return [...new Map(issues.map((issue) => [JSON.stringify(issue), issue])).values()];
}
