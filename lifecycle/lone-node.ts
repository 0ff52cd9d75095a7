import { type AskCloudOptions, findSurroundings, type SurroundingsWishes } from './_surroundings';
import { type ClusterProject, NOTHING_CHANGED } from './cluster-project';
import { failedNodes } from './configure';
import { UsageError } from './errors';
import { recorded } from './events';
import { type UpOptions, type UpResult, up } from './up';
import type { Workspace } from './workspace';

/** Name of the one group of a node that belongs to no cluster. */
const GROUP = 'node';

export interface LoneNodeResult extends UpResult {
  /** The floating IP; where the network has none to give, the fixed address. */
  readonly address: string;
  /** The project that is kept for it. */
  readonly folder: string;
}

/** Whether the project is one that `createNode` made. */
export function isLoneNode(project: ClusterProject): boolean {
  return project.said('cluster', 'groups', GROUP) !== undefined;
}

/**
 * Describes a single node: closed but for SSH with a key, its host key verified.
 * @throws {UsageError} with the candidates, where something has to be chosen by a person @throws {CloudError}
 */
export async function describeNode(
  project: ClusterProject,
  wishes: SurroundingsWishes,
  options: AskCloudOptions,
): Promise<() => void> {
  if (project.described)
    throw new UsageError(`there is a node or cluster "${project.name}" already: give another --name`);
  const { where, common, image } = await findSurroundings(project, wishes, options);
  const group = { flavor: wishes.flavor, roles: [], placement: 'any' };
  project.open();
  return project.write({
    common,
    cluster: [
      [['kind'], 'cluster'],
      ...where,
      [['common'], project.common],
      [['image'], image],
      [['groups', GROUP], group],
    ],
  });
}

/**
 * Makes the node that a project describes. One that was cut off is finished by the next run of `firesteel up`.
 * @param undo of `describeNode`
 */
export async function createNode(
  workspace: Workspace,
  project: ClusterProject,
  undo: () => void,
  options: UpOptions = {},
): Promise<LoneNodeResult> {
  const { name, dir: folder } = project;
  const failure = ({ configured }: UpResult) => failedNodes(configured);
  try {
    const result = await recorded(workspace, name, { verb: 'node create', failure }, () =>
      up(workspace, name, options),
    );
    const [node] = result.summary?.nodes ?? [];
    if (!node) throw new Error(`${name} is deployed without a node`);
    return { ...result, address: node.floatingIp ?? node.address, folder };
  } catch (error) {
    if (NOTHING_CHANGED.has((error as Error).name) && !project.mayBeDeployed) {
      undo();
      project.remove();
    }
    throw error;
  }
}
