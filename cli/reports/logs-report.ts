import type { LogsResult } from '../../lifecycle/logs';

/** What stands before a node's lines: its name where there are several, as wide as the longest. */
export function prefixes(nodes: readonly string[]): (node: string) => string {
  const width = Math.max(...nodes.map((node) => node.length));
  return (node) => (nodes.length > 1 ? `${node.padEnd(width)} | ` : '');
}

/** Below the lines: what is missing in them. */
export function describeLogFailures({ nodes, environment }: LogsResult): string {
  const failed = nodes.filter(({ error }) => error !== undefined);
  if (failed.length === 0) return nodes.every(({ lines }) => lines === 0) ? `${environment}: nothing was logged` : '';
  return [
    ...failed.map(({ node, error }) => `✖ ${node}: ${error}`),
    `${environment}: the log of ${failed.length} of ${nodes.length} nodes is missing or ends early`,
  ].join('\n');
}
