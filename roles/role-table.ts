import type { Port, Role } from './role';

/** A page of the documentation, made from the roles themselves: `docs/roles.md`. */
export function roleTable(roles: readonly Role[]): string {
  return [
    '# Roles',
    '',
    'Made from `roles/` by `roleTable()`; do not edit. Security groups are derived from the ports: what is not here is closed.',
    '',
    '| role | what it is | starts after | needs at least | secrets |',
    '|---|---|---|---|---|',
    ...roles.map(roleRow),
    '',
    '## Ports that other nodes may reach',
    '',
    '| role | port | protocol | what | from nodes with the role |',
    '|---|---|---|---|---|',
    ...roles.flatMap((role) => role.exposes.map((port) => portRow(role, port))),
    '',
    '## Pages for the operator',
    '',
    'No node and nobody outside can open them; `firesteel tunnel` brings them to you over SSH.',
    '',
    '| role | page | port |',
    '|---|---|---|',
    ...roles.flatMap(({ name, pages = [] }) => pages.map((page) => row([`\`${name}\``, page.name, String(page.port)]))),
    '',
  ].join('\n');
}

function roleRow({ name, summary, after = [], minMemoryMiB, secrets = [] }: Role): string {
  const memory = minMemoryMiB === undefined ? '' : `${minMemoryMiB} MiB`;
  const secretNames = secrets.map((secret) => secret.name);
  return row([`\`${name}\``, summary, code(after), memory, code(secretNames)]);
}

function portRow({ name }: Role, { port, protocol = 'tcp', name: what, from }: Port): string {
  const ports = typeof port === 'number' ? String(port) : port.join('–');
  return row([`\`${name}\``, ports, protocol, what, code(from)]);
}

function code(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(', ');
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}
