import type { ClusterRun } from './cluster-run';
import type { Member } from './context';
import { type NodeReport, nodeReport } from './node-report';
import { NodeWork } from './node-work';

/** Makes one node what the plan says, and waits until its services are well. Never rejects. */
export async function configureNode(member: Member, run: ClusterRun): Promise<NodeReport> {
  const work = new NodeWork(member, run);
  const started = Date.now();
  const seconds = (): number => (Date.now() - started) / 1000;
  try {
    await work.run();
    run.tell(member, 'configure', 'done', undefined, seconds());
    run.turns.ended(member, true);
    return nodeReport(member.deployed.name, work.changes, seconds());
  } catch (error) {
    const roles = member.roles.map(({ name }) => name);
    run.failed(member, roles, (error as Error).message);
    run.tell(member, 'configure', 'fail', (error as Error).message, seconds());
    run.turns.ended(member, false);
    return nodeReport(member.deployed.name, work.changes, seconds(), error);
  }
}
