import type { OpenStack } from '../cloud/openstack';
import { batchesOf } from '../configure/batches';
import { membersOf } from '../configure/context';
import { isBakedName } from '../plan/baked-image';
import type { DeployedNode } from '../plan/cluster-output';
import type { Environment } from '../plan/load-environments';
import { wavesOf } from '../roles/start-waves';
import { type NodeOfGroup, refuseOtherChanges } from './_other-changes';
import { ReplaceIntent } from './_replace-intent';
import { applyPlan } from './apply';
import { type ConfigureResult, configure, failedNodes } from './configure';
import { type Confirmation, confirmed } from './confirmation';
import { type Deployed, findDeployed, findNode } from './deployed';
import { type DrainOptions, type EmptyOptions, emptyNodes } from './empty-nodes';
import { UsageError } from './errors';
import { recorded } from './events';
import { chooseImage, type Wanted } from './image/choice';
import { openForUpdate, type UpdateGround } from './plan';
import { prepare } from './prepare';
import { reachOptions } from './reach';
import type { Workspace } from './workspace';

export interface ReplaceRequest extends DrainOptions, Confirmation {
  /** Names of the nodes. @default - those whose image is not the one that the environment's file leads to now */
  readonly nodes?: readonly string[];
  /** How many nodes of a group at a time; of a group that others start after, one. @default 1 */
  readonly batch?: number;
}

export interface ReplaceResult {
  readonly environment: string;
  readonly replaced: readonly string[];
  /** The batch that failed, where one did; later ones were not begun. */
  readonly failed?: ConfigureResult;
  /** Nodes that were not begun. */
  readonly left: readonly string[];
}

/**
 * Gives nodes new servers, from the image that the environment's file names by now, batch by batch: emptied of work,
 * replaced, configured and healthy before the next one. Names, addresses and volumes stay; what else was on the old server's
 * disk is lost. One that was cut off goes on where it was.
 * @throws {UsageError} for a node that there isn't @throws {RefusedError} when more would be changed than that
 */
export async function replaceNodes(
  workspace: Workspace,
  name: string,
  request: ReplaceRequest = {},
): Promise<ReplaceResult> {
  const detail = (request.nodes ?? ['outdated']).join(' ');
  const failure = ({ failed }: ReplaceResult) => failedNodes(failed);
  return recorded(workspace, name, { verb: 'replace', detail, failure }, async () => {
    const deployed = await findDeployed(workspace, name);
    const ground = await openForUpdate(workspace, deployed.environment);
    await prepare(workspace, ground.requests, [ground.terraform]);
    const intent = new ReplaceIntent(workspace.memoryDir, name);
    const nodes = await chosen(workspace, deployed, intent, request);
    if (nodes.length === 0) return { environment: name, replaced: [], left: [] };
    await confirmed(name, whatGoes(name, nodes), request);
    if (!intent.servers) intent.set(Object.fromEntries(nodes.map((node) => [node.name, node.serverId])));
    return batchByBatch(workspace, deployed, ground, nodes, intent, request);
  });
}

/** @throws {UsageError} */
async function chosen(
  workspace: Workspace,
  deployed: Deployed,
  intent: ReplaceIntent,
  { nodes }: ReplaceRequest,
): Promise<readonly DeployedNode[]> {
  const named = nodes?.map((name) => findNode(deployed, name));
  const begun = intent.servers;
  if (begun) {
    const left = deployed.output.nodes.filter(({ name }) => begun[name] !== undefined);
    const others = (named ?? []).filter(
      ({ name }) => begun[name] === undefined && !left.some((node) => node.name === name),
    );
    const tell = { subject: deployed.environment.name, phase: 'replace', state: 'update' } as const;
    const text = `going on with what was cut off: ${left.map(({ name }) => name).join(', ') || 'nothing is left'}`;
    workspace.options.onProgress?.({ ...tell, text });
    if (others.length > 0) {
      workspace.options.onProgress?.({
        ...tell,
        state: 'warn',
        text: `${others.map(({ name }) => name).join(', ')} had been done by then, or comes with another run`,
      });
    }
    return left;
  }
  return named ?? outdated(workspace, deployed);
}

/** Nodes that were made from another image than the one that new servers start from by the environment's file. */
async function outdated(
  workspace: Workspace,
  { environment, plan, output }: Deployed,
): Promise<readonly DeployedNode[]> {
  const newest = await Promise.all(
    plan.groups.map(async ({ name, image, roles, region }) => {
      const cloud = await workspace.cloud(environment, region);
      return [name, await newImage(cloud, image, { roles, settings: plan.settings }, environment)] as const;
    }),
  );
  const imageOf = new Map(newest);
  return output.nodes.filter(({ group, imageId }) => imageOf.has(group) && imageOf.get(group) !== imageId);
}

async function newImage(
  { image }: OpenStack,
  name: string,
  { roles, settings }: Wanted,
  { file }: Environment,
): Promise<string> {
  const wanted = { roles: isBakedName(name) ? roles : [], settings };
  const choice = chooseImage(await image.images({ name }), wanted);
  if (choice) return choice.image.id;
  throw new UsageError(`the cloud has no image "${name}" any more: name another in ${file}`);
}

function whatGoes(name: string, nodes: readonly DeployedNode[]): string {
  return `This replaces the servers of ${nodes.map((node) => node.name).join(', ')} of ${name}, each emptied of work first: addresses and volumes stay, what else is on their disks is lost.`;
}

async function batchByBatch(
  workspace: Workspace,
  deployed: Deployed,
  ground: UpdateGround,
  nodes: readonly DeployedNode[],
  intent: ReplaceIntent,
  request: ReplaceRequest,
): Promise<ReplaceResult> {
  const { name } = deployed.environment;
  const replaced: string[] = [];
  const all = batches(deployed, nodes, request.batch ?? 1);
  for (const [index, batch] of all.entries()) {
    const names = batch.map((node) => node.name);
    // Servers of earlier batches are others by now, and may be the way to these.
    const now = index === 0 ? deployed : await findDeployed(workspace, name);
    await replaceBatch(workspace, now, ground, batch, intent, { ...request, settled: replaced });
    const configured = await configure(workspace, name, { ...reachOptions(request), onlyNodes: names });
    if (configured.failed > 0) {
      const left = all.slice(index + 1).flatMap((later) => later.map((node) => node.name));
      return { environment: name, replaced, failed: configured, left };
    }
    intent.done(names);
    replaced.push(...names);
  }
  intent.clear();
  return { environment: name, replaced, left: [] };
}

/** Groups one after the other, as they start. */
function batches(
  { plan, output }: Deployed,
  nodes: readonly DeployedNode[],
  size: number,
): readonly (readonly DeployedNode[])[] {
  const members = membersOf(plan, { ...output, nodes: [...nodes] });
  return batchesOf(members, wavesOf(plan.groups), size).map((batch) => batch.map((member) => member.deployed));
}

async function replaceBatch(
  workspace: Workspace,
  deployed: Deployed,
  { terraform }: UpdateGround,
  batch: readonly DeployedNode[],
  intent: ReplaceIntent,
  options: EmptyOptions,
): Promise<void> {
  const { environment } = deployed;
  // Those whose server is another by now were replaced before the cut-off, and only have to be configured.
  const old = batch.filter((node) => intent.servers?.[node.name] === node.serverId);
  if (old.length === 0) return;
  await emptyNodes(
    workspace,
    deployed,
    old.map((node) => node.name),
    options,
  );
  const ids = new Set(old.map(({ serverId }) => serverId));
  const nodes = old.map((node): NodeOfGroup => ({ group: node.group, node: node.name }));
  const planRest = async () => {
    const { resources } = await terraform.state();
    const replace = resources.filter(({ id }) => ids.has(id)).map(({ type, name }) => `${type}.${name}`);
    const plan = await terraform.plan({ replace });
    return terraform.checked(plan, ({ changes }) => refuseOtherChanges(environment.name, changes, nodes));
  };
  const goOn = `firesteel node replace ${environment.name}`;
  await applyPlan(workspace, terraform, await planRest(), environment, { goOn, planRest });
}
