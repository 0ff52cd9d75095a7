import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { z } from 'zod';
import { appendLine, readLines } from './_journal';
import { isRunning, thisProcess } from './_process';
import { whoami } from './_who';
import { UsageError } from './errors';
import type { Workspace } from './workspace';

/** What is done to a cluster. */
export interface Deed<T> {
  /** e.g. `up` */
  readonly verb: string;
  /** For people; never a secret, never the arguments of somebody's job. */
  readonly detail?: string;
  /** Why a result is a failure nevertheless; undefined where it is none. @default - no result is */
  readonly failure?: (result: T) => string | undefined;
}

export type Outcome =
  | 'ok'
  | 'failed'
  /** Nothing was changed. */
  | 'refused'
  | 'interrupted'
  /** It has begun and its process still runs. */
  | 'running'
  /** Its process ended without a word: it was killed, or the machine went down. */
  | 'cut off'
  /** It has begun on another machine, and no end is known here. */
  | 'unknown';

export interface Event {
  readonly verb: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  /** `ada@laptop`, or the CI's run. */
  readonly by: string;
  readonly detail?: string;
  readonly outcome: Outcome;
  /** How long it took; absent where no end is known. */
  readonly seconds?: number;
  /** The first line of what went wrong. */
  readonly error?: string;
}

const beginSchema = z.object({
  event: z.literal('begin'),
  id: z.string(),
  at: z.string(),
  verb: z.string(),
  by: z.string(),
  detail: z.string().optional(),
  process: z.object({ pid: z.number(), host: z.string(), started: z.string().optional() }),
});
const endSchema = z.object({
  event: z.literal('end'),
  id: z.string(),
  outcome: z.enum(['ok', 'failed', 'refused', 'interrupted']),
  seconds: z.number(),
  error: z.string().optional(),
});
const lineSchema = z.discriminatedUnion('event', [beginSchema, endSchema]);

/** The environments whose events are being recorded by whoever calls us: what is done as a part of that is no event. */
const recording = new AsyncLocalStorage<ReadonlySet<string>>();

/**
 * Does something to an environment and writes down in its journal that it began and how it ended. What is done within it to
 * the same environment is a part of it. A journal that can't be written is told and keeps nobody from working.
 */
export async function recorded<T>(
  workspace: Workspace,
  environment: string,
  deed: Deed<T>,
  work: () => Promise<T>,
): Promise<T> {
  const outer = recording.getStore();
  // A name that is no environment's is for the work to refuse, and for no file of ours to have.
  if (outer?.has(environment) || !workspace.environmentNames().includes(environment)) return work();
  const id = randomUUID();
  const began = performance.now();
  const write = (line: z.infer<typeof lineSchema>) => tryWrite(workspace, environment, line);
  const end = (outcome: z.infer<typeof endSchema>['outcome'], error?: string) => {
    const seconds = Math.round((performance.now() - began) / 100) / 10;
    write({ event: 'end', id, outcome, seconds, ...(error !== undefined && { error: firstLine(error) }) });
  };
  const { verb, detail, failure } = deed;
  const by = whoami(workspace.env);
  const at = new Date().toISOString();
  write({ event: 'begin', id, at, verb, by, ...(detail !== undefined && { detail }), process: thisProcess() });
  try {
    const result = await recording.run(new Set([...(outer ?? []), environment]), work);
    const why = failure?.(result);
    end(why === undefined ? 'ok' : 'failed', why);
    return result;
  } catch (error) {
    const { name, message } = error as Error;
    const isCut = workspace.options.signal?.aborted || name === 'InterruptedError' || name === 'AbortError';
    end(isCut ? 'interrupted' : name === 'RefusedError' ? 'refused' : 'failed', isCut ? undefined : message);
    throw error;
  }
}

/**
 * What was done to an environment, the oldest first, also when it is down or its file is gone.
 * @throws {UsageError} when nothing is known of such an environment
 */
export function readEvents(workspace: Workspace, environment: string): readonly Event[] {
  const known = new Set([...workspace.environmentNames(), ...recordedEnvironments(workspace)]);
  if (!known.has(environment)) {
    throw new UsageError(
      `there is no environment "${environment}": events are kept of ${[...known].join(', ') || 'none'}`,
    );
  }
  const lines = readLines(journalFile(workspace, environment)).flatMap((value) => {
    const line = lineSchema.safeParse(value);
    return line.success ? [line.data] : [];
  });
  const ends = new Map(lines.flatMap((line) => (line.event === 'end' ? [[line.id, line] as const] : [])));
  return lines.flatMap((line) => (line.event === 'begin' ? [eventOf(line, ends.get(line.id))] : []));
}

function eventOf(begin: z.infer<typeof beginSchema>, end: z.infer<typeof endSchema> | undefined): Event {
  const { at, verb, by, detail } = begin;
  const event = { at, verb, by, ...(detail !== undefined && { detail }) };
  if (end) {
    const { outcome, seconds, error } = end;
    return { ...event, outcome, seconds, ...(error !== undefined && { error }) };
  }
  const runs = isRunning(begin.process);
  return { ...event, outcome: runs === undefined ? 'unknown' : runs ? 'running' : 'cut off' };
}

const SUFFIX = '.events.jsonl';

function journalFile({ memoryDir }: Workspace, environment: string): string {
  return join(memoryDir, `${environment}${SUFFIX}`);
}

function recordedEnvironments({ memoryDir }: Workspace): readonly string[] {
  if (!existsSync(memoryDir)) return [];
  const files = readdirSync(memoryDir).filter((file) => file.endsWith(SUFFIX));
  return files.map((file) => file.slice(0, -SUFFIX.length));
}

function tryWrite(workspace: Workspace, environment: string, line: z.infer<typeof lineSchema>): void {
  try {
    appendLine(journalFile(workspace, environment), line);
  } catch (error) {
    const text = `what is done can't be written down in ${journalFile(workspace, environment)}: ${(error as Error).message}`;
    workspace.options.onProgress?.({ subject: environment, phase: 'events', state: 'warn', text });
  }
}

const ERROR_LENGTH = 200;

function firstLine(text: string): string {
  const [line = ''] = text.split('\n');
  return line.length > ERROR_LENGTH ? `${line.slice(0, ERROR_LENGTH - 1)}…` : line;
}
