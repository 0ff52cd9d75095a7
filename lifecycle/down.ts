import { removeSshConfig } from '../configure/ssh-config';
import { hostNames } from '../plan/cluster-plan';
import type { Environment } from '../plan/load-environments';
import { ApplyMark } from './_apply-mark';
import { clearStrays } from './_clear-strays';
import { destroyStack } from './_destroy';
import { noun } from './_resource-nouns';
import { InterruptedError, RefusedError } from './errors';
import { deployedEnvironments } from './list-environments';
import type { StateResource } from './terraform-state';
import type { Workspace } from './workspace';

export interface DownOptions {
  /**
   * Asks the user, with what will be lost; false leaves everything as it is.
   * @default - destroys without asking
   */
  readonly confirm?: (losses: string) => Promise<boolean>;
}

export interface DownResult {
  readonly environment: string;
  /** Resources of the cloud that were destroyed. */
  readonly destroyed: number;
  /** Servers of the environment's names that the cloud still has and no state of this project knows. */
  readonly leftovers: readonly string[];
}

/**
 * Destroys everything that an environment has in the cloud, and forgets what was remembered of it; what an interrupted
 * run left is destroyed too.
 * @throws {RefusedError} when another environment of the project stands on it, or `confirm` says no
 */
export async function down(workspace: Workspace, name: string, options: DownOptions = {}): Promise<DownResult> {
  const environment = workspace.environment(name);
  refuseWhileUsed(workspace, environment);
  const terraform = await workspace.terraform(environment);
  const { resources } = await terraform.state();
  const mark = new ApplyMark(workspace.memoryDir, name);
  if (resources.length > 0) await confirmed(name, resources, options);
  if (resources.length > 0 || mark.since) {
    await destroyStack(terraform, {
      beforeApply: () => clearStrays(workspace, environment, terraform),
      onProgress: workspace.options.onProgress,
    });
  }
  mark.clear();
  await workspace.inventory.remove(name);
  await workspace.secrets.removeAll(name);
  await removeSshConfig(workspace.memoryDir, name);
  return { environment: name, destroyed: resources.length, leftovers: await leftovers(workspace, environment) };
}

async function confirmed(name: string, resources: readonly StateResource[], { confirm }: DownOptions): Promise<void> {
  if (!confirm || (await confirm(`This destroys ${name}: ${countByNoun(resources)}.`))) return;
  throw new RefusedError(`refused: that is not the name; ${name} stays as it is`);
}

function refuseWhileUsed(workspace: Workspace, environment: Environment): void {
  if (environment.kind !== 'common') return;
  const users = deployedEnvironments(workspace.projectDir).filter(
    (name) => name !== environment.name && mayUse(workspace, name, environment.name),
  );
  if (users.length === 0) return;
  throw new RefusedError(
    `refused: ${environment.name} is what ${users.join(', ')} ${users.length === 1 ? 'stands' : 'stand'} on, and still deployed: first ${users
      .map((user) => `"firesteel down ${user}"`)
      .join(', ')}`,
  );
}

/** In doubt (its file is gone or broken) it does. */
function mayUse(workspace: Workspace, name: string, common: string): boolean {
  try {
    const other = workspace.environment(name);
    return other.kind === 'cluster' && other.plan.common === common;
  } catch {
    return true;
  }
}

function countByNoun(resources: readonly StateResource[]): string {
  const counts = new Map<string, number>();
  for (const { type } of resources) counts.set(noun(type), (counts.get(noun(type)) ?? 0) + 1);
  const order = [...counts].sort(([a], [b]) => Number(b === 'server') - Number(a === 'server') || a.localeCompare(b));
  return order.map(([what, count]) => `${count} ${what}${count === 1 ? '' : 's'}`).join(', ');
}

/** A run that was killed while a server was being made can leave one that no state knows. */
async function leftovers(workspace: Workspace, environment: Environment): Promise<string[]> {
  if (environment.kind === 'common') return [];
  const names = hostNames(environment.plan);
  try {
    const cloud = await workspace.cloud(environment);
    const servers = await cloud.compute.servers({ name: `^${environment.name}-` });
    return servers.filter((server) => names.has(server.name)).map(({ name, id }) => `server ${name} (${id})`);
  } catch (error) {
    if (workspace.options.signal?.aborted) throw new InterruptedError();
    workspace.options.onProgress?.({
      subject: environment.name,
      phase: 'down',
      state: 'warn',
      text: `whether servers were left behind could not be found out: ${(error as Error).message}`,
    });
    return [];
  }
}
