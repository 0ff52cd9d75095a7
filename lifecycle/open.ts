import type { DeployedNode } from '../plan/cluster-output';
import { type Deployed, findDeployed } from './deployed';
import { entryNodes } from './entry-nodes';
import { UsageError } from './errors';
import { selectReachable } from './selection';
import { mastersOf } from './summary';
import { type OpenPage, type OpenPages, openPagesOf, pagesOf } from './tunnel';
import type { Workspace } from './workspace';

export interface OpenRequest {
  /** Name of a page, e.g. `history`. @default - all of the node's */
  readonly page?: string;
  /** @default - every master that answers; where they don't have the page, the first node that has it */
  readonly on?: string;
}

export interface OpenResult extends OpenPages {
  /** Those that were asked for; `pages` are all that the tunnel leads to. */
  readonly wanted: readonly OpenPage[];
}

/**
 * Opens a tunnel to web pages of a cluster; they can be visited until it is closed.
 * @throws {UsageError} for a page or node that there isn't, or a node that is off
 */
export async function openWebPages(
  workspace: Workspace,
  environment: string,
  { page, on }: OpenRequest = {},
): Promise<OpenResult> {
  const deployed = await findDeployed(workspace, environment);
  const nodes = page === undefined ? entryNodes(deployed, on) : nodesWith(deployed, page, on);
  const open = await openPagesOf(workspace, deployed, nodes);
  return { ...open, wanted: open.pages.filter((each) => page === undefined || each.page === page) };
}

function nodesWith(deployed: Deployed, page: string, on: string | undefined): readonly DeployedNode[] {
  const candidates = on === undefined ? deployed.output.nodes : entryNodes(deployed, on);
  const known = [...new Set(candidates.flatMap((node) => pagesOf(deployed, node).map(({ name }) => name)))];
  if (!known.includes(page)) {
    const where = on === undefined ? deployed.output.environment : candidates[0]!.name;
    throw new UsageError(`${where} has no web page "${page}": it has ${known.join(', ') || 'none'}`);
  }
  const all = deployed.plan.groups.flatMap((group) => group.roles);
  const roles = all.filter(({ pages = [] }) => pages.some(({ name }) => name === page)).map(({ name }) => name);
  const { nodes } = selectReachable(deployed, { roles, ...(on !== undefined && { on: [on] }) });
  const masters = nodes.filter((node) => mastersOf(deployed).includes(node));
  return masters.length > 0 ? masters : nodes.slice(0, 1);
}
