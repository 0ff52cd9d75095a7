import { type RoleUnit, readJournal, roleUnits } from '../configure/logs';
import { eachNode } from './_each-node';
import { type Deployed, findDeployed } from './deployed';
import { InterruptedError, UsageError } from './errors';
import { type Reachable, type Selection, selectReachable } from './selection';
import type { Workspace } from './workspace';

export interface LogsRequest {
  /** Those whose servers are to be off are left out. @default - all nodes whose roles have units */
  readonly selection?: Selection;
  /** Goes on with what comes, until the workspace's signal. @default false */
  readonly follow?: boolean;
  /** The last lines of each node; not with both `follow` and `sinceSeconds`. @default 100, with `sinceSeconds` 100,000 */
  readonly lines?: number;
  /** Nothing older. @default - however old it is */
  readonly sinceSeconds?: number;
  /** Called once, before the first line, with the nodes that are asked. */
  readonly onNodes?: (nodes: readonly string[]) => void;
  /** Called with every line: in the order of their times, or, with `follow`, as they come. */
  readonly onLine: (node: string, line: string) => void;
}

export interface LogsResult {
  readonly environment: string;
  /** Every node could be read to the end. */
  readonly ok: boolean;
  readonly nodes: readonly NodeLog[];
  /** Names of selected nodes that were left out, because their servers are to be off. */
  readonly off: readonly string[];
}

export interface NodeLog {
  readonly node: string;
  readonly units: readonly string[];
  readonly lines: number;
  /** Why it could not be read, or not to the end. */
  readonly error?: string;
}

const LINES = 100;
const LINES_SINCE = 100_000;

/**
 * Tells what the services of a cluster's roles have logged. A node that can't be read, or that breaks while it is followed,
 * is told and ends no other.
 * @throws {UsageError} for nodes or roles that there aren't, or that have no services, and for nodes that are named and off
 */
export async function logs(workspace: Workspace, environment: string, request: LogsRequest): Promise<LogsResult> {
  const { follow = false, sinceSeconds, onLine } = request;
  const { onProgress, signal } = workspace.options;
  if (follow && sinceSeconds !== undefined && request.lines !== undefined) {
    throw new UsageError('what is followed begins either with the last lines or at a time: name one of the two');
  }
  const deployed = await findDeployed(workspace, environment);
  const { nodes, off, units } = withUnits(deployed, request.selection ?? {});
  request.onNodes?.(nodes.map(({ name }) => name));
  const last = request.lines ?? (sinceSeconds === undefined ? LINES : LINES_SINCE);
  const lines = new Lines(follow, last, onLine);
  const broken = new Map<string, string>();
  const onError = (node: string, { message }: Error): void => {
    // To be ended is what following is for.
    if (signal?.aborted) return;
    broken.set(node, message);
    onProgress?.({ subject: node, phase: 'logs', state: 'warn', text: `its log ends here: ${message}` });
  };
  await eachNode(workspace, deployed, { nodes, onError }, (connection) =>
    readJournal(connection, {
      units: units.get(connection.node)!,
      from: sinceSeconds === undefined ? { lines: last } : { seconds: sinceSeconds },
      follow,
      onLine: (line) => lines.take(connection.node, line),
      ...(signal && { signal }),
    }),
  );
  if (signal?.aborted && !follow) throw new InterruptedError();
  lines.end(nodes.map(({ name }) => name));
  const results = nodes.map(({ name: node }): NodeLog => {
    const error = broken.get(node);
    return { node, units: units.get(node)!, lines: lines.count(node), ...(error !== undefined && { error }) };
  });
  return { environment, ok: broken.size === 0, nodes: results, off };
}

/** Tells lines as they come, or keeps the last of each node to tell them in the order of their times. */
class Lines {
  readonly #kept = new Map<string, string[]>();
  readonly #counts = new Map<string, number>();

  constructor(
    private readonly atOnce: boolean,
    private readonly last: number,
    private readonly onLine: LogsRequest['onLine'],
  ) {}

  take(node: string, line: string): void {
    if (this.atOnce) this.#tell(node, line);
    else this.#keep(node, line);
  }

  /** Tells what was kept, of these nodes. */
  end(nodes: readonly string[]): void {
    const kept = new Map(nodes.map((node) => [node, (this.#kept.get(node) ?? []).slice(-this.last)]));
    for (const { node, line } of byTime(kept)) this.#tell(node, line);
  }

  count(node: string): number {
    return this.#counts.get(node) ?? 0;
  }

  #keep(node: string, line: string): void {
    const kept = this.#kept.get(node) ?? [];
    this.#kept.set(node, kept);
    kept.push(line);
    if (kept.length >= 2 * this.last) kept.splice(0, kept.length - this.last);
  }

  #tell(node: string, line: string): void {
    this.#counts.set(node, this.count(node) + 1);
    this.onLine(node, line);
  }
}

/** The selected nodes that have services of the selected roles, and those. */
function withUnits(
  deployed: Deployed,
  selection: Selection,
): Reachable & { readonly units: ReadonlyMap<string, readonly string[]> } {
  const all = roleUnits(deployed.plan, deployed.output);
  const wanted = ({ role }: RoleUnit) => !selection.roles || selection.roles.includes(role);
  const { nodes: selected, off } = selectReachable(deployed, selection);
  const units = new Map(
    selected.map(({ name }) => [name, (all.get(name) ?? []).filter(wanted).map(({ unit }) => unit)]),
  );
  const nodes = selected.filter(({ name }) => units.get(name)!.length > 0);
  if (nodes.length > 0) return { nodes, off: off.filter((name) => all.get(name)?.some(wanted)), units };
  const roles = [...new Set([...all.values()].flat().map(({ role }) => role))];
  throw new UsageError(
    `${selected.map(({ name }) => name).join(', ')} of ${deployed.output.environment}: none has a service ${selection.roles ? `of ${selection.roles.join(', ')}` : 'of ours'}; roles with services are ${roles.join(', ') || 'none'}`,
  );
}

/** A time as journalctl writes it, which sorts as text. */
const TIME = /^\d{4}-\d\d-\d\dT\S+/;

/** The lines of all nodes by their times; a line without one belongs to the line before it. */
export function byTime(
  logOf: ReadonlyMap<string, readonly string[]>,
): readonly { readonly node: string; readonly line: string }[] {
  const entries = [...logOf].flatMap(([node, lines], order) => {
    let time = '';
    return lines.map((line) => {
      time = TIME.exec(line)?.[0] ?? time;
      return { node, line, time, order };
    });
  });
  return entries.sort((a, b) => (a.time === b.time ? a.order - b.order : a.time < b.time ? -1 : 1));
}
