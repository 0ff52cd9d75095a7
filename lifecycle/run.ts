import { type CommandOutcome, runCommand } from '../configure/run-command';
import { quote } from '../configure/ssh-shell';
import { nodeRanges } from '../plan/node-ranges';
import { eachNode, type NodeOutcome } from './_each-node';
import { findDeployed } from './deployed';
import { InterruptedError } from './errors';
import { recorded } from './events';
import { type Selection, selectReachable } from './selection';
import type { Workspace } from './workspace';

export interface RunRequest {
  /** The command and its arguments, as they are; a single word is a line for the shell (`df -h | tail -1`). */
  readonly words: readonly string[];
  /** Those whose servers are to be off are left out. @default - all nodes */
  readonly selection?: Selection;
  /** Run it as root. @default false - as the login user */
  readonly sudo?: boolean;
  /** On how many nodes at a time. @default - all */
  readonly parallel?: number;
}

export interface RunResult {
  readonly environment: string;
  /** It ran everywhere, with exit status 0. */
  readonly ok: boolean;
  readonly nodes: readonly RunOutcome[];
  /** Names of selected nodes that were left out, because their servers are to be off. */
  readonly off: readonly string[];
}

export interface RunOutcome extends Omit<CommandOutcome, 'exitCode'> {
  readonly node: string;
  /** null where the node could not be reached, or the connection broke. */
  readonly exitCode: number | null;
  /** Why there is no exit status. */
  readonly error?: string;
}

/**
 * Runs a command on nodes of a cluster in parallel; aborting the workspace's signal ends it on all of them.
 * @throws {UsageError} for nodes that there aren't, or that are named and off
 */
export async function run(workspace: Workspace, environment: string, request: RunRequest): Promise<RunResult> {
  const { words, selection = {}, sudo = false, parallel } = request;
  const { signal } = workspace.options;
  const deployed = await findDeployed(workspace, environment);
  const { nodes, off } = selectReachable(deployed, selection);
  const command = words.length === 1 ? words[0]! : words.map(quote).join(' ');
  const each = async (): Promise<RunResult> => {
    const outcomes = await eachNode(workspace, deployed, { nodes, parallel, phase: 'run' }, (connection) =>
      runCommand(connection, command, { root: sudo, ...(signal && { signal }) }),
    );
    if (signal?.aborted) throw new InterruptedError('interrupted: the command was ended on the nodes');
    return resultOf(environment, outcomes, off);
  };
  // The command itself may hold a secret.
  const detail = `on ${nodeRanges(nodes.map(({ name }) => name))}${sudo ? ' as root' : ''}`;
  return recorded(workspace, environment, { verb: 'run', detail, failure }, each);
}

function resultOf(
  environment: string,
  outcomes: readonly NodeOutcome<CommandOutcome>[],
  off: readonly string[],
): RunResult {
  const results = outcomes.map(
    ({ node, value, error }): RunOutcome =>
      value ? { node, ...value } : { node, exitCode: null, stdout: '', stderr: '', error: error!.message },
  );
  return { environment, ok: results.every(({ exitCode }) => exitCode === 0), nodes: results, off };
}

function failure({ ok, nodes }: RunResult): string | undefined {
  if (ok) return undefined;
  return `not with exit status 0 on ${nodeRanges(nodes.filter(({ exitCode }) => exitCode !== 0).map(({ node }) => node))}`;
}
