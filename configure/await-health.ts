import { setTimeout as pause } from 'node:timers/promises';
import { CommandError } from './errors';
import { type ProbedRole, probe, type RoleHealth } from './probes';
import type { Transport } from './transport';

export interface AwaitHealthOptions {
  readonly withinSeconds: number;
  readonly onHealthy: (role: string) => void;
  /** Called when what is still wrong has changed. */
  readonly onWaiting?: (problems: string) => void;
  readonly signal?: AbortSignal;
}

const SHORTEST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 2000;

/**
 * Asks the roles' probes again and again until all are answered well.
 * @returns the roles that were not healthy in time, with what is wrong
 */
export async function awaitHealth(
  transport: Transport,
  roles: readonly ProbedRole[],
  options: AwaitHealthOptions,
): Promise<readonly RoleHealth[]> {
  const started = Date.now();
  const deadline = started + options.withinSeconds * 1000;
  let waiting = roles;
  let said = '';
  for (;;) {
    const asked = Date.now();
    const health = await ask(transport, waiting, options.signal);
    for (const { role } of health.filter(({ ok }) => ok)) options.onHealthy(role);
    const ill = health.filter(({ ok }) => !ok);
    if (ill.length === 0 || Date.now() >= deadline) return ill;
    const problems = describeHealth(ill);
    if (problems !== said) options.onWaiting?.(problems);
    said = problems;
    waiting = waiting.filter(({ role }) => ill.some((one) => one.role === role));
    const now = Date.now();
    await pause(pauseMs(now - started, now - asked), undefined, { signal: options.signal });
  }
}

/** A node that is too busy starting things to answer in time is asked again. @throws {ConnectError} */
async function ask(
  transport: Transport,
  roles: readonly ProbedRole[],
  signal: AbortSignal | undefined,
): Promise<readonly RoleHealth[]> {
  try {
    return await probe(transport, roles, { signal, firstProblemOnly: true });
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return roles.map(({ role }) => ({ role, ok: false, problems: [error.message] }));
  }
}

/** What starts on a busy node is asked less often the longer it takes, and never kept busy with our questions. */
function pauseMs(waitedMs: number, lastAnswerMs: number): number {
  return Math.min(Math.max(waitedMs * 0.15, lastAnswerMs, SHORTEST_PAUSE_MS), LONGEST_PAUSE_MS);
}

/** e.g. `spark-worker: unit: failed` */
export function describeHealth(health: readonly RoleHealth[]): string {
  return health.map(({ role, problems }) => `${role}: ${problems.join('; ')}`).join('; ');
}
