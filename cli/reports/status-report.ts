import type { StatusResult } from '../../lifecycle/status';

/** One line for each node and role, and what is wrong under it. */
export function describeStatus(result: StatusResult): string {
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
  return [...lines, result.ok ? `${result.environment}: all is well` : `${result.environment}: not all is well`].join(
    '\n',
  );
}
