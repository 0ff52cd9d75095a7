import type { Role } from '../roles/role';
import { ClusterRun, type ClusterRunOptions } from './cluster-run';
import { type ConfigureReport, configureReport } from './configure-report';
import type { Member } from './context';
import { type AppliedChange, converge } from './converge';
import { type NodeReport, nodeReport } from './node-report';
import { atRest } from './node-steps';

/**
 * Stops the services of the chosen nodes, and keeps them from starting at boot: those that started last first, those of one
 * wave on all nodes at once. A second run changes nothing. What fails on one node stops no other.
 * @throws the signal's reason when aborted
 */
export async function stopNodes(options: ClusterRunOptions): Promise<ConfigureReport> {
  // What lies on the nodes is stopped whatever the secrets are: none is made up for it.
  const run = new ClusterRun({ ...options, dryRun: true });
  await run.prepare();
  const stops = run.selected.map((member) => new NodeStop(member, run, options.dryRun ?? false));
  for (const wave of [...run.waves].reverse()) await Promise.all(stops.map((stop) => stop.stop(wave)));
  options.signal?.throwIfAborted();
  return configureReport(stops.map((stop) => stop.report()));
}

class NodeStop {
  readonly #changes: AppliedChange[] = [];
  #seconds = 0;
  #error: unknown;

  constructor(
    private readonly member: Member,
    private readonly cluster: ClusterRun,
    private readonly dryRun: boolean,
  ) {}

  /** Stops what the node has of these roles. Never rejects; after a failure it does nothing any more. */
  async stop(wave: readonly Role[]): Promise<void> {
    const started = Date.now();
    try {
      if (this.#error === undefined) await this.#stop(wave);
    } catch (error) {
      this.#error = error;
      this.cluster.tell(this.member, 'stop', 'fail', (error as Error).message);
    } finally {
      this.#seconds += (Date.now() - started) / 1000;
    }
  }

  report(): NodeReport {
    return nodeReport(this.member.deployed.name, this.#changes, this.#seconds, this.#error);
  }

  async #stop(wave: readonly Role[]): Promise<void> {
    const roles = this.member.roles.filter(({ name, start }) => start && wave.some((role) => role.name === name));
    if (roles.length === 0) return;
    const operations = atRest(roles, (await this.cluster.context()).of(this.member));
    const { signal } = this.cluster.options;
    const connection = await this.cluster.connect(this.member);
    const { changes } = await converge(connection, operations, {
      dryRun: this.dryRun,
      onChange: ({ description }) => this.cluster.tell(this.member, 'stop', 'update', description),
      ...(signal && { signal }),
    });
    this.#changes.push(...changes);
  }
}
