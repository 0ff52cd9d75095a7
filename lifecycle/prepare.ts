import { type CheckRequest, checkCloud, preflightRequest } from './check-cloud';
import type { StackAndState } from './missing-resources';
import type { Terraform } from './terraform';
import type { Workspace } from './workspace';

/** Whatever can be known to be wrong is known before anything is made. @throws {PreflightError | TerraformError} */
export async function prepare(
  workspace: Workspace,
  request: CheckRequest,
  terraforms: readonly Terraform[],
): Promise<void> {
  const checking = isWorthAsking(request) ? checkCloud(workspace, request) : undefined;
  checking?.catch(() => undefined); // told where it is awaited
  // One after the other: a plug-in cache of Terraform's is not made for two at once.
  for (const terraform of terraforms) await terraform.init();
  await checking;
}

export async function withState(terraform: Terraform): Promise<StackAndState> {
  return { stack: terraform.stack, state: await terraform.state() };
}

/** Something is new; or addresses are chosen by hand, which may be somebody else's by now. */
function isWorthAsking(request: CheckRequest): boolean {
  const { servers, needs = {}, addresses } = preflightRequest(request);
  if (addresses) return true;
  return servers.some(({ count }) => count > 0) || Object.values(needs).some((count) => (count ?? 0) > 0);
}
