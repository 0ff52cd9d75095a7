import type { ClusterPlan, CommonPlan } from './cluster-plan';

/** The cluster's plan with what its common environment says about logging in. */
export function joinCommon(plan: ClusterPlan, common: CommonPlan): ClusterPlan {
  const ssh = { user: common.ssh.user ?? plan.settings.ssh.user, authorizedKeys: common.ssh.authorizedKeys };
  return { ...plan, settings: { ...plan.settings, ssh } };
}
