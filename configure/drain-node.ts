import { setTimeout as pause } from 'node:timers/promises';
import { lines, sh } from '../operations/shell';
import { forgetStart } from '../operations/unit';
import type { Drain, Role } from '../roles/role';
import { askCount, limits } from './_ask-count';
import type { ClusterRun } from './cluster-run';
import type { Member } from './context';
import { CommandError, ConnectError } from './errors';
import { unitsOf } from './services';

/** Exit status of a `begin` that may go well a little later. */
const TOO_EARLY = 75;
const BEGIN_PAUSE_MS = 1000;
/** Looks after which work is kept away again: who does that may have been restarted, or have lost sight of the node, meanwhile. */
const LOOKS_UNTIL_REMINDED = 30;

export interface DrainNodeOptions {
  /** @default - all of the node's that drain */
  readonly roles?: readonly Role[];
  /** Names of nodes that go for good. @default [] */
  readonly leaving?: readonly string[];
  /** @default 3600 */
  readonly withinSeconds?: number;
  /** Between two looks at what still runs. @default 2 */
  readonly pollSeconds?: number;
}

/**
 * Empties one node of the work of its roles: no new work comes to it, and what runs there finishes or moves. Should this
 * break off, the next `configure` starts its services anew, which puts them back to work.
 * @throws {Error} when work can't be kept away from it, or some is left when the time is over
 */
export async function drainNode(member: Member, run: ClusterRun, options: DrainNodeOptions = {}): Promise<void> {
  const {
    roles = member.roles,
    leaving = [],
    withinSeconds = run.options.drainSeconds ?? 3600,
    pollSeconds = 2,
  } = options;
  const context = (await run.context()).of(member);
  const lastStartedFirst = [...run.waves].reverse().flat();
  for (const { name } of lastStartedFirst) {
    const role = roles.find((one) => one.name === name);
    const drain = role?.drain?.(context, leaving.includes(member.deployed.name) ? leaving : []);
    if (!role || !drain || !(await runs(member, unitsOf(role, context), run))) continue;
    run.tell(member, 'drain', 'start', name);
    await begin(member, drain, run);
    await untilEmpty(member, name, drain, run, { withinSeconds, pollSeconds });
    run.tell(member, 'drain', 'done', name);
  }
}

/**
 * How many things run on a node that draining it would wait for.
 * @throws {Error} when it can't be asked
 */
export async function loadOf(member: Member, run: ClusterRun): Promise<number> {
  const context = (await run.context()).of(member);
  const scripts = member.roles.flatMap((role) => role.drain?.(context).load ?? []);
  const loads = await Promise.all(scripts.map((script) => askCount(member, script, run)));
  return loads.reduce((sum, load) => sum + load, 0);
}

/** Whether any of the units runs. One that does is to be started anew by the next `configure`, whatever becomes of this. */
async function runs(member: Member, units: readonly string[], run: ClusterRun): Promise<boolean> {
  if (units.length === 0) return true;
  const script = lines(
    ...units.map(
      (unit) => sh`
        case $(systemctl is-active -- ${unit}) in
          inactive|failed) ;;
          *) ${forgetStart(unit)}; echo running ;;
        esac
      `,
    ),
  ).text;
  const connection = await run.connect(member);
  return (await connection.apply(script, { action: 'look what runs', ...limits(run) })).includes('running');
}

/** Nodes that are off give nobody work. Where it is too early on all others, one of them may still be about to take over. */
async function begin(member: Member, { via, begin: script }: Drain, run: ClusterRun): Promise<void> {
  const { region } = member.deployed;
  const near = run.members.filter(({ rest, deployed }) => rest !== 'off' && deployed.region === region);
  const wardens = via === undefined ? [member] : near.filter((one) => has(one, via));
  const action = `keep new work from ${member.deployed.name}`;
  const tell = async (warden: Member): Promise<undefined> => {
    const connection = await run.connect(warden);
    await connection.apply(`exec >&2\n${script}`, { action, ...limits(run) });
  };
  const { signal, plan } = run.options;
  const deadline = Date.now() + plan.timeouts.healthSeconds * 1000;
  for (;;) {
    const failures = await Promise.all(wardens.map((warden) => tell(warden).catch((error: Error) => error)));
    signal?.throwIfAborted();
    if (failures.length === 0 || failures.includes(undefined)) return;
    const tooEarly = failures.some((error) => error instanceof CommandError && error.exitCode === TOO_EARLY);
    if (!tooEarly || Date.now() >= deadline) throw new Error(notBegun(wardens, failures as Error[]));
    await pause(BEGIN_PAUSE_MS, undefined, { signal });
  }
}

function notBegun(wardens: readonly Member[], failures: readonly Error[]): string {
  const reasons = failures.map(({ message }, index) => `${wardens[index]!.deployed.name}: ${message}`).join('; ');
  return `nothing was stopped, because new work can't be kept from it: ${reasons}`;
}

async function untilEmpty(
  member: Member,
  role: string,
  drain: Drain,
  run: ClusterRun,
  { withinSeconds, pollSeconds }: { withinSeconds: number; pollSeconds: number },
): Promise<void> {
  const { signal, plan } = run.options;
  const deadline = Date.now() + withinSeconds * 1000;
  let said = '';
  for (let looks = 1; ; looks++) {
    // A service that is busy may fail to answer once.
    const left = await askCount(member, drain.load, run).catch((error: Error) => {
      if (error instanceof ConnectError) throw error;
      return error;
    });
    if (left === 0) return;
    const state = left instanceof Error ? `it can't be told what runs there: ${left.message}` : `${left} left`;
    if (state !== said) run.tell(member, 'drain', 'update', `${role}: ${state}`);
    said = state;
    signal?.throwIfAborted();
    if (Date.now() >= deadline) {
      throw new Error(
        `${role} is not empty after ${withinSeconds} s: ${state}. It gets no new work any more; nothing was stopped or ` +
          `removed. Run it again to go on waiting, or \`firesteel configure ${plan.name}\` to put the node back to work.`,
      );
    }
    await pause(pollSeconds * 1000, undefined, { signal });
    if (looks % LOOKS_UNTIL_REMINDED === 0) await begin(member, drain, run).catch(() => undefined);
  }
}

function has({ roles }: Member, role: string): boolean {
  return roles.some(({ name }) => name === role);
}
