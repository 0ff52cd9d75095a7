import { runCommand } from '../configure/run-command';
import type { DeployedNode } from '../plan/cluster-output';
import { nodesOff } from '../plan/cluster-plan';
import { setWord } from '../plan/edit-environment';
import {
  ASK_REGION_STATE,
  type GaleraRegions,
  GIVE_UP_THE_REST,
  galeraRegions,
  PRIMARY_PATH,
  parseRegionState,
  REPLICATED_ROLE,
  type RegionState,
} from '../roles/galera/promotion';
import { eachNode } from './_each-node';
import { type Handover, handover } from './_handover';
import { type ConfigureResult, configure, failedNodes } from './configure';
import { type Confirmation, confirmed } from './confirmation';
import { type Deployed, findDeployed } from './deployed';
import { RefusedError, UsageError } from './errors';
import { recorded } from './events';
import { type ReachOptions, reachOptions } from './reach';
import type { Workspace } from './workspace';

export interface PromoteRequest extends ReachOptions, Confirmation {
  /** The region that is to take writes. */
  readonly region: string;
  /** The region that took them does not answer, and what only it has is given up. @default false */
  readonly lost?: boolean;
}

export interface PromoteResult {
  readonly environment: string;
  readonly region: string;
  /** The region that took writes before; the same where a promotion was finished that had been cut off. */
  readonly former: string;
  /** `handedOver` = the former one answered, and nothing is lost; `lost` = it did not. */
  readonly how: 'handedOver' | 'lost';
  /** Nodes that were not told, because their region does not answer. */
  readonly unreached: readonly string[];
  readonly configured: ConfigureResult;
}

/**
 * Lets another region of a cluster take writes. Where the one that does answers, it stops taking them first, and the other
 * one begins when it has all of them: nothing is lost. Where it does not, what it had not sent yet is given up, which has to
 * be said. The environment's file is changed in place, then all nodes that answer are configured. A run that was cut off is
 * finished by the next one.
 * @throws {UsageError} for a cluster that doesn't replicate between regions, or a region that there isn't
 * @throws {RefusedError} where the region can't take over, or something would be lost and nobody has agreed to that
 */
export async function promote(workspace: Workspace, name: string, request: PromoteRequest): Promise<PromoteResult> {
  const { region, lost = false } = request;
  const failure = ({ configured }: PromoteResult) => failedNodes(configured);
  const detail = `${region}${lost ? ' without what only the lost one has' : ''}`;
  return recorded(workspace, name, { verb: 'promote', detail, failure }, async () => {
    const deployed = await findDeployed(workspace, name);
    const regions = replicating(name, galeraRegions(deployed.plan.settings), region);
    const servers = await askServers(workspace, deployed);
    requireReady(servers, region);
    const former = regions.primary;
    const giveUp =
      former === region ? lost : await agreed(name, handover(statesByRegion(servers), former, region), request);
    if (giveUp) await giveUpTheRest(workspace, deployed, servers, region);
    setWord(deployed.environment, PRIMARY_PATH, region);
    workspace.forgetStacks();
    const silent = giveUp ? silentRegions(servers) : [];
    const all = deployed.output.nodes.filter((node) => !nodesOff(deployed.plan).has(node.name));
    const unreached = all.filter((node) => silent.includes(node.region ?? '')).map((node) => node.name);
    const onlyNodes = all.map((node) => node.name).filter((node) => !unreached.includes(node));
    const configured = await configure(workspace, name, { ...reachOptions(request), onlyNodes });
    const how = giveUp ? 'lost' : 'handedOver';
    return { environment: name, region, former, how, unreached, configured };
  });
}

/** @throws {UsageError} */
function replicating(name: string, regions: GaleraRegions | undefined, wanted: string): GaleraRegions {
  if (!regions) {
    throw new UsageError(
      `${name} has no database that replicates between regions: "settings: { ${REPLICATED_ROLE}: { asynchronous: { regions: […] } } }" says that`,
    );
  }
  if (regions.names.includes(wanted)) return regions;
  throw new UsageError(
    `${name} does not replicate to a region "${wanted}": its regions are ${regions.names.join(', ')}`,
  );
}

/** A database server, and how it stands. */
interface Server {
  readonly node: DeployedNode;
  /** Absent where it does not answer. */
  readonly state?: RegionState;
  /** Why there is none. */
  readonly error?: Error;
}

async function askServers(workspace: Workspace, deployed: Deployed): Promise<readonly Server[]> {
  const off = nodesOff(deployed.plan);
  const nodes = deployed.output.nodes.filter(({ name, roles }) => roles.includes(REPLICATED_ROLE) && !off.has(name));
  const { signal } = workspace.options;
  const outcomes = await eachNode(workspace, deployed, { nodes, phase: 'ask' }, async (connection) => {
    const { exitCode, stdout, stderr } = await runCommand(connection, ASK_REGION_STATE, {
      root: true,
      ...(signal && { signal }),
    });
    if (exitCode !== 0) throw new Error(stderr.trim() || `exit status ${exitCode}`);
    return parseRegionState(stdout);
  });
  signal?.throwIfAborted();
  return nodes.map((node, index): Server => {
    const { value, error } = outcomes[index]!;
    return { node, ...(value && { state: value }), ...(error && { error }) };
  });
}

function statesByRegion(servers: readonly Server[]): ReadonlyMap<string, readonly RegionState[]> {
  const names = new Set(servers.flatMap(({ node }) => node.region ?? []));
  const of = (region: string) => servers.flatMap(({ node, state }) => (node.region === region && state ? [state] : []));
  return new Map([...names].map((region) => [region, of(region)]));
}

/** @throws {RefusedError} where no server of the region can take writes */
function requireReady(servers: readonly Server[], region: string): void {
  const own = servers.filter(({ node }) => node.region === region);
  if (own.some(({ state }) => state && state.phase !== 'not ready')) return;
  const why = own.map(
    ({ node, state, error }) => `${node.name}: ${state?.problem ?? error?.message ?? 'it says nothing'}`,
  );
  throw new RefusedError(`${region} can't take over, because none of its database servers is ready`, why);
}

/**
 * Whether something is given up, which somebody has agreed to.
 * @throws {RefusedError} where nobody has
 */
async function agreed(name: string, { text, loses }: Handover, request: PromoteRequest): Promise<boolean> {
  const { lost = false, confirm } = request;
  if (loses && lost) return true;
  if (loses && !confirm) throw new RefusedError(`${text}\nTo go on without them, say --lost`);
  await confirmed(name, text, request);
  return loses;
}

/** On all servers of the region that answer. @throws {Error} where one can't be told */
async function giveUpTheRest(
  workspace: Workspace,
  deployed: Deployed,
  servers: readonly Server[],
  region: string,
): Promise<void> {
  const nodes = servers.filter(({ node, state }) => node.region === region && state).map(({ node }) => node);
  const outcomes = await eachNode(workspace, deployed, { nodes }, async (connection) => {
    const { exitCode, stderr } = await runCommand(connection, GIVE_UP_THE_REST, { root: true });
    if (exitCode !== 0) throw new Error(stderr.trim() || `exit status ${exitCode}`);
  });
  const failed = outcomes.filter(({ error }) => error);
  if (failed.length === 0) return;
  const reasons = failed.map(({ node, error }) => `${node}: ${error!.message}`).join('; ');
  throw new Error(`servers of ${region} could not be told to take over: ${reasons}`);
}

/** Regions of which no database server can be reached. */
function silentRegions(servers: readonly Server[]): readonly string[] {
  return [...statesByRegion(servers)].filter(([, states]) => states.length === 0).map(([region]) => region);
}
