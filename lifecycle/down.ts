import { removeSshConfig } from '../configure/ssh-config';
import { hostNames } from '../plan/cluster-plan';
import type { Environment } from '../plan/load-environments';
import { ApplyMark } from './_apply-mark';
import { clearStrays } from './_clear-strays';
import { ConfiguredRecord } from './_configured-record';
import { destroyStack, planDestruction } from './_destroy';
import { beyondReview, changedChanges, changedState } from './_plan-differences';
import { refuseWhileUsed } from './common-users';
import { InterruptedError, RefusedError, StalePlanError } from './errors';
import { recorded } from './events';
import { type SavedPlan, SavedPlans } from './saved-plan';
import type { StackPlan, Terraform } from './terraform';
import type { StateVersion } from './terraform-state';
import type { Workspace } from './workspace';

export interface DownResult {
  readonly environment: string;
  /** Resources of the cloud that were destroyed. */
  readonly destroyed: number;
  /** Servers of the environment's names that the cloud still has and no state of this project knows. */
  readonly leftovers: readonly string[];
}

export interface DownOptions {
  /** What has gone by itself since the plan was made is no difference to it. @default false */
  readonly goneIsFine?: boolean;
}

/**
 * Carries out the plan to destroy an environment that was reviewed, and forgets what was remembered of it; what an
 * interrupted run left is destroyed too. One that was begun and cut off is finished.
 * @throws {RefusedError} when there is no such plan, or another environment of the project stands on it
 * @throws {StalePlanError} when something else would be destroyed than was reviewed
 */
export async function down(workspace: Workspace, name: string, options: DownOptions = {}): Promise<DownResult> {
  return recorded(workspace, name, { verb: 'down' }, () => takeDown(workspace, name, options));
}

async function takeDown(workspace: Workspace, name: string, options: DownOptions): Promise<DownResult> {
  const environment = workspace.environment(name);
  await refuseWhileUsed(workspace, environment);
  const plans = new SavedPlans(workspace.memoryDir, name);
  const saved = plans.read('destroy');
  const terraform = await workspace.terraform(environment);
  const { resources, version } = await terraform.state();
  const mark = new ApplyMark(workspace.memoryDir, name);
  if (resources.length > 0 || mark.since) {
    if (!saved) throw notReviewed(name);
    const plan = options.goneIsFine ? undefined : await stillFits(terraform, saved, version, plans);
    plans.begin(saved);
    await destroyStack(terraform, {
      ...(plan && { plan }),
      check: ({ changes }) => refuse(name, beyondReview(saved.changes, changes)),
      beforeApply: () => clearStrays(workspace, environment, terraform),
      onProgress: workspace.options.onProgress,
    });
  }
  mark.clear();
  await workspace.inventory.remove(name);
  await workspace.secrets.removeAll(name);
  await removeSshConfig(workspace.memoryDir, name);
  new ConfiguredRecord(workspace.memoryDir, name).remove();
  plans.removeAll();
  return { environment: name, destroyed: resources.length, leftovers: await leftovers(workspace, environment) };
}

function notReviewed(name: string): RefusedError {
  return new RefusedError(
    `refused: "firesteel down ${name}" carries out a plan that was reviewed, and there is none: "firesteel plan ${name} --to destroy" makes one and shows it`,
  );
}

/** @returns the reviewed plan itself; undefined where it was begun, and the rest of it has to be planned anew */
async function stillFits(
  terraform: Terraform,
  saved: SavedPlan,
  version: StateVersion | undefined,
  plans: SavedPlans,
): Promise<StackPlan | undefined> {
  if (saved.begun !== undefined) return undefined;
  refuse(saved.environment, changedState(saved, version));
  const fresh = await planDestruction(terraform);
  terraform.discard(fresh);
  refuse(saved.environment, changedChanges(saved.changes, fresh.changes));
  const { empty, changes, drift } = saved;
  return { empty, changes, drift, outputs: {}, file: plans.file('destroy'), kept: true };
}

function refuse(environment: string, differences: readonly string[]): void {
  if (differences.length > 0) throw new StalePlanError(environment, 'destroy', differences);
}

/** A run that was killed while a server was being made can leave one that no state knows. */
async function leftovers(workspace: Workspace, environment: Environment): Promise<string[]> {
  if (environment.kind === 'common') return [];
  const names = hostNames(environment.plan);
  try {
    const clouds = await workspace.clouds(environment);
    const found = await Promise.all(clouds.map(({ compute }) => compute.servers({ name: `^${environment.name}-` })));
    const servers = new Map(found.flat().map((server) => [server.id, server]));
    return [...servers.values()]
      .filter((server) => names.has(server.name))
      .map(({ name, id }) => `server ${name} (${id})`);
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
