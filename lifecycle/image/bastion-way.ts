import type { Duplex } from 'node:stream';
import { clusterConnector } from '../../configure/cluster-access';
import { bastionsFor } from '../../configure/ssh-way';
import { groupPrefix, nodesOff } from '../../plan/cluster-plan';
import { type Deployed, findDeployed } from '../deployed';
import { UsageError } from '../errors';
import { reach } from '../reach';
import type { Workspace } from '../workspace';

/** Nodes of a deployed environment that the build server is reached through. */
export interface BastionWay {
  /** Fixed addresses that SSH comes from. */
  readonly addresses: readonly string[];
  /** Names of the security groups that they wear, and that have to let SSH out. */
  readonly groups: readonly string[];
  /** A byte stream to an address as seen from one of them that answers. */
  to(address: string, port: number): Promise<Duplex>;
  close(): void;
}

/** @throws {UsageError} when the environment has no bastion with a public address */
export async function bastionWay(workspace: Workspace, environment: string): Promise<BastionWay> {
  const deployed = await findDeployed(workspace, environment);
  const off = nodesOff(deployed.plan);
  const region = deployed.output.nodes[0]?.region ?? null;
  const bastions = bastionsFor({ region }, deployed.output.nodes).filter(({ name }) => !off.has(name));
  if (bastions.length === 0) {
    throw new UsageError(
      `${environment} has no bastion with a public address that runs: --through wants an environment with one (a group with the role bastion)`,
    );
  }
  const connector = await clusterConnector(await reach(workspace, deployed));
  return {
    addresses: bastions.map(({ address }) => address),
    groups: groupNames(deployed, bastions),
    to: async (address, port) => (await connector.connectAny(bastions)).forward(address, port),
    close: () => connector.close(),
  };
}

function groupNames({ plan }: Deployed, bastions: readonly { readonly group: string }[]): readonly string[] {
  return [...new Set(bastions.map(({ group }) => groupPrefix(plan, { name: group })))];
}
