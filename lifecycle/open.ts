import { type Deployed, findDeployed, findNode } from './deployed';
import { UsageError } from './errors';
import { summarize } from './summary';
import { type OpenPage, type OpenPages, openPages, pagesOf } from './tunnel';
import type { Workspace } from './workspace';

export interface OpenRequest {
  /** Name of a page, e.g. `history`. @default - all of the node's */
  readonly page?: string;
  /** @default - the first node that has the page; the first master where none is named */
  readonly on?: string;
}

export interface OpenResult extends OpenPages {
  /** Those that were asked for; `pages` are all that the tunnel leads to. */
  readonly wanted: readonly OpenPage[];
}

/**
 * Opens a tunnel to web pages of a cluster; they can be visited until it is closed.
 * @throws {UsageError} for a page that there isn't
 */
export async function openWebPages(
  workspace: Workspace,
  environment: string,
  { page, on }: OpenRequest = {},
): Promise<OpenResult> {
  const deployed = await findDeployed(workspace, environment);
  const open = await openPages(workspace, environment, page === undefined ? on : nodeWith(deployed, page, on));
  return { ...open, wanted: open.pages.filter((each) => page === undefined || each.page === page) };
}

function nodeWith(deployed: Deployed, page: string, on: string | undefined): string {
  const first = findNode(deployed, on ?? summarize(deployed).firstNode);
  const candidates = on === undefined ? [first, ...deployed.output.nodes] : [first];
  const found = candidates.find((node) => pagesOf(deployed, node).some(({ name }) => name === page));
  if (found) return found.name;
  const names = [...new Set(candidates.flatMap((node) => pagesOf(deployed, node).map(({ name }) => name)))];
  const where = on === undefined ? deployed.output.environment : first.name;
  throw new UsageError(`${where} has no web page "${page}": it has ${names.join(', ') || 'none'}`);
}
