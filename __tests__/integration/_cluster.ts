import type { InventoryRecord } from '../../inventory/inventory';
import type { ConfigureResult } from '../../lifecycle/configure';
import { Nodes } from './_nodes';
import type { Project } from './_project';
import { type Ended, lastLine } from './_run';

/** An environment of a project that is there to be broken and mended. */
export class Cluster {
  #nodes: Nodes | undefined;

  /** @param plan text of its file */
  constructor(
    readonly project: Project,
    readonly name: string,
    readonly plan: string,
  ) {}

  /** As OpenSSH reaches them. */
  async nodes(): Promise<Nodes> {
    this.#nodes ??= await Nodes.of(this.project, this.name);
    return this.#nodes;
  }

  /** A shell script as root on a node. */
  async sudo(node: string, script: string): Promise<string> {
    return (await this.nodes()).sudo(node, script);
  }

  /** The same on all of them, in the plan's order. */
  async onAll(script: string): Promise<string[]> {
    const nodes = await this.nodes();
    return Promise.all(nodes.all.map(({ name }) => nodes.sudo(name, script)));
  }

  /** `firesteel` with a verb about this cluster, to its end, whatever its exit status. */
  firesteel(verb: string, ...args: readonly string[]): Promise<Ended> {
    return this.project.firesteel(verb, this.name, ...args);
  }

  /** `firesteel configure`, to its end. */
  async configure(...options: readonly string[]): Promise<ConfigureResult> {
    return lastLine(await this.project.firesteel('configure', this.name, ...options, '--json'));
  }

  /** Exit status of `firesteel status`: 0 only if all is well. */
  async status(): Promise<number | null> {
    return (await this.project.firesteel('status', this.name)).status;
  }

  get inventory(): InventoryRecord {
    return this.project.json('.firesteel', `${this.name}.json`);
  }

  /** Something for `configure` to put right. */
  async changeByHand(node: string): Promise<void> {
    await (await this.nodes()).sudo(node, 'echo "# by hand" >>/etc/spark/spark-defaults.conf');
  }

  /** Runs while the plan is another one. */
  async withPlan<T>(plan: string, work: () => Promise<T>): Promise<T> {
    this.project.write(this.name, plan);
    try {
      return await work();
    } finally {
      this.project.write(this.name, this.plan);
    }
  }
}
