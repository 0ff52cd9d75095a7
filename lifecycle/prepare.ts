import { checkCloud, preflightRequest } from './check-cloud';
import type { CheckRequest } from './check-requests';
import { PreflightError } from './errors';
import type { StackAndState } from './missing-resources';
import type { Terraform } from './terraform';
import type { Workspace } from './workspace';

/** Whatever can be known to be wrong is known before anything is made. @throws {PreflightError | TerraformError} */
export async function prepare(
  workspace: Workspace,
  requests: readonly CheckRequest[],
  terraforms: readonly Terraform[],
): Promise<void> {
  const checking = checkAll(workspace, requests.filter(isWorthAsking));
  checking.catch(() => undefined); // told where it is awaited
  // One after the other: a plug-in cache of Terraform's is not made for two at once.
  for (const terraform of terraforms) await terraform.init();
  await checking;
}

/** @throws {PreflightError} with what is wrong in all regions */
async function checkAll(workspace: Workspace, requests: readonly CheckRequest[]): Promise<void> {
  const results = await Promise.allSettled(requests.map((request) => checkCloud(workspace, request)));
  const errors = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as Error] : []));
  const other = errors.find((error) => !(error instanceof PreflightError));
  if (other) throw other;
  const found = errors as PreflightError[];
  const [first] = found;
  if (!first) return;
  const tables = found.map(({ quotaTable }) => quotaTable).filter((table) => table !== '');
  throw new PreflightError(
    first.environment,
    found.flatMap(({ problems }) => problems),
    tables.join('\n\n'),
  );
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
