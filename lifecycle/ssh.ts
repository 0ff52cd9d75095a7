import { type ClusterAccess, clusterConnector } from '../configure/cluster-access';
import type { Connector } from '../configure/connect';
import { writeSshConfig } from '../configure/ssh-config';
import { runningBastions } from '../configure/ssh-way';
import type { InventoryRecord } from '../inventory/inventory';
import type { DeployedNode } from '../plan/cluster-output';
import { nodesOff } from '../plan/cluster-plan';
import { findDeployed } from './deployed';
import { entryNodes } from './entry-nodes';
import { type ReachOptions, reach } from './reach';
import type { Workspace } from './workspace';

export interface SshCommand {
  readonly file: 'ssh';
  /** Up to and with the node; a command for it may follow. */
  readonly args: readonly string[];
  /** Name of the node. */
  readonly node: string;
}

/**
 * How OpenSSH logs in on a node, through the bastion where it has to be, with host keys that were verified.
 * @param node @default - the first master that answers
 * @throws {UsageError} for a node that there isn't, or that is off
 */
export async function sshCommand(
  workspace: Workspace,
  environment: string,
  node?: string,
  options: ReachOptions = {},
): Promise<SshCommand> {
  const deployed = await findDeployed(workspace, environment);
  const nodes = entryNodes(deployed, node);
  const access = await reach(workspace, deployed, options);
  const connector = await clusterConnector(access);
  try {
    const target = (await firstThatAnswers(nodes, connector))!;
    const bastion = await bastionBefore(target, access, connector);
    const { config } = await writeSshConfig({
      cluster: deployed.output,
      user: access.plan.settings.ssh.user,
      identity: access.identity,
      hostKeys: await learnedHostKeys(target, bastion, access, connector),
      ...(bastion && { bastion }),
      folder: workspace.memoryDir,
    });
    return { file: 'ssh', args: ['-F', config, target.name], node: target.name };
  } finally {
    connector.close();
  }
}

/** A node that there is no other for is not asked: OpenSSH itself tells best why it can't be reached. */
async function firstThatAnswers(
  nodes: readonly DeployedNode[],
  connector: Connector,
): Promise<DeployedNode | undefined> {
  if (nodes.length < 2) return nodes[0];
  const connection = await connector.connectAny(nodes);
  return nodes.find(({ name }) => name === connection.node);
}

/** @throws {ConnectError} when all that there are are off */
async function bastionBefore(
  node: DeployedNode,
  { output, plan }: ClusterAccess,
  connector: Connector,
): Promise<DeployedNode | undefined> {
  if (node.floatingIp) return undefined;
  return firstThatAnswers(runningBastions(node, output, nodesOff(plan)), connector);
}

/** Logs in once where the key of the node, or of the bastion before it, is not yet known. */
async function learnedHostKeys(
  node: DeployedNode,
  bastion: DeployedNode | undefined,
  { inventory, output }: ClusterAccess,
  connector: Connector,
): Promise<InventoryRecord['hostKeys']> {
  const stored = async () => (await inventory.read(output.environment))?.hostKeys ?? {};
  const known = await stored();
  if ([node, bastion].every((each) => !each || known[each.serverId]?.length)) return known;
  await connector.connect(node);
  return stored();
}
