import { clusterConnector } from '../configure/cluster-access';
import type { Connection } from '../configure/transport';
import { openTunnel, type Tunnel } from '../configure/tunnel';
import type { DeployedNode } from '../plan/cluster-output';
import type { Page } from '../roles/role';
import { PATIENCE } from './_patience';
import { type Deployed, findDeployed } from './deployed';
import { entryNodes } from './entry-nodes';
import { UsageError } from './errors';
import { reach } from './reach';
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
 * @param node @default - every master that answers
 * @throws {UsageError} when the node has no pages, there is no such node, or it is off
 */
export async function openPages(workspace: Workspace, environment: string, node?: string): Promise<OpenPages> {
  const deployed = await findDeployed(workspace, environment);
  return openPagesOf(workspace, deployed, entryNodes(deployed, node));
}

/** Those of all of some nodes that answer. @throws {UsageError} when none has pages @throws {ConnectError} when none answers */
export async function openPagesOf(
  workspace: Workspace,
  deployed: Deployed,
  nodes: readonly DeployedNode[],
): Promise<OpenPages> {
  if (nodes.every((node) => pagesOf(deployed, node).length === 0)) {
    const [{ name, roles }] = nodes as readonly [DeployedNode];
    throw new UsageError(`${name} has no web pages: its roles are ${roles.join(', ')}`);
  }
  // Who has other nodes to show does not wait long for one.
  const patience = nodes.length > 1 ? { timeouts: PATIENCE } : {};
  const connector = await clusterConnector(await reach(workspace, deployed, patience));
  const tunnels: Tunnel[] = [];
  const close = async () => {
    await Promise.all(tunnels.map((tunnel) => tunnel.close()));
    connector.close();
  };
  try {
    const pages: OpenPage[] = [];
    for (const connection of await connector.connectAnswering(nodes)) {
      const node = nodes.find(({ name }) => name === connection.node)!;
      for (const page of pagesOf(deployed, node)) {
        const tunnel = await openPage(workspace, connection, node, page);
        tunnels.push(tunnel);
        pages.push({ node: node.name, page: page.name, url: `http://localhost:${tunnel.localPort}/` });
      }
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
