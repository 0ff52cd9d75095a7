import type { InventoryRecord } from '../../inventory/inventory';
import type { DeployedNode } from '../../plan/cluster-output';
import type { Project } from './_project';
import { type Ended, type Running, start } from './_run';

/** The nodes of a cluster that is up, as OpenSSH reaches them: by another way than the one under test. */
export class Nodes {
  /** Lets `firesteel ssh` write its configuration for OpenSSH. */
  static async of(project: Project, environment: string): Promise<Nodes> {
    await project.start('ssh', environment, 'master-0', 'true').succeeded();
    return new Nodes(project, environment);
  }

  private constructor(
    private readonly project: Project,
    private readonly environment: string,
  ) {}

  get all(): DeployedNode[] {
    return this.project.json<InventoryRecord>('.firesteel', `${this.environment}.json`).cluster.nodes;
  }

  /** By its name in the plan, e.g. `worker-1`. */
  find(name: string): DeployedNode {
    const node = this.all.find((each) => each.name === name);
    if (node) return node;
    throw new Error(`no node ${name} in ${this.environment}`);
  }

  /** Arguments of `ssh` up to the node's name. */
  sshArgs(...options: readonly string[]): string[] {
    return ['-F', this.project.file('.firesteel', `${this.environment}.ssh_config`), ...options];
  }

  /** A command of root's on a node, not waited for. */
  start(node: string, command: string, input = ''): Running {
    return start('ssh', [...this.sshArgs(), node, `sudo ${command}`], { cwd: this.project.dir, input });
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
