import type { QuotaRow } from '../cloud/quota';
import type { Environment } from '../plan/load-environments';
import { checkCloud } from './check-cloud';
import { checkRequests } from './check-requests';
import { UsageError } from './errors';
import { withState } from './prepare';
import type { Terraform } from './terraform';
import type { Workspace } from './workspace';

export interface ValidateOptions {
  /** Asks no cloud; the provider is still needed. @default false */
  readonly offline?: boolean;
}

export interface ValidatedEnvironment {
  readonly name: string;
  readonly kind: Environment['kind'];
  /** Resources in its Terraform configuration. */
  readonly resources: number;
  /** What is still to be made against what is free; absent when the cloud was not asked. */
  readonly quota?: readonly QuotaRow[];
}

/**
 * Checks environments from their files to the cloud's quota; changes nothing.
 * @param names @default - all of the project
 * @throws {PlanError | TerraformError | PreflightError | CloudError} for what is wrong
 */
export async function validate(
  workspace: Workspace,
  names: readonly string[] = [],
  { offline = false }: ValidateOptions = {},
): Promise<readonly ValidatedEnvironment[]> {
  const wanted = names.length > 0 ? [...new Set(names)] : workspace.environmentNames();
  if (wanted.length === 0) throw new UsageError('there are no environments yet: "firesteel init" writes them');
  const validated: ValidatedEnvironment[] = [];
  for (const environment of workspace.environments(wanted)) {
    const terraform = await workspace.terraform(environment, undefined, { login: !offline });
    await terraform.init();
    await terraform.validate();
    const { name, kind } = environment;
    const quota = offline ? undefined : await quotaOf(workspace, environment, terraform);
    validated.push({ name, kind, resources: countResources(terraform), ...(quota && { quota }) });
  }
  return validated;
}

async function quotaOf(
  workspace: Workspace,
  environment: Environment,
  terraform: Terraform,
): Promise<readonly QuotaRow[]> {
  const own = { stack: terraform.stack, state: await terraform.state() };
  if (environment.kind === 'common') {
    return (await checkCloud(workspace, { common: environment, stacks: [own] })).quota;
  }
  const cluster = workspace.join(environment);
  const bases = await Promise.all(cluster.commons.map(async (common) => withState(await workspace.terraform(common))));
  const requests = checkRequests(cluster, bases, own);
  const reports = await Promise.all(requests.map((request) => checkCloud(workspace, request)));
  return reports.flatMap(({ quota }) => quota);
}

function countResources({ stack }: Terraform): number {
  return Object.values(stack.config.resource ?? {}).reduce((sum, named) => sum + Object.keys(named).length, 0);
}
