import { inRegion, plannedNodes, regionsOf } from '../plan/cluster-plan';
import { setCount } from '../plan/edit-environment';
import type { ClusterEnvironment } from '../plan/load-environments';
import { misfits } from '../plan/misfits';
import { withoutNodes, writeRegister } from '../plan/node-register';
import { ApplyMark } from './_apply-mark';
import { chooseLeaving, type Leaving, namesOf, nodesOf, numbersOf } from './_leaving-nodes';
import { namingOthers } from './_naming-others';
import { type NodeOfGroup, refuseOtherChanges } from './_other-changes';
import { prefetchArtifacts } from './_prefetch';
import { describeSizes, type Resize, type WantedSizes, wantedSizes } from './_resizes';
import { ScaleIntent, type Scaling } from './_scale-intent';
import { applyPlan } from './apply';
import { type ConfigureResult, configure, failedNodes } from './configure';
import { type Confirmation, confirmed } from './confirmation';
import { type Deployed, findDeployed } from './deployed';
import { type DrainOptions, emptyNodes } from './empty-nodes';
import { UsageError } from './errors';
import { recorded } from './events';
import { openForUpdate } from './plan';
import { prepare } from './prepare';
import { reachOptions } from './reach';
import type { Workspace } from './workspace';

/** How many nodes there are to be, and which go. Where none are named, those that are idle go first, the newest of them first. */
export interface ScaleRequest extends WantedSizes, DrainOptions, Confirmation {}

export interface ScaleResult {
  readonly environment: string;
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** Changes that were made in the cloud. */
  readonly applied: number;
  /** Of the new nodes, and of those whose configuration names others. */
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
  const detail = describeRequest(request);
  const failure = ({ configured }: ScaleResult) => failedNodes(configured);
  return recorded(workspace, name, { verb: 'scale', detail, failure }, async () => {
    const deployed = await findDeployed(workspace, name);
    const intent = new ScaleIntent(workspace.memoryDir, name);
    const { leaving: earlier } = intent.scaling;
    const wanted = withoutGone(deployed.environment, earlier, request);
    const resizes = wantedSizes(deployed.environment, wanted);
    const leaving = await chooseLeaving(workspace, deployed, resizes, { ...wanted, earlier });
    const removed = namesOf(numbersOf(leaving));
    refuseMisfits(deployed.environment, resizes);
    if (removed.length > 0) await confirmed(name, whatGoes(name, removed), request);
    intent.set(goingOn(deployed.environment, intent.scaling, leaving));
    const there = deployed.output.nodes.map((node) => node.name).filter((node) => removed.includes(node));
    await emptyNodes(workspace, deployed, there, { ...request, leaving: there });
    rewrite(deployed.environment, resizes, leaving);
    const goOn = resizes.length > 0 ? `firesteel scale ${name} ${describeSizes(resizes)}` : 'the same command';
    return deploySize(workspace, deployed, goOn, intent, request);
  });
}

/** @throws {UsageError} before any node is emptied, where roles can't work in such numbers */
function refuseMisfits({ plan }: ClusterEnvironment, resizes: readonly Resize[]): void {
  const holders = plan.groups.map((group) => ({
    group,
    roles: group.roles,
    count: resizes.find((resize) => resize.group === group.name)?.count ?? group.numbers.length,
  }));
  const regions = regionsOf(plan).map((region) =>
    holders.filter(({ group }) => inRegion(plan, region).groups.includes(group)),
  );
  const names = (plan.regions ?? []).flatMap(({ name }) => name ?? []);
  const found = regions.flatMap((region) => misfits(region, plan.settings, names));
  if (found.length > 0) throw new UsageError(found.map(({ message }) => message).join('\n'));
}

function describeRequest({ sizes = {}, remove = [] }: WantedSizes): string {
  const words = Object.entries(sizes).map(([word, count]) => `${word}=${count}`);
  return [...words, ...remove.map((node) => `without ${node}`)].join(' ');
}

/** A node that a run which was cut off has taken out of the register may be named once more. */
function withoutGone<T extends WantedSizes>({ plan }: ClusterEnvironment, earlier: Scaling['leaving'], request: T): T {
  const gone = namesOf(outside(plan, earlier));
  return { ...request, remove: (request.remove ?? []).filter((node) => !gone.includes(node)) };
}

/** What is to be remembered from here on; nodes that were chosen earlier and stay after all go back to work. */
function goingOn(
  { plan }: ClusterEnvironment,
  { leaving: earlier, arriving }: Scaling,
  leaving: readonly Leaving[],
): Scaling {
  const gone = outside(plan, earlier);
  const going = numbersOf(leaving);
  const groups = [...new Set([...Object.keys(gone), ...Object.keys(going)])];
  const all = groups.map((group) => [group, [...(gone[group] ?? []), ...(going[group] ?? [])]] as const);
  const goes = [...namesOf(gone), ...namesOf(going)];
  const back = namesOf(earlier).filter((node) => !goes.includes(node));
  return { leaving: Object.fromEntries(all), arriving: [...new Set([...arriving, ...back])] };
}

/** Numbers that the plan has no more. */
function outside({ groups }: ClusterEnvironment['plan'], numbers: Scaling['leaving']): Scaling['leaving'] {
  const entries = Object.entries(numbers).map(([name, all]) => {
    const known = groups.find((group) => group.name === name)?.numbers ?? [];
    return [name, all.filter((number) => !known.includes(number))] as const;
  });
  return Object.fromEntries(entries.filter(([, all]) => all.length > 0));
}

function whatGoes(name: string, removed: readonly string[]): string {
  return `This takes ${removed.join(', ')} out of ${name}: ${removed.length === 1 ? 'it is' : 'they are'} emptied of work first, then destroyed with ports, floating IPs and volumes.`;
}

/**
 * The register first: where a run is cut off before the file is written too, the next one takes away the new number that
 * the old count would then ask for, and no other node.
 */
function rewrite(environment: ClusterEnvironment, resizes: readonly Resize[], leaving: readonly Leaving[]): void {
  const numbers = numbersOf(leaving);
  const register = Object.entries(numbers).reduce(
    (rest, [group, gone]) => withoutNodes(rest, group, gone),
    environment.register,
  );
  writeRegister(environment.registerFile, register);
  for (const { word, count, group } of resizes) setCount(environment, word, count, { leaving: numbers[group] ?? [] });
}

async function deploySize(
  workspace: Workspace,
  before: Deployed,
  goOn: string,
  intent: ScaleIntent,
  options: ScaleRequest,
): Promise<ScaleResult> {
  const { name } = before.environment;
  workspace.forgetStacks();
  const environment = workspace.environment(name) as ClusterEnvironment;
  const ground = await openForUpdate(workspace, environment);
  const { terraform, cluster } = ground;
  const noUse = new AbortController();
  const prefetching = prefetchArtifacts(workspace, cluster!, noUse.signal);
  try {
    await prepare(workspace, ground.requests, [terraform]);
    const { arriving, leaving, removed } = movement(environment, before, intent.scaling);
    const moving = [...arriving, ...leaving];
    const planSize = async (refresh: boolean) =>
      terraform.checked(await terraform.plan({ refresh }), ({ changes }) => refuseOtherChanges(name, changes, moving));
    // Nodes that stay are not touched, so that the cloud need not be asked about each of them.
    const onlyGrows = leaving.length === 0 && new ApplyMark(workspace.memoryDir, name).since === undefined;
    const plan = await planSize(!onlyGrows);
    const added = arriving.map(({ node }) => node);
    intent.set({ arriving: added });
    const applied = await applyPlan(workspace, terraform, plan, environment, { goOn, planRest: () => planSize(true) });
    intent.set({ leaving: {} });
    const told = namingOthers(environment.plan, [...added, ...removed]);
    const onlyNodes = [...new Set([...added, ...told])];
    const configured = await configure(workspace, name, { ...reachOptions(options), onlyNodes });
    if (configured.failed === 0) intent.clear();
    await prefetching;
    return { environment: name, added, removed, applied, configured };
  } catch (error) {
    noUse.abort(error);
    throw error;
  }
}

interface Movement {
  readonly arriving: readonly NodeOfGroup[];
  readonly leaving: readonly NodeOfGroup[];
  /** Names of those that were deployed, and are no more in the file. */
  readonly removed: readonly string[];
}

/** From what was deployed to what the file says now; what a run that was cut off has begun is part of it. */
function movement({ plan }: ClusterEnvironment, before: Deployed, begun: Scaling): Movement {
  const was = before.output.nodes.map((node) => node.name);
  const will = plannedNodes(plan).map(({ group, name }): NodeOfGroup => ({ group: group.name, node: name }));
  return {
    arriving: will.filter(({ node }) => !was.includes(node) || begun.arriving.includes(node)),
    leaving: nodesOf(begun.leaving),
    removed: was.filter((name) => !will.some(({ node }) => node === name)),
  };
}
