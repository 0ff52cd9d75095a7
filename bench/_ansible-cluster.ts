import { execFile, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { installPeer, PEERS, peerProgram } from './_peers';
import type { BenchProject } from './_project';

const run = promisify(execFile);
const PARALLEL = 32;
const MASTER = 'master-0';

/** Ansible on all nodes of a cluster that is up, as its users let it go over all of them when one was added. */
export class AnsibleCluster {
  private constructor(
    private readonly project: BenchProject,
    private readonly sshConfig: string,
    private readonly nodes: readonly string[],
  ) {}

  /** Finds the nodes, and opens the one connection to the master that the ways to all workers share. */
  static async open(project: BenchProject): Promise<AnsibleCluster> {
    await installPeer('ansible');
    await project.firesteel('ssh', project.environment, MASTER, '--', 'true');
    const ours = join(project.dir, '.firesteel', `${project.environment}.ssh_config`);
    const sshConfig = join(project.dir, 'ansible.ssh_config');
    const text = readFileSync(ours, 'utf8');
    // Fifty log-ins at once through one sshd are dropped at random.
    const shared = `  ControlMaster auto\n  ControlPath ${join(project.dir, 'mux-%C')}\n  ControlPersist 10m\n`;
    writeFileSync(sshConfig, `${text.replaceAll(ours, sshConfig).trimEnd()}\n${shared}`);
    await ssh('-F', sshConfig, MASTER, 'true');
    const nodes = [...text.matchAll(/^Host (\w+-\d+) /gm)].map(([, name]) => name!);
    return new AnsibleCluster(project, sshConfig, nodes);
  }

  /** Seconds of a run that has nothing to change, after one that had. */
  async secondsOfNothing(): Promise<number> {
    await this.#play();
    const started = performance.now();
    const recap = await this.#play();
    const seconds = (performance.now() - started) / 1000;
    const changed = recap.filter((line) => !/ changed=0 /.test(line));
    if (recap.length !== this.nodes.length || changed.length > 0)
      throw new Error(`Ansible was to change nothing on ${this.nodes.length} nodes and says: ${recap.join('; ')}`);
    return seconds;
  }

  async close(): Promise<void> {
    await ssh('-F', this.sshConfig, '-O', 'exit', MASTER);
  }

  /** @returns what it says of each node at the end */
  async #play(): Promise<readonly string[]> {
    const env = {
      ...process.env,
      ANSIBLE_HOME: join(this.project.dir, 'ansible'),
      ANSIBLE_PIPELINING: 'True',
      ANSIBLE_SSH_ARGS: `-F ${this.sshConfig} -o ControlMaster=auto -o ControlPersist=60s`,
      ANSIBLE_PYTHON_INTERPRETER: '/usr/bin/python3',
      // Its ten seconds are not enough for all connections at once through one node.
      ANSIBLE_TIMEOUT: '60',
      ANSIBLE_SSH_RETRIES: '3',
    };
    const args = ['-i', this.#inventory(), '-f', String(PARALLEL), join(PEERS, 'ansible-spark.yml')];
    const { stdout } = await run(peerProgram('ansible'), args, { env, maxBuffer: 1 << 26 }).catch(
      (error: Error & { stdout?: string }) => {
        const lost = error.stdout?.match(/ unreachable=[1-9]/g)?.length ?? 0;
        const what = lost > 0 ? `unreachable: ${lost} of ${this.nodes.length} nodes` : 'failed';
        throw new Error(`${what}\n${error.message}\n${error.stdout?.slice(-2000) ?? ''}`);
      },
    );
    return stdout.split('\n').filter((line) => / unreachable=0 +failed=0 /.test(line));
  }

  #inventory(): string {
    const file = join(this.project.dir, 'inventory.ini');
    const lines = this.nodes.map((name) => {
      const [service, page] = name === MASTER ? ['spark-master', 8080] : ['spark-worker', 8081];
      return `${name} service=${service} page=${page}\n`;
    });
    writeFileSync(file, lines.join(''));
    return file;
  }
}

/** What stays in the background keeps no pipe of ours open. */
function ssh(...args: readonly string[]): Promise<void> {
  const child = spawn('ssh', args, { stdio: 'ignore' });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (status) =>
      status === 0 ? resolve() : reject(new Error(`ssh ${args.join(' ')} ended with ${status}`)),
    );
  });
}
