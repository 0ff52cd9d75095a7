import { nodeName, restOf } from '../plan/cluster-plan';
import type { ClusterEnvironment } from '../plan/load-environments';
import { assignAddresses, type NodeAddress, unwanted } from './_node-address-wishes';
import { ScaleIntent } from './_scale-intent';
import { type ClusterProject, NOTHING_CHANGED } from './cluster-project';
import type { SettledCluster } from './cluster-wishes';
import { failedNodes } from './configure';
import { type Confirmation, confirmed } from './confirmation';
import { type Deployed, tryDeployed } from './deployed';
import { RefusedError, UsageError } from './errors';
import { recorded } from './events';
import { start } from './power';
import { reachOptions } from './reach';
import { noun } from './resource-nouns';
import { scale } from './scale';
import { type UpOptions, type UpResult, up } from './up';
import type { Workspace } from './workspace';

export interface StartClusterOptions extends Omit<UpOptions, 'releaseFloatingIps'>, Confirmation {}

export interface StartClusterResult extends UpResult {
  /** The project that is kept for it. */
  readonly folder: string;
  /** Nodes that were taken away. */
  readonly removed: readonly string[];
}

/**
 * Makes a cluster that is described by wishes instead of a file, changes it, or starts it again. Fewer nodes are emptied
 * first; other addresses replace no server. One that was cut off is finished by the next run.
 * @param workspace of the project's folder
 * @throws {RefusedError} when something would be lost besides; then, and when the cloud can't give it, nothing is changed
 */
export async function startCluster(
  workspace: Workspace,
  project: ClusterProject,
  settled: SettledCluster,
  options: StartClusterOptions = {},
): Promise<StartClusterResult> {
  const { name } = project;
  const isNew = !project.described;
  let undo: (() => void) | undefined;
  let begun = false;
  const work = async (): Promise<StartClusterResult> => {
    const removed = isNew ? [] : await makeReady(workspace, project, settled, options);
    undo = project.write(await withSlaveIps(workspace, project, settled));
    workspace.forgetStacks();
    await checkKey(workspace, project);
    begun = true;
    return { ...(await bringUp(workspace, project, options)), folder: project.dir, removed };
  };
  const failure = ({ configured }: UpResult) => failedNodes(configured);
  try {
    return await recorded(workspace, name, { verb: 'cluster start', failure }, work);
  } catch (error) {
    const untouched = !begun || NOTHING_CHANGED.has((error as Error).name);
    if (!untouched || (isNew && project.mayBeDeployed)) throw error;
    undo?.();
    if (isNew) project.remove();
    throw error instanceof RefusedError && error.losses.length > 0 ? inOurWords(project, error) : error;
  }
}

/** Starts what rests, and takes away what is too many. @returns nodes that went */
async function makeReady(
  workspace: Workspace,
  { name }: ClusterProject,
  { masters, slaves, slaveIps }: SettledCluster,
  options: StartClusterOptions,
): Promise<readonly string[]> {
  const deployed = await tryDeployed(workspace, name);
  if (!deployed) return [];
  const { confirm, drainSeconds } = options;
  const reach = reachOptions(options);
  const [workers, leaders] = [sizeOf(deployed, 'worker'), sizeOf(deployed, 'master')];
  const shrink = async (remove: readonly string[]) => {
    const how = { ...reach, ...(drainSeconds !== undefined && { drainSeconds }), ...(confirm && { confirm }) };
    const sizes = { workers: Math.min(slaves, workers), masters: Math.min(masters, leaders) };
    return (await scale(workspace, name, { ...how, sizes, remove })).removed;
  };
  // One that was cut off has chosen its nodes, and they may have gone from the file already.
  const { leaving } = new ScaleIntent(workspace.memoryDir, name).scaling;
  const cutOff = Object.keys(leaving).length > 0;
  const finished = cutOff ? await shrink([]) : [];
  if (deployed.plan.groups.some((group) => group.numbers.some((number) => restOf(group, number)))) {
    await start(workspace, name, reach);
  }
  if (cutOff || (slaves >= workers && masters >= leaders)) return finished;
  const surplus = Math.max(0, workers - slaves);
  return shrink(slaveIps ? unwanted(nodesOf(deployed, 'worker'), slaveIps).slice(0, surplus) : []);
}

/** The addresses of the slaves, by the nodes that have some of them already. */
async function withSlaveIps(
  workspace: Workspace,
  { name, described }: ClusterProject,
  settled: SettledCluster,
): Promise<SettledCluster> {
  const { slaveIps, slaves, cluster } = settled;
  if (!slaveIps) return settled;
  const deployed = described ? await tryDeployed(workspace, name) : undefined;
  const addresses = assignAddresses(deployed ? nodesOf(deployed, 'worker') : [], slaveIps, slaves);
  return { ...settled, cluster: [...cluster, [['workers', 'addresses'], addresses]] };
}

async function bringUp(
  workspace: Workspace,
  { name }: ClusterProject,
  { confirm, ...options }: StartClusterOptions,
): Promise<UpResult> {
  try {
    return await up(workspace, name, options);
  } catch (error) {
    if (!(error instanceof RefusedError) || error.losses.length === 0) throw error;
    if (!error.losses.every((loss) => loss.startsWith(`${noun(FLOATING_IP)} `))) throw error;
    const what = [`This gives addresses of ${name} back to the cloud:`, ...error.losses.map((loss) => `  - ${loss}`)];
    await confirmed(name, what.join('\n'), { ...(confirm && { confirm }) });
    return up(workspace, name, { ...options, releaseFloatingIps: true });
  }
}

const FLOATING_IP = 'openstack_networking_floatingip_v2';

/** Whoever can't log in is told before there is something to log in to. */
async function checkKey(workspace: Workspace, { name }: ClusterProject): Promise<void> {
  try {
    await workspace.identity(workspace.cluster(name).commons[0]!);
  } catch (error) {
    if ((error as Error).name !== 'IdentityError') throw error;
    throw new UsageError(`${(error as Error).message}\nHere, --private-key names the file.`);
  }
}

function sizeOf({ environment }: { readonly environment: ClusterEnvironment }, group: string): number {
  return environment.plan.groups.find(({ name }) => name === group)?.numbers.length ?? 0;
}

/** The nodes that the file has of a group, in their order. */
function nodesOf({ environment, output }: Deployed, name: string): readonly NodeAddress[] {
  const group = environment.plan.groups.find((each) => each.name === name);
  return (group?.numbers ?? []).map((number) => {
    const node = nodeName({ name }, number);
    const chosen = group?.addresses?.[number];
    const address = output.nodes.find((each) => each.name === node)?.address ?? chosen;
    return { node, chosen: chosen !== undefined, ...(address !== undefined && { address }) };
  });
}

function inOurWords({ name }: ClusterProject, { losses }: RefusedError): RefusedError {
  return new RefusedError(
    `refused: ${name} can't become that without a loss; nothing was changed. Take the option back, or delete the cluster ` +
      `("firesteel cluster delete --name ${name}") and make it anew. It would lose:`,
    losses,
  );
}
