import { z } from 'zod';
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
    '| role | port | protocol | what | from nodes with the role | and in other regions |',
    '|---|---|---|---|---|---|',
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
    ...settingsSection(roles),
  ].join('\n');
}

function roleRow({ name, summary, after = [], minMemoryMiB, secrets = [] }: Role): string {
  const memory = minMemoryMiB === undefined ? '' : `${minMemoryMiB} MiB`;
  const secretNames = secrets.map((secret) => secret.name);
  return row([`\`${name}\``, summary, code(after), memory, code(secretNames)]);
}

function portRow({ name }: Role, { port, protocol = 'tcp', name: what, from, across = [] }: Port): string {
  const ports = typeof port === 'number' ? String(port) : (port?.join('–') ?? 'all of it');
  return row([`\`${name}\``, ports, protocol, what, code(from), code(across)]);
}

function code(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(', ');
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

function settingsSection(roles: readonly Role[]): readonly string[] {
  return [
    '## What a plan may say of them',
    '',
    'Under `settings: { <role>: … }` of the environment, for the whole cluster.',
    '',
    '| role | setting | what it is | without it |',
    '|---|---|---|---|',
    ...roles.flatMap(({ name, settings }) => (settings ? settingRows(name, settings) : [])),
    '',
  ];
}

function settingRows(role: string, schema: z.ZodType): readonly string[] {
  const json = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema;
  return rowsOf(role, json, '', new Set(json.required));
}

interface JsonSchema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
}

/** Of a list of sections, their keys too. */
function rowsOf(role: string, { properties = {} }: JsonSchema, prefix: string, needed: ReadonlySet<string>): string[] {
  return Object.entries(properties).flatMap(([key, each]) => {
    const name = `${prefix}${key}`;
    const otherwise = each.default === undefined ? (needed.has(key) ? 'needed' : '') : JSON.stringify(each.default);
    const own = row([
      `\`${role}\``,
      `\`${name}\``,
      each.description ?? '',
      otherwise === '' || otherwise === 'needed' ? otherwise : `\`${otherwise}\``,
    ]);
    const inner = each.items?.properties ? each.items : each;
    return [own, ...rowsOf(role, inner, `${name}${each.items ? '[].' : '.'}`, new Set(inner.required))];
  });
}
