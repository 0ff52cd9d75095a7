import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { InventoryRecord } from '../../inventory/inventory';
import type { ClusterOutput, DeployedNode } from '../../plan/cluster-output';
import type { Project } from './_project';
import { type Ended, type Running, start } from './_run';

/** The nodes of a cluster that is up, as OpenSSH reaches them: by another way than the one under test. */
export class Nodes {
  /**
   * Lets `firesteel ssh` write its configuration for OpenSSH.
   * @param first a node of the cluster
   * @param folder of the cluster's project, where that is not the user's
   */
  static async of(
    project: Project,
    environment: string,
    first = 'master-0',
    folder: string = project.dir,
  ): Promise<Nodes> {
    await project.start('ssh', '--dir', folder, environment, first, 'true').succeeded();
    return new Nodes(folder, environment);
  }

  private constructor(
    private readonly folder: string,
    private readonly environment: string,
  ) {}

  /** What Terraform gave out when it was last configured. */
  get output(): ClusterOutput {
    return (JSON.parse(readFileSync(this.#file('json'), 'utf8')) as InventoryRecord).cluster;
  }

  get all(): DeployedNode[] {
    return this.output.nodes;
  }

  #file(extension: string): string {
    return join(this.folder, '.firesteel', `${this.environment}.${extension}`);
  }

  /** By its name in the plan, e.g. `worker-1`. */
  find(name: string): DeployedNode {
    const node = this.all.find((each) => each.name === name);
    if (node) return node;
    throw new Error(`no node ${name} in ${this.environment}`);
  }

  /** Arguments of `ssh` up to the node's name. */
  sshArgs(...options: readonly string[]): string[] {
    return ['-F', this.#file('ssh_config'), ...options];
  }

  /** A command of root's on a node, not waited for. */
  start(node: string, command: string, input = ''): Running {
    return start('ssh', [...this.sshArgs(), node, `sudo ${command}`], { cwd: this.folder, input });
  }

  /** Runs a shell script as root and returns what it prints, without the last line break. */
  async sudo(node: string, script: string): Promise<string> {
    return (await this.start(node, 'sh -es', script).succeeded()).stdout.trimEnd();
  }

  /** Runs a script in Python as root, which is read whole before it begins. */
  python(node: string, script: string, ...args: readonly string[]): Promise<Ended> {
    return this.start(node, `python3 -I - ${args.join(' ')}`, script).succeeded();
  }
}
