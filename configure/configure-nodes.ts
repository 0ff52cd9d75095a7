import { ARTIFACT_PORT } from '../roles/node';
import { ClusterRun, type ClusterRunOptions } from './cluster-run';
import { configureNode } from './configure-node';
import { type ConfigureReport, configureReport } from './configure-report';
import { probed } from './node-steps';
import { watchHealth } from './watch-health';

export type { ConfigureReport } from './configure-report';

/**
 * Makes every node what the plan says, all at once: each is looked at in one round trip and changed by one script, roles
 * start after those they wait for, and all is waited for until it is healthy. What fails on one node stops no other.
 * Where running services would be interrupted, that is done batch by batch, when all others are finished: a node is
 * emptied of its work, changed and healthy again before the next begins, and the first failure stops those after it.
 * Nodes that are off are left alone.
 * @throws {Error} for a node that is off and asked for by name
 * @throws the signal's reason when aborted
 */
export async function configureNodes(options: ClusterRunOptions): Promise<ConfigureReport> {
  const run = new ClusterRun(options);
  refuseOff(run);
  await run.prepare();
  if (!options.dryRun) watchOthers(run);
  const nodes = await Promise.all(run.selected.map((member) => configureNode(member, run)));
  await stopSharing(run);
  options.signal?.throwIfAborted();
  return configureReport(nodes);
}

/** @throws {Error} */
function refuseOff({ members, options: { onlyNodes = [], plan } }: ClusterRun): void {
  const off = members.filter(({ deployed, rest }) => rest === 'off' && onlyNodes.includes(deployed.name));
  if (off.length === 0) return;
  const names = off.map(({ deployed }) => deployed.name).join(', ');
  throw new Error(`${plan.name}: ${names} is to be off and can't be configured; start it first, or leave it out`);
}

/** Nodes that are not to be configured may be what others wait for. */
function watchOthers(run: ClusterRun): void {
  for (const { member, roles } of run.awaited) {
    const watching = run.context().then((context) => {
      const node = context.of(member);
      return watchHealth(member, run, probed(roles, node));
    });
    const names = roles.map(({ name }) => name);
    watching.catch((error: Error) => run.failed(member, names, error.message));
  }
}

async function stopSharing(run: ClusterRun): Promise<void> {
  for (const [subject, error] of await run.stopSharing()) {
    const text = `port ${ARTIFACT_PORT} may stay in use for up to half an hour: ${error.message}`;
    run.options.onProgress?.({ subject, phase: 'artifacts', state: 'warn', text });
  }
}
