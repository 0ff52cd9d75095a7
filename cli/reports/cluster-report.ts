import type { StartClusterResult } from '../../lifecycle/cluster-start';
import type { ClusterStatusResult } from '../../lifecycle/cluster-status';
import type { ClusterSummary } from '../../lifecycle/summary';
import { table } from '../table';
import { describeStatus } from './status-report';
import { describeChanges } from './up-report';

/** What was done, where the nodes are, and how the other verbs find the cluster. */
export function describeClusterStart(result: StartClusterResult): string {
  const { environment, removed, summary, configured, folder } = result;
  const gone = removed.length > 0 ? [`${environment}: ${removed.join(', ')} gone`] : [];
  const usable = summary && configured?.failed === 0;
  const more = usable ? ['', describeAddresses(summary), '', howToGoOn(summary, folder)] : [];
  return [...gone, describeChanges(result), ...more].join('\n');
}

export function describeClusterStatus(result: ClusterStatusResult): string {
  return [describeAddresses(result.summary), '', describeStatus(result)].join('\n');
}

function describeAddresses({ nodes, masterUrl }: ClusterSummary): string {
  const rows = nodes.map(({ name, hostname, address, floatingIp }) => [name, hostname, address, floatingIp ?? '-']);
  const lines = [
    table(['NODE', 'HOST', 'ADDRESS', 'FLOATING IP'], rows),
    ...(masterUrl ? [`master ${masterUrl}`] : []),
  ];
  return lines.join('\n');
}

function howToGoOn({ environment, firstNode }: ClusterSummary, folder: string): string {
  const here = `firesteel --dir ${folder}`;
  const lines = [
    ['status', `firesteel cluster status --name ${environment}`],
    ['destroy', `firesteel cluster delete --name ${environment}`],
    ['log in', `${here} ssh ${environment} ${firstNode}`],
    ['run a job', `${here} submit ${environment} job.py`],
    ['web pages', `${here} tunnel ${environment}`],
  ] as const;
  return lines.map(([what, how]) => `${what.padEnd(10)} ${how}`).join('\n');
}
