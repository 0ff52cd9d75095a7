import type { ClusterPlan, CommonPlan } from './cluster-plan';

/**
 * The cluster's plan with what its common environments say about logging in.
 * @param commons in the order of its regions; the first that names a login names that of all
 */
export function joinCommon(plan: ClusterPlan, commons: readonly CommonPlan[]): ClusterPlan {
  const user = commons.find((common) => common.ssh.user !== undefined)?.ssh.user ?? plan.settings.ssh.user;
  const authorizedKeys = [...new Set(commons.flatMap((common) => common.ssh.authorizedKeys))];
  return { ...plan, settings: { ...plan.settings, ssh: { user, authorizedKeys } } };
}
