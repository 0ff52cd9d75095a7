import type { LogsResult } from '../../lifecycle/logs';
import { describeOff } from './off-report';

/** What stands before a node's lines: its name where there are several, as wide as the longest. */
export function prefixes(nodes: readonly string[]): (node: string) => string {
  const width = Math.max(...nodes.map((node) => node.length));
  return (node) => (nodes.length > 1 ? `${node.padEnd(width)} | ` : '');
}

/** Below the lines: what is missing in them. */
export function describeMissingLogs({ nodes, environment, off }: LogsResult): string {
  const failed = nodes.filter(({ error }) => error !== undefined);
  const nothing = failed.length === 0 && nodes.every(({ lines }) => lines === 0);
  return [
    ...failed.map(({ node, error }) => `✖ ${node}: ${error}`),
    ...describeOff(off),
    ...(nothing ? [`${environment}: nothing was logged`] : []),
    ...(failed.length > 0
      ? [`${environment}: the log of ${failed.length} of ${nodes.length} nodes is missing or ends early`]
      : []),
  ].join('\n');
}
