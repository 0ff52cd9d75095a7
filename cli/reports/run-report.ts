import type { RunOutcome, RunResult } from '../../lifecycle/run';
import { nodeRanges } from '../../plan/node-ranges';
import { describeOff } from './off-report';

/** What the nodes said, once for those that said the same and ended alike. */
export function describeRun({ environment, nodes, off }: RunResult): string {
  const alike = new Map<string, RunOutcome[]>();
  for (const outcome of nodes) {
    // A node that was not reached stands alone: which one it is matters more than why.
    const { node, error, ...said } = outcome;
    const key = error === undefined ? JSON.stringify(said) : node;
    alike.set(key, [...(alike.get(key) ?? []), outcome]);
  }
  const ended = nodes.filter(({ exitCode }) => exitCode === 0).length;
  const total = `${environment}: exit status 0 on ${ended} of ${nodes.length} ${nodes.length === 1 ? 'node' : 'nodes'}`;
  return [...[...alike.values()].flatMap(describeAlike), ...describeOff(off), total].join('\n');
}

function describeAlike(outcomes: readonly RunOutcome[]): readonly string[] {
  const [{ exitCode, error, stdout, stderr, omittedBytes = 0 }] = outcomes as readonly [RunOutcome];
  const names = nodeRanges(outcomes.map(({ node }) => node));
  const who = outcomes.length > 1 ? `${names} (${outcomes.length} nodes)` : names;
  if (exitCode === null) return [`✖ ${who}: ${error}`];
  return [
    `${exitCode === 0 ? '✔' : '✖'} ${who}, exit ${exitCode}`,
    ...(omittedBytes > 0 ? [`    (the first ${omittedBytes} bytes are left out)`] : []),
    ...indented(stdout),
    ...(stderr === '' ? [] : ['    on standard error:', ...indented(stderr)]),
  ];
}

function indented(text: string): readonly string[] {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines.map((line) => `    ${line}`.trimEnd());
}
