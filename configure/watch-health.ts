import { awaitHealth, describeHealth } from './await-health';
import type { ClusterRun } from './cluster-run';
import type { Member } from './context';
import type { ProbedRole } from './probes';

/**
 * Follows the health of some of a node's roles until they are well, or their time is over; who waits for them learns of
 * it, also where the node can't be asked.
 * @returns what is still wrong then; empty when all is well
 */
export async function watchHealth(member: Member, cluster: ClusterRun, roles: readonly ProbedRole[]): Promise<string> {
  const { plan, signal } = cluster.options;
  const failed = (role: string, reason: string): void => cluster.failed(member, [role], reason);
  try {
    const ill = await awaitHealth(await cluster.connect(member), roles, {
      withinSeconds: plan.timeouts.healthSeconds,
      onHealthy: (role) => cluster.healthy(member, role),
      onWaiting: (problems) => cluster.tell(member, 'health', 'update', problems),
      signal,
    });
    for (const { role, problems } of ill) failed(role, problems.join('; '));
    return describeHealth(ill);
  } catch (error) {
    for (const { role } of roles) failed(role, (error as Error).message);
    throw error;
  }
}
