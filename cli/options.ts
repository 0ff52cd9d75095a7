import { resolve } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { everybody, isAddressRange, isAnywhere, noAddressRange } from '../plan/address-range';
import type { Session } from './session';

/** Said before or after the command's name. */
export function addGlobalOptions(command: Command): Command {
  return command
    .option('--dir <folder>', "the project's folder (default: the nearest one upwards with a cdktf.json)")
    .option('--json', 'JSON lines on standard output; the last one is the result')
    .option('-q, --quiet', 'no progress')
    .option('-v, --verbose', 'every step, as plain lines');
}

/** How the cloud is logged in to. */
export function addCloudOptions(command: Command): Command {
  return command.option(
    '--openrc <file>',
    'log in with an openrc.sh (default: "cloud:" of the environment, or OS_* variables)',
  );
}

export interface CloudOptions {
  readonly openrc?: string;
}

/** From where the caller is, which need not be the project's folder. */
export function openrcPath({ cwd }: Pick<Session, 'cwd'>, { openrc }: CloudOptions): CloudOptions {
  return openrc === undefined ? {} : { openrc: resolve(cwd, openrc) };
}

export function addTimeoutOptions(command: Command): Command {
  const limit = (flag: string, what: string) =>
    new Option(`--timeout-${flag} <time>`, `longest wait ${what}, e.g. 90s or 5m`);
  return command
    .addOption(limit('server', 'for a server to be ACTIVE').argParser(seconds))
    .addOption(limit('ssh', 'for SSH to answer').argParser(seconds))
    .addOption(limit('cloud-init', 'for cloud-init to finish').argParser(seconds))
    .addOption(limit('health', 'for a service to be healthy').argParser(seconds));
}

export interface TimeoutOptions {
  readonly timeoutServer?: number;
  readonly timeoutSsh?: number;
  readonly timeoutCloudInit?: number;
  readonly timeoutHealth?: number;
}

/** The options under the names that plans have for them. */
export function timeoutsOf(options: TimeoutOptions) {
  return {
    ...(options.timeoutServer !== undefined && { serverSeconds: options.timeoutServer }),
    ...(options.timeoutSsh !== undefined && { sshSeconds: options.timeoutSsh }),
    ...(options.timeoutCloudInit !== undefined && { cloudInitSeconds: options.timeoutCloudInit }),
    ...(options.timeoutHealth !== undefined && { healthSeconds: options.timeoutHealth }),
  };
}

/** How running services are interrupted. */
export function addRollingOptions(command: Command): Command {
  return addDrainOption(command)
    .option('--batch <count>', 'nodes of a group whose services are restarted at a time (default: 1)', wholeNumber(1))
    .option('--at-once', 'restart services on all nodes at once, and lose what runs there');
}

export function addDrainOption(command: Command): Command {
  return command.addOption(
    new Option(
      '--drain-timeout <time>',
      'longest wait for the work of a node to finish or move (default: 1h)',
    ).argParser(seconds),
  );
}

export interface DrainOptions {
  readonly drainTimeout?: number;
}

export interface RollingCliOptions extends DrainOptions {
  readonly batch?: number;
  readonly atOnce?: boolean;
}

/** The options under the names that the library has for them. */
export function rollingOf({ batch, atOnce, ...drain }: RollingCliOptions) {
  return {
    ...drainOf(drain),
    ...(batch !== undefined && { batch }),
    ...(atOnce && { rolling: 'none' as const }),
  };
}

export function drainOf({ drainTimeout }: DrainOptions) {
  return drainTimeout === undefined ? {} : { drainSeconds: drainTimeout };
}

export function addTrustOption(command: Command): Command {
  return command.option(
    '--trust-on-first-use',
    'accept unknown host keys where the cloud gives no console log to learn them from; they are remembered',
  );
}

/** How long to wait for nodes, and which host keys to accept. */
export interface ReachCliOptions extends TimeoutOptions {
  readonly trustOnFirstUse?: boolean;
}

/** The options under the names that the library has for them. */
export function reachOf(options: ReachCliOptions) {
  return { timeouts: timeoutsOf(options), trustOnFirstUse: options.trustOnFirstUse ?? false };
}

const UNITS: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3600 };

/** `90`, `90s`, `5m`, `1h` */
export function seconds(text: string): number {
  const match = /^(\d+)([smh]?)$/.exec(text.trim());
  const value = match ? Number(match[1]) * UNITS[match[2]!]! : 0;
  if (value <= 0) throw new InvalidArgumentError('It must be a time such as 90s, 5m or 1h.');
  return value;
}

export function wholeNumber(minimum: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < minimum)
      throw new InvalidArgumentError(`It must be a whole number of at least ${minimum}.`);
    return value;
  };
}

/** For options that may be given several times. */
export function collect(value: string, earlier: readonly string[] = []): string[] {
  return [...earlier, value];
}

/** `a,b`, which may be given several times. */
export function list(text: string, earlier: readonly string[] = []): string[] {
  const names = text.split(',').map((name) => name.trim());
  if (names.includes('')) throw new InvalidArgumentError('It must be names with commas between them.');
  return [...earlier, ...names];
}

export interface SelectionOptions {
  readonly on?: readonly string[];
  readonly group?: readonly string[];
  readonly role?: readonly string[];
}

/** Which nodes; given together, a node has to fit all of them. */
export function addSelectionOptions(command: Command): Command {
  return command
    .option('--on <nodes>', 'only these nodes, with commas between them, e.g. worker-0,worker-1', list)
    .option('--group <groups>', 'only nodes of these groups, e.g. worker', list)
    .option('--role <roles>', 'only nodes with one of these roles, e.g. spark-worker', list);
}

/** The options under the names that the library has for them. */
export function selectionOf({ on, group, role }: SelectionOptions) {
  return { ...(on && { on }), ...(group && { groups: group }), ...(role && { roles: role }) };
}

/** As plans have them under `access`; may be given several times. */
export function addressRange(text: string, earlier: readonly string[] = []): string[] {
  if (!isAddressRange(text)) throw new InvalidArgumentError(noAddressRange(text));
  if (isAnywhere(text)) throw new InvalidArgumentError(everybody(text));
  return collect(text, earlier);
}

/** The examples of a help text. */
export function examples(...lines: readonly (readonly [call: string, meaning: string])[]): string {
  const width = Math.max(...lines.map(([call]) => call.length));
  return `\nExamples:\n${lines.map(([call, meaning]) => `  ${call.padEnd(width)}  ${meaning}`).join('\n')}\n`;
}
