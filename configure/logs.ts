import type { ClusterOutput } from '../plan/cluster-output';
import type { ClusterPlan } from '../plan/cluster-plan';
import { ClusterContext, membersOf } from './context';
import { CommandError } from './errors';
import { LineSplitter, OutputTail } from './ssh-output';
import { quote } from './ssh-shell';
import type { Connection } from './transport';

/** A systemd unit of a role's on a node. */
export interface RoleUnit {
  readonly role: string;
  /** e.g. `spark-worker.service` */
  readonly unit: string;
}

/** The units that the roles of every node start, by the node's name, in the plan's order. */
export function roleUnits(plan: ClusterPlan, output: ClusterOutput): ReadonlyMap<string, readonly RoleUnit[]> {
  const members = membersOf(plan, output);
  // What a unit is called depends on no secret.
  const context = ClusterContext.withoutSecrets(plan, members);
  return new Map(
    members.map((member) => [
      member.deployed.name,
      member.roles.flatMap((role) => {
        const operations = role.start?.(context.of(member)) ?? [];
        const units = operations.filter(({ kind }) => kind === 'unit').map(({ name }) => name);
        return [...new Set(units)].map((unit) => ({ role: role.name, unit }));
      }),
    ]),
  );
}

export interface JournalOptions {
  readonly units: readonly string[];
  /** The last lines, or all of the last seconds. */
  readonly from: { readonly lines: number } | { readonly seconds: number };
  /** Goes on with what comes until the signal. @default false */
  readonly follow?: boolean;
  readonly onLine: (line: string) => void;
  readonly signal?: AbortSignal;
}

const STDERR_BYTES = 64 * 1024;

/**
 * Tells the lines of a node's journal, each with its time in UTC in front.
 * @throws {ConnectError} when the connection breaks @throws {CommandError}
 * @throws the signal's reason when it was aborted
 */
export async function readJournal(connection: Connection, options: JournalOptions): Promise<void> {
  const { units, from, follow = false, onLine, signal } = options;
  const words = [
    'journalctl --no-pager --quiet --utc --no-hostname --output=short-iso-precise',
    ...units.map((unit) => `--unit=${quote(unit)}`),
    // Given both, older versions take the first lines since then, newer ones the last.
    'lines' in from ? `--lines=${from.lines}` : `--lines=all --since=-${Math.ceil(from.seconds)}s`,
    ...(follow ? ['--follow'] : []),
  ];
  const splitter = new LineSplitter(onLine);
  const stderr = new OutputTail(STDERR_BYTES);
  const action = 'reading the journal';
  const exitCode = await connection.stream(`exec ${words.join(' ')}`, {
    action,
    root: true,
    signal,
    onStdout: (chunk) => splitter.push(chunk),
    onStderr: (chunk) => stderr.push(chunk),
  });
  splitter.end();
  if (exitCode !== 0) throw new CommandError(connection.node, action, exitCode, stderr.lastLines(20));
}
