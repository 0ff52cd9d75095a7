import type { ClusterRunOptions } from '../configure/cluster-run';
import { type NodeReview, reviewNodes } from '../configure/review-nodes';
import type { ClusterOutput, DeployedNode } from '../plan/cluster-output';
import type { ClusterPlan } from '../plan/cluster-plan';
import { deployedOutput } from './deployed';
import { onNodes } from './node-work';
import { type PlannedCluster, plannedCluster } from './planned-output';
import type { ReachOptions } from './reach';
import type { StackPlan } from './terraform';
import type { TerraformState } from './terraform-state';
import type { Cluster, Workspace } from './workspace';

/** What a plan means for a cluster's nodes. */
export interface ClusterReview extends PlannedCluster {
  /** With the login, which the image may have told. */
  readonly plan: ClusterPlan;
  readonly nodes: readonly NodeReview[];
  /** Nodes whose servers go, or are made anew: they have to be emptied first. */
  readonly leaving: readonly string[];
}

/**
 * Asks all nodes that stay what would be changed on them, and changes nothing.
 * @throws {Error} naming every node that could not be asked
 */
export async function reviewCluster(
  workspace: Workspace,
  cluster: Cluster,
  stackPlan: StackPlan,
  state: TerraformState,
  options: ReachOptions = {},
): Promise<ClusterReview | undefined> {
  const planned = plannedCluster(stackPlan, state);
  if (!planned) return undefined;
  const deployed = deployedOutput(state);
  // The nodes are reached where they are now, not where they will be.
  const reached = { ...cluster, output: deployed ?? planned.output };
  const review = async ({ plan, connect, secrets, signal }: ClusterRunOptions): Promise<ClusterReview> => {
    const nodes = await reviewNodes({
      plan,
      ...planned,
      connect: (node) => connect(asItIs(node, deployed)),
      secrets,
      ...(signal && { signal }),
    });
    requireAnswers(cluster.environment.name, nodes);
    return { ...planned, plan, nodes, leaving: leavingNodes(deployed, planned) };
  };
  return onNodes(workspace, reached, review, options);
}

/** A floating IP that a node is about to get or to give back leads nowhere yet. */
function asItIs(node: DeployedNode, deployed: ClusterOutput | undefined): DeployedNode {
  return deployed?.nodes.find(({ name }) => name === node.name) ?? node;
}

function leavingNodes(deployed: ClusterOutput | undefined, { output, bare }: PlannedCluster): string[] {
  const staying = new Set(output.nodes.map(({ name }) => name).filter((name) => !bare.has(name)));
  return (deployed?.nodes ?? []).map(({ name }) => name).filter((name) => !staying.has(name));
}

function requireAnswers(environment: string, nodes: readonly NodeReview[]): void {
  const silent = nodes.filter(({ error }) => error !== undefined);
  if (silent.length === 0) return;
  const lines = silent.map(({ name, error }) => `  - ${name}: ${error}`);
  throw new Error(
    [
      `${environment} can't be planned: what would be changed on these nodes could not be found out, and nothing was changed.`,
      ...lines,
      `Next: mend them, or take one that is lost out with "firesteel node delete ${environment} NODE".`,
    ].join('\n'),
  );
}
