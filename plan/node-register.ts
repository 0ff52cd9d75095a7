import { existsSync, readFileSync } from 'node:fs';
import { sync as writeFileAtomic } from 'write-file-atomic';
import { z } from 'zod';
import { PlanError } from './plan-error';

const registerSchema = z.strictObject({
  version: z.literal(1),
  groups: z.record(
    z.string(),
    z.strictObject({
      /** Number that the next new node gets: numbers are never used again. */
      next: z.number().int().min(0),
      /** Numbers of the nodes that exist. */
      nodes: z.array(z.number().int().min(0)),
    }),
  ),
});

/** Which nodes exist, by group: data beside the plan, because names are a contract with people's state. */
export type NodeRegister = z.infer<typeof registerSchema>;

export const EMPTY_REGISTER: NodeRegister = { version: 1, groups: {} };

/** @param counts wanted nodes by group */
export function updateRegister(register: NodeRegister, counts: Readonly<Record<string, number>>): NodeRegister {
  const groups = { ...register.groups };
  for (const [group, count] of Object.entries(counts))
    groups[group] = resize(groups[group] ?? { next: 0, nodes: [] }, count);
  return { version: 1, groups };
}

/** New nodes take the next numbers; the highest go first. */
function resize(group: NodeRegister['groups'][string], count: number): NodeRegister['groups'][string] {
  const nodes = [...group.nodes].sort((a, b) => a - b).slice(0, count);
  let next = group.next;
  while (nodes.length < count) nodes.push(next++);
  return { next, nodes };
}

/** @throws {PlanError} when the file is not a register */
export function readRegister(file: string): NodeRegister {
  if (!existsSync(file)) return EMPTY_REGISTER;
  const parsed = registerSchema.safeParse(parseJson(file));
  if (!parsed.success) throw damaged(file, z.prettifyError(parsed.error));
  for (const [group, { next, nodes }] of Object.entries(parsed.data.groups)) {
    if (new Set(nodes).size !== nodes.length) throw damaged(file, `group ${group} names a node twice`);
    if (nodes.some((number) => number >= next))
      throw damaged(file, `group ${group} has a node that is not below "next"`);
  }
  return parsed.data;
}

/** Atomic: a reader sees the old file or the new one, whole. */
export function writeRegister(file: string, register: NodeRegister): void {
  const text = `${JSON.stringify(register, null, 2)}\n`;
  if (existsSync(file) && readFileSync(file, 'utf8') === text) return;
  writeFileAtomic(file, text);
}

function parseJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw damaged(file, (error as Error).message);
  }
}

function damaged(file: string, reason: string): PlanError {
  const message = `is no node register: ${reason}. It says which nodes exist: take it back from version control rather than deleting it`;
  return new PlanError([{ file, path: '', message }]);
}
