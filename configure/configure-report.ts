import type { NodeReport } from './node-report';

/** What came of configuring a cluster, or of stopping it. */
export interface ConfigureReport {
  /** How many changes were made on all nodes together; in a dry run: would be. */
  readonly changed: number;
  /** How many nodes failed. */
  readonly failed: number;
  /** In the plan's order; those that are off are not among them. */
  readonly nodes: readonly NodeReport[];
}

export function configureReport(nodes: readonly NodeReport[]): ConfigureReport {
  return {
    changed: nodes.reduce((sum, { changed }) => sum + changed, 0),
    failed: nodes.filter(({ ok }) => !ok).length,
    nodes,
  };
}
