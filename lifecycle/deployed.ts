import { CLUSTER_OUTPUT, type ClusterOutput, clusterOutputSchema, type DeployedNode } from '../plan/cluster-output';
import { among } from './_among';
import { NotDeployedError, UsageError } from './errors';
import { type TerraformState, tryReadLocalState } from './terraform-state';
import type { Cluster, Workspace } from './workspace';

/** A cluster as it was deployed, by us or by cdktf. */
export interface Deployed extends Cluster {
  readonly output: ClusterOutput;
}

/** @throws {NotDeployedError} */
export async function findDeployed(workspace: Workspace, name: string): Promise<Deployed> {
  const deployed = await tryDeployed(workspace, name);
  if (deployed) return deployed;
  throw new NotDeployedError(name);
}

/** undefined where it was never deployed. */
export async function tryDeployed(workspace: Workspace, name: string): Promise<Deployed | undefined> {
  const cluster = workspace.cluster(name);
  const output = deployedOutput(await stateOf(workspace, cluster));
  return output && { ...cluster, output };
}

/** What a cluster's state says of its nodes; undefined where none was ever deployed. */
export function deployedOutput({ outputs }: TerraformState): ClusterOutput | undefined {
  const value = outputs[CLUSTER_OUTPUT]?.value;
  return value === undefined ? undefined : clusterOutputSchema.parse(value);
}

/** @throws {UsageError} naming the nodes there are */
export function findNode({ output }: Deployed, name: string): DeployedNode {
  const node = output.nodes.find((each) => each.name === name || each.hostname === name);
  if (node) return node;
  const names = output.nodes.map((each) => each.name);
  throw new UsageError(`${output.environment} has no node "${name}"${among(name, names, 'it has')}`);
}

/** A local state is read without Terraform, which has nothing to add to it. */
async function stateOf(workspace: Workspace, { environment }: Cluster): Promise<TerraformState> {
  const stack = await workspace.lastStack(environment.name);
  const local = tryReadLocalState(stack);
  return local ?? (await workspace.terraform(environment, stack)).state();
}
