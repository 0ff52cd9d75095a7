import { clusterConnector } from '../configure/cluster-access';
import type { Connection } from '../configure/transport';
import { openTunnel, type Tunnel } from '../configure/tunnel';
import type { DeployedNode } from '../plan/cluster-output';
import type { Page } from '../roles/role';
import { type Deployed, findDeployed, findNode } from './deployed';
import { UsageError } from './errors';
import { reach } from './reach';
import { summarize } from './summary';
import type { Workspace } from './workspace';

export interface OpenPage {
  readonly node: string;
  /** e.g. `master` */
  readonly page: string;
  /** On this machine. */
  readonly url: string;
}

export interface OpenPages {
  readonly pages: readonly OpenPage[];
  close(): Promise<void>;
}

/**
 * Opens the web pages of a node's roles on this machine's loopback, over SSH; each on its own port where that is free.
 * @param node @default - the first master
 * @throws {UsageError} when the node has no pages
 */
export async function openPages(workspace: Workspace, environment: string, node?: string): Promise<OpenPages> {
  const deployed = await findDeployed(workspace, environment);
  const target = findNode(deployed, node ?? summarize(deployed).firstNode);
  const wanted = pagesOf(deployed, target);
  if (wanted.length === 0)
    throw new UsageError(`${target.name} has no web pages: its roles are ${target.roles.join(', ')}`);
  const connector = await clusterConnector(await reach(workspace, deployed));
  const tunnels: Tunnel[] = [];
  const close = async () => {
    await Promise.all(tunnels.map((tunnel) => tunnel.close()));
    connector.close();
  };
  try {
    const connection = await connector.connect(target);
    const pages: OpenPage[] = [];
    for (const page of wanted) {
      const tunnel = await openPage(workspace, connection, target, page);
      tunnels.push(tunnel);
      pages.push({ node: target.name, page: page.name, url: `http://localhost:${tunnel.localPort}/` });
    }
    return { pages, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The web pages of a node's roles. */
export function pagesOf({ plan }: Deployed, node: DeployedNode): readonly Page[] {
  const roles = plan.groups.find(({ name }) => name === node.group)?.roles ?? [];
  return roles.flatMap((role) => role.pages ?? []);
}

/** On the page's own port, or on any where that is taken. */
async function openPage(
  { options }: Workspace,
  connection: Connection,
  node: DeployedNode,
  page: Page,
): Promise<Tunnel> {
  const tell = ({ message }: Error) =>
    options.onProgress?.({ subject: node.name, phase: 'tunnel', state: 'warn', text: `${page.name}: ${message}` });
  // Pages listen on the node's own address, which the node itself always reaches.
  const tunnel = { host: node.address, port: page.port, onError: tell };
  return openTunnel(connection, { ...tunnel, localPort: page.port }).catch(() => openTunnel(connection, tunnel));
}
