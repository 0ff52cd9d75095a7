import { ARTIFACT_PORT } from '../roles/node';
import { ClusterRun, type ClusterRunOptions } from './cluster-run';
import { configureNode, watchHealth } from './configure-node';
import type { NodeReport } from './node-report';

/** What came of configuring a cluster. */
export interface ConfigureReport {
  /** How many changes were made on all nodes together; in a dry run: would be. */
  readonly changed: number;
  /** How many nodes failed. */
  readonly failed: number;
  /** In the plan's order. */
  readonly nodes: readonly NodeReport[];
}

/**
 * Makes every node what the plan says, all at once: each is looked at in one round trip and changed by one script, roles
 * start after those they wait for, and all is waited for until it is healthy. What fails on one node stops no other.
 * @throws the signal's reason when aborted
 */
export async function configureNodes(options: ClusterRunOptions): Promise<ConfigureReport> {
  const run = new ClusterRun(options);
  await run.prepare();
  if (!options.dryRun) watchOthers(run);
  const nodes = await Promise.all(run.selected.map((member) => configureNode(member, run)));
  await stopSharing(run);
  options.signal?.throwIfAborted();
  return {
    changed: nodes.reduce((sum, { changed }) => sum + changed, 0),
    failed: nodes.filter(({ ok }) => !ok).length,
    nodes,
  };
}

/** Nodes that are not to be configured may be what others wait for. */
function watchOthers(run: ClusterRun): void {
  for (const { member, roles } of run.awaited) {
    const watching = run.context().then((context) => {
      const node = context.of(member);
      return watchHealth(
        member,
        run,
        roles.map((role) => ({ role: role.name, probes: role.health?.(node) ?? [] })),
      );
    });
    watching.catch((error: Error) => {
      for (const { name } of roles) run.readiness.failed(name, member.deployed.name, error.message);
    });
  }
}

async function stopSharing(run: ClusterRun): Promise<void> {
  for (const [subject, error] of await run.spread.close()) {
    const text = `port ${ARTIFACT_PORT} may stay in use for up to half an hour: ${error.message}`;
    run.options.onProgress?.({ subject, phase: 'artifacts', state: 'warn', text });
  }
}
