import type { InventoryRecord } from '../../inventory/inventory';
import type { ConfigureResult } from '../../lifecycle/configure';
import { Nodes } from './_nodes';
import { commonYaml, Project } from './_project';
import { lastLine } from './_run';

const PLAN = `kind: spark
cloud: sandbox
common: failcommon
image: debian-12
master: { flavor: m1.small }
workers: { flavor: m1.small, count: 2 }
`;

/** The cluster `fail`, to which everything happens that should not. */
export class FailingCluster {
  static async create(): Promise<FailingCluster> {
    const environments = { failcommon: commonYaml({ cidr: '10.95.0.0/24' }), fail: PLAN };
    return new FailingCluster(await Project.create({ environments }));
  }

  readonly plan = PLAN;
  #nodes: Nodes | undefined;

  private constructor(readonly project: Project) {}

  /** As OpenSSH reaches them. */
  async nodes(): Promise<Nodes> {
    this.#nodes ??= await Nodes.of(this.project, 'fail');
    return this.#nodes;
  }

  /** `firesteel configure`, to its end. */
  async configure(...options: readonly string[]): Promise<ConfigureResult> {
    return lastLine(await this.project.firesteel('configure', 'fail', ...options, '--json'));
  }

  /** Exit status of `firesteel status`: 0 only if all is well. */
  async status(): Promise<number | null> {
    return (await this.project.firesteel('status', 'fail')).status;
  }

  get inventory(): InventoryRecord {
    return this.project.json('.firesteel', 'fail.json');
  }

  /** Something for `configure` to put right. */
  async changeByHand(node: string): Promise<void> {
    await (await this.nodes()).sudo(node, 'echo "# by hand" >>/etc/spark/spark-defaults.conf');
  }

  /** Runs while the plan is another one. */
  async withPlan<T>(plan: string, work: () => Promise<T>): Promise<T> {
    this.project.write('fail', plan);
    try {
      return await work();
    } finally {
      this.project.write('fail', this.plan);
    }
  }
}
