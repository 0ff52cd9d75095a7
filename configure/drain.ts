import { ClusterRun, type ClusterRunOptions } from './cluster-run';
import type { Member } from './context';
import { type DrainNodeOptions, drainNode, loadOf } from './drain-node';
import { ConnectError } from './errors';
import { settle } from './settle';

export interface DrainOptions
  extends ClusterRunOptions,
    Pick<DrainNodeOptions, 'leaving' | 'withinSeconds' | 'pollSeconds'> {
  /** A node that can't be reached counts as empty, and is told. @default false */
  readonly allowUnreachable?: boolean;
  /** Names of nodes that have just come back to work, and are waited for until they can take some. @default [] */
  readonly settled?: readonly string[];
}

export interface DrainReport {
  /** Names of the nodes on which nothing runs any more, in the plan's order. */
  readonly drained: readonly string[];
  /** Names of those that could not be reached; only where that is allowed. */
  readonly unreachable: readonly string[];
}

/** Some nodes could not be emptied. */
export class DrainError extends Error {
  constructor(
    readonly environment: string,
    /** Why, by node. */
    readonly failures: ReadonlyMap<string, string>,
  ) {
    super([...failures].map(([node, reason]) => `${node}: ${reason}`).join('\n'));
    this.name = 'DrainError';
  }
}

/** What runs on a node that draining it would wait for. */
export interface NodeLoad {
  readonly name: string;
  /** How many things; absent = the node could not be asked. */
  readonly load?: number;
  /** Why it could not be asked. */
  readonly reason?: string;
}

/**
 * Empties the chosen nodes of the work of their roles, all at once, and waits until nothing runs there. No service is
 * stopped. A second run goes on where the first one was interrupted.
 * @throws {DrainError} that names every node that is not empty
 * @throws the signal's reason when aborted
 */
export async function drainNodes(options: DrainOptions): Promise<DrainReport> {
  const run = await looking(options);
  const { settled = [] } = options;
  await Promise.all(
    run.members.filter(({ deployed }) => settled.includes(deployed.name)).map((one) => settle(one, run)),
  );
  const drain = async (member: Member): Promise<'drained' | 'unreachable' | Error> => {
    try {
      await drainNode(member, run, options);
      return 'drained';
    } catch (error) {
      if (!(error instanceof ConnectError) || !options.allowUnreachable) return error as Error;
      run.tell(member, 'drain', 'warn', `taken as empty, because it can't be reached: ${error.message}`);
      return 'unreachable';
    }
  };
  const results = await Promise.all(run.selected.map(drain));
  options.signal?.throwIfAborted();
  const names = run.selected.map(({ deployed }) => deployed.name);
  const failures = names.flatMap((name, index) => {
    const result = results[index];
    return result instanceof Error ? [[name, result.message] as const] : [];
  });
  if (failures.length > 0) throw new DrainError(options.plan.name, new Map(failures));
  const unreachable = names.filter((_name, index) => results[index] === 'unreachable');
  return { drained: chosen(run).filter((name) => !unreachable.includes(name)), unreachable };
}

/** The load of each of the chosen nodes, for choosing idle ones first. Never rejects because of a node. */
export async function nodeLoads(options: ClusterRunOptions): Promise<readonly NodeLoad[]> {
  const run = await looking(options);
  const loads = await Promise.all(
    run.selected.map(async (member): Promise<NodeLoad> => {
      const { name } = member.deployed;
      return await loadOf(member, run).then(
        (load) => ({ name, load }),
        ({ message }: Error) => ({ name, reason: message }),
      );
    }),
  );
  options.signal?.throwIfAborted();
  return chosen(run).map((name) => loads.find((one) => one.name === name) ?? { name, load: 0 });
}

/** A run that makes up no secret. */
async function looking(options: ClusterRunOptions): Promise<ClusterRun> {
  const run = new ClusterRun({ ...options, dryRun: true });
  await run.prepare();
  return run;
}

/** Names of all that were asked for, those that are off among them. */
function chosen({ members, options: { onlyNodes } }: ClusterRun): readonly string[] {
  const names = members.map(({ deployed }) => deployed.name);
  return onlyNodes ? names.filter((name) => onlyNodes.includes(name)) : names;
}
