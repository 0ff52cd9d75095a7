import { existsSync, readFileSync } from 'node:fs';
import { sync as writeFileAtomic } from 'write-file-atomic';
import { z } from 'zod';
import type { RestState } from './cluster-plan';
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
      /** Nodes that are not to work now, by number. */
      resting: z.record(z.string(), z.enum(['stopped', 'off'])).optional(),
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

/** Takes nodes of a group out; nobody gets their numbers again. */
export function withoutNodes(register: NodeRegister, group: string, numbers: readonly number[]): NodeRegister {
  return changed(register, group, ({ nodes, resting = {}, ...rest }) => ({
    ...rest,
    nodes: nodes.filter((number) => !numbers.includes(number)),
    ...restingOf(resting, (number) => !numbers.includes(number)),
  }));
}

/** @param rest how the nodes are to rest from now on; undefined: they are to work */
export function withRest(
  register: NodeRegister,
  group: string,
  numbers: readonly number[],
  rest: RestState | undefined,
): NodeRegister {
  return changed(register, group, ({ resting = {}, ...others }) => {
    const set = Object.fromEntries(rest ? numbers.map((number) => [number, rest]) : []);
    const kept = restingOf(resting, (number) => !numbers.includes(number)).resting;
    return { ...others, ...restingOf({ ...kept, ...set }) };
  });
}

type RegisteredGroup = NodeRegister['groups'][string];

function changed(
  register: NodeRegister,
  group: string,
  change: (group: RegisteredGroup) => RegisteredGroup,
): NodeRegister {
  const found = register.groups[group];
  return found ? { version: 1, groups: { ...register.groups, [group]: change(found) } } : register;
}

/** Absent where no node rests: most registers never say anything of it. */
export function restingOf(
  resting: Readonly<Record<string, RestState>>,
  keep: (number: number) => boolean = () => true,
): Pick<RegisteredGroup, 'resting'> {
  const kept = Object.entries(resting).filter(([number]) => keep(Number(number)));
  return kept.length > 0 ? { resting: Object.fromEntries(kept) } : {};
}

/** New nodes take the next numbers; the highest go first. */
function resize({ next, nodes: all, resting = {} }: RegisteredGroup, count: number): RegisteredGroup {
  const nodes = [...all].sort((a, b) => a - b).slice(0, count);
  while (nodes.length < count) nodes.push(next++);
  return { next, nodes, ...restingOf(resting, (number) => nodes.includes(number)) };
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
