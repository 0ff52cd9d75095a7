import type { ConfigureResult } from '../../lifecycle/configure';
import { duration } from '../progress/listener';

/** What was done, node by node; every failure with the last lines of the node's console where it never got up. */
export function describeConfigure(result: ConfigureResult): string {
  const nodes = result.nodes.flatMap((node) => {
    const head = `${node.ok ? '✔' : '✖'} ${node.name}: ${changes(node.changed, result.dryRun)} (${duration(node.seconds)})`;
    const made = result.dryRun ? node.changes.map(({ description }) => `    ${description}`) : [];
    const console = node.console?.length
      ? ['    last lines of its console:', ...node.console.map((line) => `    | ${line}`)]
      : [];
    return [head, ...made, ...(node.error === undefined ? [] : [`    ${node.error}`]), ...console];
  });
  const total = `${result.environment}: ${changes(result.changed, result.dryRun)} on ${result.nodes.length} nodes, ${result.failed} failed`;
  return [...nodes, total].join('\n');
}

function changes(count: number, dryRun: boolean): string {
  return `${count} ${count === 1 ? 'change' : 'changes'}${dryRun ? ' to make' : ''}`;
}
