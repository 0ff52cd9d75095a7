import pLimit from 'p-limit';
import { clusterConnector } from '../configure/cluster-access';
import type { Connection } from '../configure/transport';
import type { DeployedNode } from '../plan/cluster-output';
import { PATIENCE } from './_patience';
import { phase } from './_phase';
import type { Deployed } from './deployed';
import { reach } from './reach';
import type { Workspace } from './workspace';

export interface EachNodeOptions {
  readonly nodes: readonly DeployedNode[];
  /** How many at a time. @default - all */
  readonly parallel?: number;
  /** What the work is called where progress is shown. @default - it is not told */
  readonly phase?: string;
  /** Called as soon as a node has failed. */
  readonly onError?: (node: string, error: Error) => void;
}

/** What came of the work on one node. */
export interface NodeOutcome<T> {
  readonly node: string;
  readonly value?: T;
  /** Why there is no value. */
  readonly error?: Error;
}

/** Does something over a connection to every node, in parallel; what fails on one keeps no other from being done. */
export async function eachNode<T>(
  workspace: Workspace,
  deployed: Deployed,
  options: EachNodeOptions,
  work: (connection: Connection) => Promise<T>,
): Promise<readonly NodeOutcome<T>[]> {
  const { nodes, parallel = nodes.length } = options;
  const { onProgress, signal } = workspace.options;
  const connector = await clusterConnector(await reach(workspace, deployed, { timeouts: PATIENCE }));
  const limit = pLimit(parallel);
  const one = async (node: DeployedNode): Promise<NodeOutcome<T>> => {
    try {
      signal?.throwIfAborted();
      const connection = await connector.connect(node);
      const run = () => work(connection);
      const value =
        options.phase === undefined ? run() : phase(onProgress, { subject: node.name, phase: options.phase }, run);
      return { node: node.name, value: await value };
    } catch (error) {
      options.onError?.(node.name, error as Error);
      return { node: node.name, error: error as Error };
    }
  };
  try {
    return await Promise.all(nodes.map((node) => limit(() => one(node))));
  } finally {
    connector.close();
  }
}
