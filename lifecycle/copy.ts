import { basename, join, posix, resolve } from 'node:path';
import { type CopyOutcome, copyFrom, copyTo } from '../configure/copy';
import { localTree } from '../configure/copy-tree';
import type { Connection } from '../configure/transport';
import { nodeRanges } from '../plan/node-ranges';
import { eachNode } from './_each-node';
import { type Deployed, findDeployed } from './deployed';
import { InterruptedError, UsageError } from './errors';
import { recorded } from './events';
import { type Reachable, type Selection, selectReachable } from './selection';
import type { Workspace } from './workspace';

export interface CopyRequest {
  /** Files and folders: of this machine, or of nodes as `worker-0:/path`, `worker-0,worker-1:/path`, `:/path` (all nodes). */
  readonly from: readonly string[];
  /** Of the other side. */
  readonly to: string;
  /** Which nodes `:/path` means; those whose servers are to be off are left out. @default - all */
  readonly selection?: Selection;
  /** With how many nodes at a time. @default - all */
  readonly parallel?: number;
  /** What paths of this machine are relative to. @default process.cwd() */
  readonly cwd?: string;
}

export interface CopyResult {
  readonly environment: string;
  readonly direction: 'up' | 'down';
  /** Everything is where it should be. */
  readonly ok: boolean;
  readonly nodes: readonly NodeCopy[];
  /** Names of selected nodes that were left out, because their servers are to be off. */
  readonly off: readonly string[];
}

export interface NodeCopy extends CopyOutcome {
  readonly node: string;
}

interface Place {
  readonly path: string;
  /** Names of nodes; empty = all that are selected; undefined = this machine. */
  readonly nodes?: readonly string[];
}

/**
 * Copies files and folders to nodes, or from nodes; from several of them into a folder for each.
 * @throws {UsageError} before anything is copied
 */
export async function copy(workspace: Workspace, environment: string, request: CopyRequest): Promise<CopyResult> {
  if (request.from.length === 0) throw new UsageError('what is to be copied, and where to? Both have to be named.');
  const from = request.from.map(parsePlace);
  const to = parsePlace(request.to);
  const direction = directionOf(from, to);
  const deployed = await findDeployed(workspace, environment);
  const work = direction === 'up' ? await upload(deployed, from, to, request) : download(deployed, from, to, request);
  const each = async (): Promise<CopyResult> => {
    const nodes = await copyEach(workspace, deployed, work, request.parallel);
    return { environment, direction, ok: nodes.every(({ failures }) => failures.length === 0), nodes, off: work.off };
  };
  if (direction === 'down') return each();
  const detail = `to ${to.path} on ${nodeRanges(work.nodes.map(({ name }) => name))}`;
  return recorded(workspace, environment, { verb: 'copy', detail, failure }, each);
}

async function copyEach(
  workspace: Workspace,
  deployed: Deployed,
  { nodes, copy: copyOne }: Work,
  parallel: number | undefined,
): Promise<readonly NodeCopy[]> {
  const { onProgress, signal } = workspace.options;
  const outcomes = await eachNode(workspace, deployed, { nodes, parallel, phase: 'copy' }, (connection) =>
    copyOne(connection, {
      onProgress: (text) => onProgress?.({ subject: connection.node, phase: 'copy', state: 'update', text }),
      ...(signal && { signal }),
    }),
  );
  if (signal?.aborted) throw new InterruptedError('interrupted: files that were not whole yet are not there');
  return outcomes.map(({ node, value, error }) => {
    return { node, ...(value ?? { files: 0, bytes: 0, leftOut: [], failures: [error!.message] }) };
  });
}

function failure({ ok, nodes }: CopyResult): string | undefined {
  if (ok) return undefined;
  return `not whole on ${nodeRanges(nodes.filter(({ failures }) => failures.length > 0).map(({ node }) => node))}`;
}

interface Work extends Reachable {
  copy(connection: Connection, options: Parameters<typeof copyTo>[3]): Promise<CopyOutcome>;
}

async function upload(deployed: Deployed, from: readonly Place[], to: Place, request: CopyRequest): Promise<Work> {
  const reachable = nodesOf(deployed, to, request);
  const paths = from.map(({ path }) => resolve(request.cwd ?? '.', path));
  refuseSameNames(paths);
  const read = await Promise.allSettled(paths.map(localTree));
  const problems = read.flatMap((each) => (each.status === 'rejected' ? [(each.reason as Error).message] : []));
  if (problems.length > 0) throw new UsageError(problems.join('\n'));
  const trees = read.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  return { ...reachable, copy: (connection, options) => copyTo(connection, trees, to.path, options) };
}

function download(deployed: Deployed, from: readonly Place[], to: Place, request: CopyRequest): Work {
  const wanted = from.map((place) => ({ path: place.path, ...nodesOf(deployed, place, request) }));
  const pathsOf = (name: string) =>
    wanted.filter(({ nodes }) => nodes.some((node) => node.name === name)).map(({ path }) => path);
  const nodes = deployed.output.nodes.filter(({ name }) => pathsOf(name).length > 0);
  for (const { name } of nodes) refuseSameNames(pathsOf(name));
  // Where all that are selected are asked, one node more or less puts nothing into another place.
  const apart = nodes.length > 1 || from.some((place) => place.nodes!.length === 0);
  const into = apart || to.path.endsWith('/');
  const here = resolve(request.cwd ?? '.', to.path);
  return {
    nodes,
    off: [...new Set(wanted.flatMap(({ off }) => off))],
    copy: (connection, options) => {
      const dest = apart ? join(here, connection.node) : here;
      return copyFrom(connection, pathsOf(connection.node), dest, { ...options, into });
    },
  };
}

function nodesOf(deployed: Deployed, { nodes }: Place, { selection = {} }: CopyRequest): Reachable {
  if (!nodes || nodes.length === 0) return selectReachable(deployed, selection);
  if (Object.values(selection).every((names) => names === undefined)) return selectReachable(deployed, { on: nodes });
  throw new UsageError(`the nodes are named twice: write :/path, or leave the options away that select nodes`);
}

/** As scp tells them apart: what stands before a colon without a `/` is a node. */
function parsePlace(text: string): Place {
  const [, names, path] = /^([^/:]*):([\s\S]*)$/.exec(text) ?? [];
  if (names === undefined || path === undefined) return { path: text };
  if (!path.startsWith('/') || posix.normalize(path) === '/') {
    throw new UsageError(
      `"${text}": a node's path begins with "/" and is not "/" alone, as in ${names || 'worker-0'}:/tmp/data (a file of this machine with a colon in its name is written as ./${text})`,
    );
  }
  return { path, nodes: names === '' ? [] : names.split(',') };
}

function directionOf(from: readonly Place[], to: Place): CopyResult['direction'] {
  const remote = from.filter(({ nodes }) => nodes !== undefined).length;
  if (to.nodes && remote === 0) return 'up';
  if (!to.nodes && remote === from.length) return 'down';
  if (to.nodes)
    throw new UsageError('from node to node nothing is copied: copy it here first, then to the other nodes');
  throw new UsageError(
    remote === 0
      ? 'neither side is a node: write its path as worker-0:/path, or :/path for all nodes'
      : 'the sources are partly of this machine and partly of nodes: copy them one after the other',
  );
}

/** In one folder, the second would take the place of the first. */
function refuseSameNames(paths: readonly string[]): void {
  const names = paths.map((path) => basename(path));
  const twice = names.filter((name, index) => names.indexOf(name) !== index);
  if (twice.length > 0) throw new UsageError(`several sources have the same name: ${[...new Set(twice)].join(', ')}`);
}
