import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { ClusterRunOptions } from '../configure/cluster-run';
import type { AppliedChange } from '../configure/converge';
import { type NodeReview, reviewNodes } from '../configure/review-nodes';
import { type WantedDigests, wantedDigests } from '../configure/wanted-digests';
import { infrastructureDigest } from '../plan/digest';
import type { Environment } from '../plan/load-environments';
import { ConfiguredRecord } from './_configured-record';
import { PATIENCE } from './_patience';
import { makeRunFolder } from './_run-folder';
import { type Deployed, findDeployed } from './deployed';
import { InterruptedError, NotDeployedError } from './errors';
import { onNodes } from './node-work';
import type { AttributeChange, PlannedChange } from './planned-changes';
import type { ReachOptions } from './reach';
import { noun } from './resource-nouns';
import { namedNodes } from './selection';
import { askStrangers, type Stranger } from './strangers';
import type { StackPlan, Terraform } from './terraform';
import type { Workspace } from './workspace';

/** What somebody changed by hand since it was deployed and configured. What the file asks for anew is told apart. */
export interface Drift {
  readonly environment: string;
  /** Whether there is any. What only the files ask for is none, nor is a node that could not be asked. */
  readonly drifted: boolean;
  /** Of our resources, those of the common environment too. */
  readonly cloud: readonly CloudDrift[];
  /** What Terraform doesn't look at, so that no deploy sets it back. */
  readonly strangers: readonly Stranger[];
  /**
   * Of the nodes that it is about, those on which something was changed, or that could not be asked; those whose servers are
   * to be off are left out.
   */
  readonly nodes: readonly NodeDrift[];
  /** The plan is not the one that was deployed; absent for a common environment, of which nobody knows. */
  readonly fileChanged?: boolean;
  /** What a deploy would do in the cloud besides setting back what was changed by hand. */
  readonly asked: readonly ResourceChange[];
}

/** A resource in words of the users'. */
export interface ResourceChange {
  /** Environment whose stack it belongs to. */
  readonly stack: string;
  /** e.g. `server` */
  readonly kind: string;
  readonly name: string;
  /** Terraform's. */
  readonly address: string;
  readonly action: PlannedChange['action'];
  readonly details: readonly AttributeChange[];
}

/** `details` say what was deployed, and what is there now. */
export interface CloudDrift extends ResourceChange {
  readonly action: 'update' | 'delete';
}

export interface NodeDrift {
  readonly name: string;
  /** What `configure` would do to set back what was changed by hand. */
  readonly changes: readonly AppliedChange[];
  /** What it would do besides, because the file, the register or a role asks for something else by now. */
  readonly asked: readonly AppliedChange[];
  /** What it was configured for last is not known here, so that all of its changes may be asked for by the file. */
  readonly unsure: boolean;
  /** Why it could not be asked. */
  readonly error?: string;
}

export interface DriftRequest extends ReachOptions {
  /** Names of the nodes to look into; the cloud is looked at as a whole all the same. @default - all */
  readonly nodes?: readonly string[];
}

/**
 * Finds out what was changed by hand in the cloud and on the nodes. Changes nothing, and leaves no plan behind. Of a common
 * environment, whose own resources are looked at alone, there are no nodes.
 * @throws {NotDeployedError} @throws {TerraformError} @throws {CloudError} @throws {UsageError} for a node that there isn't
 */
export async function findDrift(workspace: Workspace, name: string, request: DriftRequest = {}): Promise<Drift> {
  const { nodes: names, ...options } = request;
  const environment = workspace.environment(name);
  if (environment.kind === 'common' && !names) return driftOf(name, await inCloud(workspace, [environment]), []);
  const deployed = await findDeployed(workspace, name);
  const only = namedNodes(deployed, names);
  const [inTheCloud, nodes] = await all([
    inCloud(workspace, [...deployed.commons, deployed.environment]),
    onItsNodes(workspace, deployed, only, { timeouts: PATIENCE, ...options }),
  ]);
  const fileChanged = deployed.output.planDigest !== infrastructureDigest(deployed.plan);
  return { ...driftOf(name, inTheCloud, nodes), fileChanged };
}

function driftOf(environment: string, { stacks, strangers }: InCloud, nodes: readonly NodeDrift[]): Drift {
  const cloud = stacks.flatMap(({ byHand }) => byHand);
  const drifted = cloud.length > 0 || strangers.length > 0 || nodes.some(({ changes }) => changes.length > 0);
  return { environment, drifted, cloud, strangers, nodes, asked: stacks.flatMap(({ asked }) => asked) };
}

/** Rejects when both have ended: what goes on in the background would hold connections and Terraform's lock. */
async function all<A, B>([first, second]: readonly [Promise<A>, Promise<B>]): Promise<[A, B]> {
  await Promise.allSettled([first, second]);
  return [await first, await second];
}

export interface StackDrift {
  readonly byHand: readonly CloudDrift[];
  readonly asked: readonly ResourceChange[];
}

interface InCloud {
  readonly stacks: readonly StackDrift[];
  readonly strangers: readonly Stranger[];
}

/** @param environments all that have their part in it, which are in one cloud */
async function inCloud(workspace: Workspace, environments: readonly Environment[]): Promise<InCloud> {
  const terraforms: Terraform[] = [];
  for (const one of environments) terraforms.push(await workspace.terraform(one));
  // One after the other: a plug-in cache of Terraform's is not made for two at once.
  for (const terraform of terraforms) await terraform.init();
  const states = await Promise.all(terraforms.map((terraform) => terraform.state()));
  const resources = states.flatMap((state) => state.resources);
  const last = environments.at(-1)!;
  if (resources.length === 0) throw new NotDeployedError(last.name);
  const asking = workspace.clouds(last).then((clouds) => askStrangers(clouds, resources));
  const [stacks, strangers] = await all([Promise.all(terraforms.map(ofStack)), asking]);
  return { stacks, strangers };
}

async function ofStack(terraform: Terraform): Promise<StackDrift> {
  const { name, dir } = terraform.stack;
  // Of its own: a run beside this one may be about to apply the usual plan.
  const folder = makeRunFolder(dir);
  try {
    return stackDrift(name, await terraform.plan({ file: join(folder, 'drift.tfplan') }));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Tells what others changed from what the plan asks for. @param stack its name */
export function stackDrift(stack: string, { changes, drift }: Pick<StackPlan, 'changes' | 'drift'>): StackDrift {
  const planned = new Map(changes.map((change) => [change.address, change]));
  const byHand = drift.flatMap((change): CloudDrift[] => {
    const { action } = change;
    if (action === 'delete') return [{ ...inWords(stack, change), action, details: [] }];
    const details = change.details.filter(({ attribute }) => isTouched(planned.get(change.address), attribute));
    return details.length > 0 ? [{ ...inWords(stack, change), action: 'update', details }] : [];
  });
  const found = new Map(byHand.map((change) => [change.address, change]));
  return { byHand, asked: changes.flatMap((change) => askedOf(stack, change, found.get(change.address))) };
}

/** Much is filled in by the cloud itself after an apply; what somebody changed is what the plan would set back. */
function isTouched(planned: PlannedChange | undefined, attribute: string): boolean {
  return planned !== undefined && (planned.action !== 'update' || planned.attributes.includes(attribute));
}

function askedOf(stack: string, change: PlannedChange, byHand: CloudDrift | undefined): ResourceChange[] {
  const asked = inWords(stack, change);
  if (!byHand) return [asked];
  if (change.action !== 'update') return [];
  const set = new Set(byHand.details.map(({ attribute }) => attribute));
  const details = change.details.filter(({ attribute }) => !set.has(attribute));
  return details.length > 0 ? [{ ...asked, details }] : [];
}

function inWords(stack: string, { type, name, address, action, details }: PlannedChange): ResourceChange {
  return { stack, kind: noun(type), name, address, action, details };
}

async function onItsNodes(
  workspace: Workspace,
  deployed: Deployed,
  only: Pick<ClusterRunOptions, 'onlyNodes'>,
  options: ReachOptions,
): Promise<readonly NodeDrift[]> {
  try {
    return await onNodes(workspace, deployed, (run) => askNodes(workspace, { ...run, ...only }), options);
  } catch (error) {
    if (error instanceof InterruptedError) throw error;
    // What was changed in the cloud, and is told, may be why.
    const { message } = error as Error;
    const names = only.onlyNodes ?? deployed.output.nodes.map(({ name }) => name);
    return names.map((name) => ({ name, changes: [], asked: [], unsure: false, error: message }));
  }
}

async function askNodes(workspace: Workspace, run: ClusterRunOptions): Promise<readonly NodeDrift[]> {
  const { plan, output, connect, secrets, onlyNodes, signal } = run;
  const bare: ReadonlySet<string> = new Set();
  const reviews = await reviewNodes({
    ...{ plan, output, bare, connect, secrets },
    ...(onlyNodes && { onlyNodes }),
    ...(signal && { signal }),
  });
  const wanted = wantedDigests(plan, output);
  return nodeDrifts(reviews, wanted, new ConfiguredRecord(workspace.memoryDir, plan.name).read());
}

/**
 * Tells what was changed on nodes by hand from what is wanted of them anew.
 * @param configured what was wanted of them when they were configured last, as far as it is known
 */
export function nodeDrifts(
  reviews: readonly NodeReview[],
  wanted: WantedDigests,
  configured: WantedDigests,
): readonly NodeDrift[] {
  return reviews
    .filter(({ basis }) => basis !== 'off')
    .map(({ name, changes, error }): NodeDrift => {
      const was = configured[name];
      const isAsked = ({ operation }: AppliedChange) =>
        was !== undefined && was[operation] !== wanted[name]?.[operation];
      return {
        name,
        changes: changes.filter((change) => !isAsked(change)),
        asked: changes.filter(isAsked),
        unsure: was === undefined,
        ...(error !== undefined && { error }),
      };
    })
    .filter(({ changes, asked, error }) => changes.length + asked.length > 0 || error !== undefined);
}
