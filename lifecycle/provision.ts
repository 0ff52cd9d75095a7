import { plannedNodes } from '../plan/cluster-plan';
import { type ClusterProject, type ClusterSettings, NOTHING_CHANGED } from './cluster-project';
import { failedNodes } from './configure';
import type { Confirmation } from './confirmation';
import { findDeployed, tryDeployed } from './deployed';
import { recorded } from './events';
import { scale } from './scale';
import { type UpOptions, type UpResult, up } from './up';
import type { Workspace } from './workspace';

export interface ProvisionResult extends UpResult {
  /** The public address of the application; where the network has none to give, the one on the cluster's network. */
  readonly address: string;
  /** The project that is kept for it. */
  readonly folder: string;
}

/**
 * Makes a web application's cluster that is described by wishes instead of a file, or changes it: more servers are made,
 * servers that are too many are taken away. One that was cut off is finished by the next run.
 * @param workspace of the project's folder
 * @throws {RefusedError} when something would be lost besides
 */
export async function provision(
  workspace: Workspace,
  project: ClusterProject,
  settled: ClusterSettings,
  options: UpOptions & Confirmation = {},
): Promise<ProvisionResult> {
  const { name, dir: folder, described } = project;
  const failure = ({ configured }: UpResult) => failedNodes(configured);
  let undo = () => {};
  try {
    return await recorded(workspace, name, { verb: 'provision', failure }, async () => {
      if (described) await shrink(workspace, project, settled, options);
      undo = project.write(settled);
      workspace.forgetStacks();
      const { confirm: _, ...reach } = options;
      const result = await up(workspace, name, reach);
      return { ...result, address: await addressOf(workspace, name), folder };
    });
  } catch (error) {
    if (described ? NOTHING_CHANGED.has((error as Error).name) : !project.mayBeDeployed) {
      undo();
      if (!described) project.remove();
    }
    throw error;
  }
}

/** Servers that are too many leave before the file says that there are fewer. */
async function shrink(
  workspace: Workspace,
  { name }: ClusterProject,
  { cluster }: ClusterSettings,
  options: Confirmation,
): Promise<void> {
  const wanted = cluster.find(([path]) => path.join('.') === 'servers.count')?.[1] as number;
  const deployed = await tryDeployed(workspace, name);
  if (!deployed) return;
  const servers = plannedNodes(deployed.plan).filter(({ group }) => group.name === 'server').length;
  if (wanted < servers) await scale(workspace, name, { ...options, sizes: { servers: wanted } });
}

async function addressOf(workspace: Workspace, name: string): Promise<string> {
  const { output } = await findDeployed(workspace, name);
  const [shared] = output.virtualIps ?? [];
  if (!shared) throw new Error(`${name} is deployed without a virtual IP`);
  return shared.floatingIp ?? shared.address;
}
