import { plannedNodes, type RestState, restOf } from '../plan/cluster-plan';
import type { ClusterEnvironment } from '../plan/load-environments';
import { withRest, writeRegister } from '../plan/node-register';
import { type NodeOfGroup, refuseOtherChanges } from './_other-changes';
import { applyPlan } from './apply';
import { type ConfigureResult, configure, failedNodes, type RollingOptions } from './configure';
import { type Deployed, findDeployed, findNode } from './deployed';
import { emptyNodes } from './empty-nodes';
import { recorded } from './events';
import { openForUpdate } from './plan';
import { prepare } from './prepare';
import type { ReachOptions } from './reach';
import type { Workspace } from './workspace';

export interface StopRequest extends ReachOptions {
  /** Names of nodes. @default - all of the cluster */
  readonly nodes?: readonly string[];
  /** Only the services are stopped; the servers go on running. @default false */
  readonly keepServers?: boolean;
  /** Work is not let finish first, where nodes stay that it could move to. @default false */
  readonly now?: boolean;
  /** How long each node may take to be emptied. @default 3600 */
  readonly drainSeconds?: number;
}

export interface StopResult {
  readonly environment: string;
  readonly stopped: readonly string[];
  /** Servers were shut off. */
  readonly off: boolean;
  /** Changes that were made in the cloud. */
  readonly applied: number;
}

export interface StartRequest extends ReachOptions, RollingOptions {
  /** Names of nodes. @default - all of the cluster */
  readonly nodes?: readonly string[];
}

export interface StartResult {
  readonly environment: string;
  /** Changes that were made in the cloud. */
  readonly applied: number;
  readonly configured: ConfigureResult;
}

/**
 * Stops services in the reverse order of their start, then shuts the servers off. That they are to be off is written into
 * the node register and applied by Terraform, so that nothing takes it for a fault. Nodes that others go on beside are
 * emptied of their work first.
 * @throws {UsageError} for a node that there isn't @throws {DrainError} naming every node that could not be emptied or stopped
 */
export async function stop(workspace: Workspace, name: string, request: StopRequest = {}): Promise<StopResult> {
  const { keepServers = false } = request;
  const detail = [...(request.nodes ?? ['all']), ...(keepServers ? ['services only'] : [])].join(' ');
  return recorded(workspace, name, { verb: 'stop', detail }, async () => {
    const deployed = await findDeployed(workspace, name);
    const nodes = chosen(deployed, request.nodes);
    await stopServices(workspace, deployed, nodes, request);
    const applied = await applyRest(workspace, deployed, nodes, keepServers ? 'stopped' : 'off', 'stop');
    return { environment: name, stopped: nodes.map(({ node }) => node), off: !keepServers, applied };
  });
}

/** Starts servers that are off, then services in their order, and waits until all is healthy. */
export async function start(workspace: Workspace, name: string, request: StartRequest = {}): Promise<StartResult> {
  const { nodes: names, ...options } = request;
  const failure = ({ configured }: StartResult) => failedNodes(configured);
  const deed = { verb: 'start', detail: (names ?? ['all']).join(' '), failure };
  return recorded(workspace, name, deed, async () => {
    const deployed = await findDeployed(workspace, name);
    const nodes = chosen(deployed, names);
    const applied = await applyRest(workspace, deployed, nodes, undefined, 'start');
    const only = names ? { onlyNodes: nodes.map(({ node }) => node) } : {};
    return { environment: name, applied, configured: await configure(workspace, name, { ...options, ...only }) };
  });
}

/**
 * Stops services and starts them again, in their order; with `servers`, the servers are shut off in between. Nodes that are
 * to rest go on resting, unless they are named.
 */
export async function restart(
  workspace: Workspace,
  name: string,
  request: StopRequest & StartRequest & { readonly servers?: boolean } = {},
): Promise<StartResult> {
  const { servers = false, nodes: names, ...options } = request;
  const failure = ({ configured }: StartResult) => failedNodes(configured);
  const deed = { verb: 'restart', detail: (names ?? ['all']).join(' '), failure };
  return recorded(workspace, name, deed, async () => {
    const deployed = await findDeployed(workspace, name);
    const nodes = names ? chosen(deployed, names) : chosen(deployed).filter(({ rest }) => rest === undefined);
    const wanted = nodes.map(({ node }) => node);
    if (servers) {
      await stop(workspace, name, { ...options, nodes: wanted });
    } else {
      await stopServices(workspace, deployed, nodes, request);
    }
    return start(workspace, name, { ...options, nodes: wanted });
  });
}

interface ChosenNode extends NodeOfGroup {
  readonly number: number;
  readonly rest?: RestState;
}

/** @throws {UsageError} for a name that no node has */
function chosen(deployed: Deployed, names?: readonly string[]): readonly ChosenNode[] {
  const wanted = names?.map((name) => findNode(deployed, name).name);
  const all = plannedNodes(deployed.plan).filter(({ name }) => wanted?.includes(name) ?? true);
  return all.map(({ group, number, name }) => {
    const rest = restOf(group, number);
    return { group: group.name, node: name, number, ...(rest && { rest }) };
  });
}

async function stopServices(
  workspace: Workspace,
  deployed: Deployed,
  nodes: readonly ChosenNode[],
  { now = false, ...options }: StopRequest,
): Promise<void> {
  const running = nodes.filter(({ rest }) => rest !== 'off');
  const works = (node: ChosenNode) => !now && node.rest === undefined && othersWork(deployed, node.group, nodes);
  const undrained = running.filter((node) => !works(node)).map(({ node }) => node);
  await emptyNodes(
    workspace,
    deployed,
    running.map(({ node }) => node),
    { ...options, undrained },
  );
}

/** Work can move to nodes of the group that stay. */
function othersWork({ plan }: Deployed, name: string, leaving: readonly ChosenNode[]): boolean {
  const group = plan.groups.find((each) => each.name === name)!;
  const numbers = leaving.filter((each) => each.group === name).map(({ number }) => number);
  return group.numbers.some((number) => !numbers.includes(number) && restOf(group, number) === undefined);
}

/** @returns changes that were made in the cloud */
async function applyRest(
  workspace: Workspace,
  deployed: Deployed,
  nodes: readonly ChosenNode[],
  rest: RestState | undefined,
  verb: 'start' | 'stop',
): Promise<number> {
  const { name, registerFile } = deployed.environment;
  let { register } = deployed.environment;
  for (const { name: group } of deployed.plan.groups) {
    const numbers = nodes.filter((node) => node.group === group).map(({ number }) => number);
    register = withRest(register, group, numbers, rest);
  }
  writeRegister(registerFile, register);
  workspace.forgetStacks();
  // A start that was cut off has left servers off that the register knows no more of.
  const powered = verb === 'start' || rest === 'off' || nodes.some((node) => node.rest === 'off');
  if (!powered) return 0;
  const environment = workspace.environment(name) as ClusterEnvironment;
  const { terraform, requests } = await openForUpdate(workspace, environment);
  await prepare(workspace, requests, [terraform]);
  const planRest = async () =>
    terraform.checked(await terraform.plan(), ({ changes }) => refuseOtherChanges(name, changes, nodes));
  const goOn = `firesteel ${verb} ${name}`;
  return applyPlan(workspace, terraform, await planRest(), environment, { goOn, planRest });
}
