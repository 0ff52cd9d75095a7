import type { ClusterOutput } from '../plan/cluster-output';
import type { ClusterPlan } from '../plan/cluster-plan';
import { infrastructureDigest } from '../plan/digest';

/** The plan is not the one that is deployed: what stands there could not become what it says. */
export class PlanMismatchError extends Error {
  constructor(readonly environment: string) {
    super(
      `${environment}: what is deployed is not what the plan says: environments/${environment}.yaml, its node register or the ` +
        `ports of a role have changed since. Next: deploy it with \`firesteel up ${environment}\` or \`npx cdktf deploy ` +
        `${environment}\`, or take the change back. Nothing was changed.`,
    );
    this.name = 'PlanMismatchError';
  }
}

/** @throws {PlanMismatchError} when servers, networks or ports would have to change first */
export function refuseOtherPlan(plan: ClusterPlan, output: ClusterOutput): void {
  if (output.environment !== plan.name || output.planDigest !== infrastructureDigest(plan)) {
    throw new PlanMismatchError(plan.name);
  }
}
