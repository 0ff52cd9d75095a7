import type { DeployedLoadBalancer, DeployedNode } from '../plan/cluster-output';
import type { Role } from '../roles/role';
import type { Deployed } from './deployed';

/** How to use a cluster that is up. */
export interface ClusterSummary {
  readonly environment: string;
  readonly nodes: readonly Pick<DeployedNode, 'name' | 'hostname' | 'address' | 'floatingIp' | 'roles'>[];
  /** What drivers inside the cluster's network connect to; absent where there is no Spark master. */
  readonly masterUrl?: string;
  /** Absent where there are none. */
  readonly loadBalancers?: readonly DeployedLoadBalancer[];
  /** The node that jobs are submitted on, and that `ssh` goes to by default, as long as it answers. */
  readonly firstNode: string;
}

/** Role of the nodes that jobs are submitted on. */
export const MASTER = 'spark-master';

/** The nodes with a Spark master, in the plan's order. */
export function mastersOf({ output }: Pick<Deployed, 'output'>): readonly DeployedNode[] {
  return output.nodes.filter(({ roles }) => roles.includes(MASTER));
}

export function summarize(deployed: Deployed): ClusterSummary {
  const { plan, output } = deployed;
  const masters = mastersOf(deployed);
  const role = plan.groups.flatMap(({ roles }) => roles).find(({ name }) => name === MASTER);
  const port = role && rpcPort(role);
  return {
    environment: output.environment,
    nodes: output.nodes.map(({ name, hostname, address, floatingIp, roles }) => ({
      name,
      hostname,
      address,
      floatingIp,
      roles,
    })),
    ...(masters.length > 0 &&
      port !== undefined && { masterUrl: `spark://${masters.map(({ hostname }) => `${hostname}:${port}`).join(',')}` }),
    ...(output.loadBalancers && { loadBalancers: output.loadBalancers }),
    firstNode: (masters[0] ?? output.nodes[0])?.name ?? '',
  };
}

function rpcPort({ exposes }: Role): number | undefined {
  const port = exposes.find(({ name }) => name === 'rpc')?.port;
  return typeof port === 'number' ? port : port?.[0];
}
