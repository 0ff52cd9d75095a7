import { randomBytes } from 'node:crypto';
import type { Change, Operation } from '../operations/operation';
import { type ChangeStep, changeSteps } from './_change-steps';
import { quoted } from './_frames';
import { dryRun } from './dry-run';
import { CommandError } from './errors';
import { readFacts } from './facts';
import type { Transport } from './transport';

export interface ConvergeOptions {
  /** Finds out what would change, and changes nothing. @default false */
  readonly dryRun?: boolean;
  /** Called as each change begins. */
  readonly onChange?: (change: AppliedChange, index: number, total: number) => void;
  /** For the reading and for the changing, each. @default 1800 */
  readonly withinSeconds?: number;
  /** Address of a proxy on the machine by which what installs packages reaches their mirrors. @default - it reaches them itself */
  readonly mirrorsProxy?: string;
  readonly signal?: AbortSignal;
}

export interface ConvergeResult {
  /** How many changes there were. */
  readonly changed: number;
  readonly changes: readonly AppliedChange[];
}

/** A change as it is told to people: without its script, which may hold secrets. */
export interface AppliedChange {
  /** e.g. `file /etc/hosts` */
  readonly operation: string;
  readonly description: string;
  readonly diff?: string;
  /** Service that is interrupted by it. */
  readonly restarts?: string;
}

/** A change that is still to be made. */
export interface DueChange extends AppliedChange, Pick<Change, 'script' | 'joint' | 'mirrors'> {}

/**
 * Makes a machine what the operations say: reads all facts in one round trip, works the difference out here, and applies
 * what differs as one script, in the order given. A second run has nothing to do.
 * @throws {FactError} when facts can't be read; nothing was changed then
 * @throws {CommandError} whose `action` is the change that failed; those after it were not begun
 */
export async function converge(
  transport: Transport,
  operations: readonly Operation[],
  options: ConvergeOptions = {},
): Promise<ConvergeResult> {
  const changes = await dueChanges(transport, operations, options);
  await applyChanges(options.dryRun ? dryRun(transport) : transport, changes, options);
  return { changed: changes.length, changes: changes.map(told) };
}

/** What has to be changed on the machine, in the order of the operations. */
export async function dueChanges(
  transport: Transport,
  operations: readonly Operation[],
  options: ConvergeOptions = {},
): Promise<readonly DueChange[]> {
  const facts = await readFacts(transport, operations, runOptions(options));
  return operations.flatMap((operation, index) => changesOf(operation, facts[index]));
}

/** The changes of one operation where `fact` is how the machine is now. */
export function changesOf(operation: Operation, fact: unknown): readonly DueChange[] {
  return operation.changes(fact).map((change) => due(operation, change));
}

/**
 * Makes the changes, as one script under a lock of the machine, so that two runs never mix.
 * @throws {CommandError} whose `action` is the change that failed; those after it were not begun
 */
export async function applyChanges(
  transport: Transport,
  changes: readonly DueChange[],
  options: ConvergeOptions = {},
): Promise<void> {
  if (changes.length === 0) return;
  const boundary = randomBytes(16).toString('hex');
  const steps = changeSteps(changes);
  let begun = -1;
  const begin = (index: number): void => {
    if (index <= begun) return;
    begun = index;
    options.onChange?.(told(changes[begun]!), begun, changes.length);
  };
  const apply = (some: readonly ChangeStep[]): Promise<string> =>
    transport.apply(changeScript(some, boundary, options), {
      ...runOptions(options),
      onLine: (line) => line.startsWith(boundary) && begin(Number(line.slice(boundary.length + 1))),
    });
  try {
    await apply(steps).catch((error) => {
      const failed = steps.find(({ first, count }) => first === begun && count > 1);
      if (!failed || !(error instanceof CommandError) || error.exitCode === null) throw error;
      return apply(changeSteps(changes, { singlyFrom: begun }));
    });
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    const action = changes[begun]?.description ?? 'waiting for another run on this node';
    throw new CommandError(transport.node, action, error.exitCode, error.stderr, error.outcome);
  }
}

/** The change as people may see it. */
export function told({ operation, description, diff, restarts }: DueChange): AppliedChange {
  return { operation, description, ...(diff !== undefined && { diff }), ...(restarts !== undefined && { restarts }) };
}

function due(operation: Operation, change: Change): DueChange {
  return { operation: `${operation.kind} ${operation.name}`, ...change };
}

function runOptions({ withinSeconds, signal }: ConvergeOptions): { withinSeconds?: number; signal?: AbortSignal } {
  return { withinSeconds, signal };
}

/**
 * The braces make the shell read all of it before it does any of it: a connection that breaks on the way changes nothing.
 * What a change prints goes to standard error, for the message should it fail; standard output tells which one it is at.
 */
function changeScript(
  steps: readonly ChangeStep[],
  boundary: string,
  { mirrorsProxy }: Pick<ConvergeOptions, 'mirrorsProxy'>,
): string {
  const proxied = mirrorsProxy === undefined ? '' : proxyVariables(mirrorsProxy);
  const scripts = steps.map(({ first, count, script, mirrors }) => {
    const [begins, ...others] = Array.from({ length: count }, (_, index) => `echo ${boundary} ${first + index}\n`);
    return `${begins}( ${mirrors ? proxied : ''}eval ${quoted(script)} ) </dev/null >&2 9>&-\n${others.join('')}`;
  });
  return `set -eu
umask 022
export LC_ALL=C
{
${LOCK}${scripts.join('')}}
`;
}

/** For what installs packages alone; nothing of it stays on the machine. */
function proxyVariables(proxy: string): string {
  const names = ['FIRESTEEL_MIRRORS_PROXY', 'http_proxy', 'https_proxy', 'HTTPS_PROXY', 'PIP_PROXY'];
  return `export no_proxy= NO_PROXY= ${names.map((name) => `${name}=${quoted(proxy)}`).join(' ')}; `;
}

const LOCK = `exec 9>"\${FIRESTEEL_LOCK:-/run/firesteel.lock}"
flock -w 900 9 || { echo 'another firesteel run has been changing this node for 15 minutes' >&2; exit 75; }
`;
