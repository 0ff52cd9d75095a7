import type { ClusterSummary } from '../../lifecycle/summary';
import type { UpResult } from '../../lifecycle/up';
import { describeConfigure } from './configure-report';

/** What was made, and how to go on. */
export function describeUp(result: UpResult): string {
  const { summary, configured } = result;
  const usable = summary && configured?.failed === 0;
  return [describeChanges(result), ...(usable ? ['', describeAccess(summary)] : [])].join('\n');
}

/** What was done in the cloud and on the nodes. */
export function describeChanges({ environment, applied, configured }: UpResult): string {
  const cloud = applied === 0 ? 'nothing to change in the cloud' : `${applied} changes made in the cloud`;
  return [`${environment}: ${cloud}`, ...(configured ? [describeConfigure(configured)] : [])].join('\n');
}

/** How a cluster is used from here. */
export function describeAccess({
  environment,
  masterUrl,
  loadBalancers = [],
  firstNode,
  nodes,
}: ClusterSummary): string {
  const reached = nodes.find(({ floatingIp }) => floatingIp);
  const lines: (readonly [string, string])[] = [
    ...(masterUrl
      ? [['master', `${masterUrl}${reached ? `   (${reached.name}: ${reached.floatingIp})` : ''}`] as const]
      : []),
    ...loadBalancers.map(
      ({ name, port, address, floatingIp }) => ['balancer', `${name}: ${floatingIp ?? address}, port ${port}`] as const,
    ),
    ['status', `npx firesteel status ${environment}`],
    ['log in', `npx firesteel ssh ${environment} ${firstNode}`],
    ...(masterUrl ? [['run a job', `npx firesteel submit ${environment} job.py`] as const] : []),
    ['web pages', `npx firesteel tunnel ${environment}`],
    ['destroy', `npx firesteel plan ${environment} --to destroy, then: npx firesteel down ${environment}`],
  ];
  return lines.map(([what, how]) => `${what.padEnd(10)} ${how}`).join('\n');
}
