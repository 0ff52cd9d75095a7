import { clusterGraph } from '../plan/graph';
import { dot, mermaid } from './_graph-text';
import type { Workspace } from './workspace';

export const GRAPH_FORMATS = ['svg', 'mermaid', 'dot', 'json'] as const;
export type GraphFormat = (typeof GRAPH_FORMATS)[number];

/**
 * A picture of an environment: its groups, their ports, and who may talk to whom. From the plan alone; no cloud is asked.
 * @throws {PlanError} when something is wrong with the environment @throws {UsageError} when it is a common one
 */
export async function graph(workspace: Workspace, name: string, format: GraphFormat): Promise<string> {
  const shown = clusterGraph(workspace.cluster(name).plan);
  if (format === 'json') return `${JSON.stringify(shown, null, 2)}\n`;
  if (format === 'mermaid') return mermaid(shown);
  const text = dot(shown);
  if (format === 'dot') return text;
  const { instance } = await import('@viz-js/viz');
  return (await instance()).renderString(text, { format: 'svg' });
}
