import { type NodeLoad, nodeLoads } from '../configure/drain';
import { hostName, nodeName, restOf } from '../plan/cluster-plan';
import { scalableGroup, setCount } from '../plan/edit-environment';
import type { ClusterEnvironment } from '../plan/load-environments';
import { withoutNodes, writeRegister } from '../plan/node-register';
import { refuseOtherChanges } from './_other-changes';
import { prefetchArtifacts } from './_prefetch';
import { ScaleIntent } from './_scale-intent';
import { applyPlan } from './apply';
import { type ConfigureResult, configure, failedNodes } from './configure';
import { type Deployed, findDeployed } from './deployed';
import { emptyNodes } from './empty-nodes';
import { RefusedError, UsageError } from './errors';
import { recorded } from './events';
import { onNodes } from './node-work';
import { openForUpdate } from './plan';
import { prepare } from './prepare';
import type { ReachOptions } from './reach';
import type { Workspace } from './workspace';

export interface ScaleRequest extends ReachOptions {
  /** How many nodes there are to be, by the word of the environment's file: `{ workers: 5 }`. */
  readonly sizes?: Readonly<Record<string, number>>;
  /** Names of the nodes that go. @default - where there are to be fewer: those that are idle first, the newest of them first */
  readonly remove?: readonly string[];
  /** A node that goes and can't be reached counts as empty: it is lost already. @default false */
  readonly allowUnreachable?: boolean;
  /** How long each node may take to be emptied. @default 3600 */
  readonly drainSeconds?: number;
  /** Asks the user, with what goes; false leaves everything as it is. @default - goes on without asking */
  readonly confirm?: (losses: string) => Promise<boolean>;
}

export interface ScaleResult {
  readonly environment: string;
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** Changes that were made in the cloud. */
  readonly applied: number;
  /** Of the new nodes. */
  readonly configured: ConfigureResult;
}

/**
 * Gives a cluster more nodes, or fewer: nodes that go are emptied first (running tasks finish, blocks move), then stopped,
 * then taken out of the environment's file and register, then destroyed. Nodes that stay are not touched. One that was cut
 * off is finished by the next run with the same sizes.
 * @throws {UsageError} for a group or node that there isn't @throws {RefusedError} when more would be changed than that
 * @throws {DrainError} when a node could not be emptied; nothing is removed then
 */
export async function scale(workspace: Workspace, name: string, request: ScaleRequest): Promise<ScaleResult> {
  const detail = [
    ...Object.entries(request.sizes ?? {}).map(([word, count]) => `${word}=${count}`),
    ...(request.remove ?? []).map((node) => `without ${node}`),
  ].join(' ');
  const failure = ({ configured }: ScaleResult) => failedNodes(configured);
  return recorded(workspace, name, { verb: 'scale', detail, failure }, async () => {
    const deployed = await findDeployed(workspace, name);
    const intent = new ScaleIntent(workspace.memoryDir, name);
    const resizes = wantedSizes(deployed.environment, request);
    const leaving = await chooseLeaving(workspace, deployed, resizes, intent, request);
    const removed = leavingNames(leaving);
    if (removed.length > 0) {
      await confirmed(name, removed, request);
      intent.set({ leaving: numbersOf(leaving) });
      const there = deployed.output.nodes.map((node) => node.name).filter((node) => removed.includes(node));
      await emptyNodes(workspace, deployed, there, request);
    }
    return deploySize(workspace, deployed, resizes, leaving, intent, request);
  });
}

interface Resize {
  readonly word: string;
  readonly group: string;
  readonly count: number;
}

/** Nodes of a group that go. */
interface Leaving extends Resize {
  readonly numbers: readonly number[];
}

/** @throws {UsageError} */
function wantedSizes(environment: ClusterEnvironment, { sizes = {}, remove = [] }: ScaleRequest): readonly Resize[] {
  const given = Object.entries(sizes).map(([word, count]) => ({
    word,
    count,
    ...only(scalableGroup(environment, word)),
  }));
  const twice = given.find(({ group }, index) => given.findIndex((other) => other.group === group) !== index);
  if (twice) throw new UsageError(`the number of group ${twice.group} is given twice`);
  const named = [...groupsOf(environment, remove)].filter(([group]) => !given.some((resize) => resize.group === group));
  const byName = named.map(([group, numbers]) => {
    const { numbers: all } = environment.plan.groups.find((each) => each.name === group)!;
    return { word: wordOf(environment, group), group, count: all.length - numbers.length };
  });
  for (const { word, count } of [...given, ...byName]) {
    if (!Number.isInteger(count) || count < 1)
      throw new UsageError(
        `${environment.name} can't have ${count} ${word}: at least 1 has to stay (all of it goes with "firesteel plan ${environment.name} --to destroy" and "firesteel down ${environment.name}")`,
      );
  }
  return [...given, ...byName];
}

function only({ group }: { readonly group: string }): { group: string } {
  return { group };
}

/** @throws {UsageError} for a node whose group has a fixed number */
function wordOf({ name, scalable }: ClusterEnvironment, group: string): string {
  const [word] = Object.entries(scalable).find(([, each]) => each.group === group) ?? [];
  if (word !== undefined) return word;
  throw new UsageError(`the nodes of group ${group} of ${name} can't be taken away one by one`);
}

/** Numbers of the named nodes by their group. @throws {UsageError} */
function groupsOf(
  { name, plan }: ClusterEnvironment,
  nodes: readonly string[],
): ReadonlyMap<string, readonly number[]> {
  const found = new Map<string, number[]>();
  const all = plan.groups.flatMap((group) =>
    group.numbers.map((number) => ({ group: group.name, number, node: nodeName(group, number) })),
  );
  for (const wanted of new Set(nodes)) {
    const node = all.find((each) => each.node === wanted || hostName(plan, each.node) === wanted);
    if (!node)
      throw new UsageError(`${name} has no node "${wanted}": it has ${all.map((each) => each.node).join(', ')}`);
    found.set(node.group, [...(found.get(node.group) ?? []), node.number]);
  }
  return found;
}

async function chooseLeaving(
  workspace: Workspace,
  deployed: Deployed,
  resizes: readonly Resize[],
  intent: ScaleIntent,
  { remove = [], allowUnreachable = false }: ScaleRequest,
): Promise<readonly Leaving[]> {
  const { environment } = deployed;
  const named = groupsOf(environment, remove);
  const chosen: Leaving[] = [];
  for (const resize of resizes) {
    const group = environment.plan.groups.find(({ name }) => name === resize.group)!;
    const count = group.numbers.length - resize.count;
    const byName = named.get(group.name) ?? [];
    if (byName.length > Math.max(count, 0)) {
      throw new UsageError(
        `${byName.length} nodes of group ${group.name} are named to go, but ${resize.word}=${resize.count} takes ${Math.max(count, 0)} away: of ${group.numbers.length} there would stay ${group.numbers.length - byName.length}`,
      );
    }
    if (count <= 0) continue;
    const first = [
      ...byName,
      ...(intent.scaling.leaving[group.name] ?? []).filter((number) => group.numbers.includes(number)),
    ];
    const wanted = [...new Set(first)].slice(0, Math.max(count, byName.length));
    const others = group.numbers.filter((number) => !wanted.includes(number));
    const rest = count - wanted.length;
    const idle = rest > 0 ? await idlest(workspace, deployed, resize, others, allowUnreachable) : [];
    chosen.push({ ...resize, numbers: [...wanted, ...idle.slice(0, rest)].sort((a, b) => a - b) });
  }
  return chosen;
}

/** Those that rest, then those with the least work, then the newest; whoever can't be asked may be at work. */
async function idlest(
  workspace: Workspace,
  deployed: Deployed,
  { group: name }: Resize,
  numbers: readonly number[],
  allowUnreachable: boolean,
): Promise<readonly number[]> {
  const group = deployed.plan.groups.find((each) => each.name === name)!;
  const names = new Map(numbers.map((number) => [nodeName(group, number), number]));
  const there = deployed.output.nodes.map((node) => node.name).filter((node) => names.has(node));
  const loads = await onNodes(workspace, deployed, (run) => nodeLoads({ ...run, onlyNodes: there }), PATIENCE);
  const work = ({ load }: NodeLoad): number => load ?? (allowUnreachable ? -1 : Number.POSITIVE_INFINITY);
  const weight = new Map(loads.map((load) => [names.get(load.name)!, work(load)]));
  const of = (number: number): number => (restOf(group, number) ? -2 : (weight.get(number) ?? -3));
  return [...numbers].sort((a, b) => of(a) - of(b) || b - a);
}

/** A node that is asked whether it has work needs no long patience. */
const PATIENCE: ReachOptions = { timeouts: { sshSeconds: 20, cloudInitSeconds: 20 } };

function leavingNames(leaving: readonly Leaving[]): readonly string[] {
  return leaving.flatMap(({ group, numbers }) => numbers.map((number) => nodeName({ name: group }, number)));
}

function numbersOf(leaving: readonly Leaving[]): Record<string, readonly number[]> {
  return Object.fromEntries(leaving.map(({ group, numbers }) => [group, numbers]));
}

async function confirmed(name: string, removed: readonly string[], { confirm }: ScaleRequest): Promise<void> {
  const what = `This takes ${removed.join(', ')} out of ${name}: ${removed.length === 1 ? 'it is' : 'they are'} emptied of work first, then destroyed with ports, floating IPs and volumes.`;
  if (!confirm || (await confirm(what))) return;
  throw new RefusedError(`refused: ${name} stays as it is`);
}

async function deploySize(
  workspace: Workspace,
  before: Deployed,
  resizes: readonly Resize[],
  leaving: readonly Leaving[],
  intent: ScaleIntent,
  options: ScaleRequest,
): Promise<ScaleResult> {
  const { name } = before.environment;
  rewrite(before.environment, resizes, leaving);
  workspace.forgetStacks();
  const environment = workspace.environment(name) as ClusterEnvironment;
  const ground = await openForUpdate(workspace, environment);
  const { terraform, cluster } = ground;
  const noUse = new AbortController();
  const prefetching = prefetchArtifacts(workspace, cluster!.plan, noUse.signal);
  try {
    await prepare(workspace, ground.request, [terraform]);
    const plan = await terraform.plan();
    const gone = Object.entries(intent.scaling.leaving).flatMap(([group, numbers]) =>
      numbers.map((number) => ({ group, node: nodeName({ name: group }, number) })),
    );
    try {
      refuseOtherChanges(name, plan.changes, gone);
    } catch (error) {
      terraform.discard(plan);
      throw error;
    }
    const was = before.output.nodes.map((node) => node.name);
    const will = environment.plan.groups.flatMap((group) => group.numbers.map((number) => nodeName(group, number)));
    const arriving = will.filter((node) => !was.includes(node) || intent.scaling.arriving.includes(node));
    intent.set({ arriving });
    const applied = await applyPlan(
      workspace,
      terraform,
      plan,
      environment,
      `firesteel scale ${name} ${words(resizes)}`,
    );
    intent.set({ leaving: {} });
    const configured = await configure(workspace, name, { ...reachOf(options), onlyNodes: arriving });
    if (configured.failed === 0) intent.clear();
    await prefetching;
    const removed = was.filter((node) => !will.includes(node));
    return { environment: name, added: arriving, removed, applied, configured };
  } catch (error) {
    noUse.abort(error);
    throw error;
  }
}

/** The file and the register say the same as soon as both are written; the intent is what a cut-off in between leaves. */
function rewrite(environment: ClusterEnvironment, resizes: readonly Resize[], leaving: readonly Leaving[]): void {
  let { register } = environment;
  for (const { word, count, group } of resizes) {
    const numbers = leaving.find((each) => each.group === group)?.numbers ?? [];
    setCount(environment, word, count, { leaving: numbers });
    register = withoutNodes(register, group, numbers);
  }
  writeRegister(environment.registerFile, register);
}

function words(resizes: readonly Resize[]): string {
  return resizes.map(({ word, count }) => `${word}=${count}`).join(' ');
}

function reachOf({ trustOnFirstUse, timeouts }: ScaleRequest): ReachOptions {
  return { ...(trustOnFirstUse !== undefined && { trustOnFirstUse }), ...(timeouts && { timeouts }) };
}
