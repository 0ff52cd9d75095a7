import type { StatusResult } from '../../lifecycle/status';
import { nodeRanges } from '../../plan/node-ranges';

export interface StatusReportOptions {
  /** Only some nodes were asked, which says nothing of the others. @default false */
  readonly partial?: boolean;
}

/** One line for each node and role, and what is wrong under it. */
export function describeStatus(result: StatusResult, { partial = false }: StatusReportOptions = {}): string {
  const width = Math.max(...result.nodes.map(({ name }) => name.length));
  const lines = result.nodes.flatMap((node) => {
    const head = `${node.name.padEnd(width)}  ${node.address}`;
    if (node.rest === 'off') return [`✔ ${head}  off, as it is to be`];
    if (!node.reachable) {
      const console = node.console?.length
        ? ['    last lines of its console:', ...node.console.map((line) => `    | ${line}`)]
        : [];
      return [`✖ ${head}  not reachable`, `    ${node.reason}`, ...console];
    }
    const ok = node.roles.every((role) => role.ok);
    const asked = node.roles.map((role) => `${role.role} ${role.ok ? 'ok' : 'NOT OK'}`).join(', ');
    const roles = node.rest ? `stopped, as it is to be; ${asked}` : asked;
    return [
      `${ok ? '✔' : '✖'} ${head}  ${roles}`,
      ...node.roles.flatMap((role) => role.problems.map((problem) => `    ${role.role}: ${problem}`)),
    ];
  });
  const mirrors = mirrorsLines(result);
  const where = partial ? ` on ${nodeRanges(result.nodes.map(({ name }) => name))}` : '';
  return [...lines, ...mirrors, `${result.environment}: ${result.ok ? 'all is well' : 'not all is well'}${where}`].join(
    '\n',
  );
}

function mirrorsLines({ environment, mirrors }: StatusResult): readonly string[] {
  if (!mirrors) return [];
  const { egress, left, unknown } = mirrors;
  if (unknown !== undefined) return [`? package mirrors: whether they are open can't be found out: ${unknown}`];
  if (left) {
    return [
      '✖ PACKAGE MIRRORS ARE OPEN: all nodes reach TCP 80 and 443 anywhere',
      `    ${EGRESS_TEXT[egress]}: unless a run installs at this moment, one was cut off; \`firesteel configure ${environment}\` closes them`,
    ];
  }
  return [`✔ package mirrors: ${EGRESS_TEXT[egress]}`];
}

const EGRESS_TEXT = {
  open: 'open (egress: open)',
  configure: 'closed but while something is installed (egress: configure)',
  none: 'closed (egress: none)',
} as const;
