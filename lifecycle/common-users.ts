import { regionsOf } from '../plan/cluster-plan';
import type { Environment } from '../plan/load-environments';
import { InterruptedError, RefusedError } from './errors';
import { isDeployed, knownEnvironments } from './list-environments';
import type { Workspace } from './workspace';

/** @throws {RefusedError} naming the environments that stand on a common one and are still deployed, or may be */
export async function refuseWhileUsed(workspace: Workspace, environment: Environment): Promise<void> {
  if (environment.kind !== 'common') return;
  const others = knownEnvironments(workspace).filter(
    (name) => name !== environment.name && mayUse(workspace, name, environment.name),
  );
  const users: string[] = [];
  for (const name of others) if (await mustStand(workspace, name, environment.name)) users.push(name);
  if (users.length === 0) return;
  const first = users.map((user) => `"firesteel plan ${user} --to destroy" and "firesteel down ${user}"`).join(', ');
  throw new RefusedError(
    `refused: ${environment.name} is what ${users.join(', ')} ${users.length === 1 ? 'stands' : 'stand'} on, and still deployed: first ${first}`,
  );
}

/** @throws {RefusedError} when nobody can say whether it is deployed */
async function mustStand(workspace: Workspace, name: string, common: string): Promise<boolean> {
  try {
    return await isDeployed(workspace, name);
  } catch (error) {
    if (workspace.options.signal?.aborted) throw new InterruptedError();
    throw new RefusedError(
      `refused: ${name} stands on ${common}, and whether it is still deployed could not be found out: ${(error as Error).message}`,
    );
  }
}

/** In doubt (its file is gone or broken) it does. */
function mayUse(workspace: Workspace, name: string, common: string): boolean {
  try {
    const other = workspace.environment(name);
    return other.kind === 'cluster' && regionsOf(other.plan).some((region) => region.common === common);
  } catch {
    return true;
  }
}
