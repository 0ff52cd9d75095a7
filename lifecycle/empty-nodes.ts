import { DrainError, drainNodes } from '../configure/drain';
import { stopNodes } from '../configure/stop-nodes';
import type { Deployed } from './deployed';
import { onNodes } from './node-work';
import type { ReachOptions } from './reach';
import type { Workspace } from './workspace';

export interface DrainOptions extends ReachOptions {
  /** A node that can't be reached counts as empty: it is lost already. @default false */
  readonly allowUnreachable?: boolean;
  /** How long each node may take to be emptied. @default 3600 */
  readonly drainSeconds?: number;
}

export interface EmptyOptions extends DrainOptions {
  /** Names of nodes that are not drained, only stopped. @default [] */
  readonly undrained?: readonly string[];
  /** Names of those that go for good. @default [] */
  readonly leaving?: readonly string[];
  /** Names of nodes that have just come back to work: they are to have a place for what these give up. @default [] */
  readonly settled?: readonly string[];
}

/**
 * Lets the work of nodes finish or move away, then stops their services, in the reverse order of their start.
 * @throws {DrainError} naming every node that could not be emptied or stopped
 */
export async function emptyNodes(
  workspace: Workspace,
  deployed: Deployed,
  names: readonly string[],
  { undrained = [], settled = [], leaving = [], allowUnreachable = false, drainSeconds, ...reach }: EmptyOptions = {},
): Promise<void> {
  if (names.length === 0) return;
  await onNodes(
    workspace,
    deployed,
    async (run) => {
      const drained = names.filter((name) => !undrained.includes(name));
      const limit = drainSeconds === undefined ? {} : { withinSeconds: drainSeconds };
      const drain = { ...run, ...limit, allowUnreachable, settled, leaving, onlyNodes: drained };
      const lost = drained.length > 0 ? (await drainNodes(drain)).unreachable : [];
      const { nodes } = await stopNodes({ ...run, onlyNodes: names.filter((name) => !lost.includes(name)) });
      const failures = nodes.flatMap(({ name, error }) => (error === undefined ? [] : [[name, error] as const]));
      if (failures.length > 0) throw new DrainError(deployed.environment.name, new Map(failures));
    },
    reach,
  );
}
