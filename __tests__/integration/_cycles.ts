import type { Findings } from './_findings';
import { leftovers } from './_leftovers';
import { commonYaml, Project, sparkYaml } from './_project';

const NAME = 'cycle';
const COMMON = 'cyclecommon';
const PLAN = sparkYaml({ common: COMMON });
const PI = 'local:/opt/spark/examples/src/main/python/pi.py';

/** From an empty cloud to a cluster and back to an empty cloud, again and again, in one project as a user has it. */
export class Cycles {
  tried = 0;
  ok = 0;
  jobs = 0;
  /** Of each cycle that was ok. */
  readonly seconds: number[] = [];
  readonly up: number[] = [];
  readonly down: number[] = [];
  #project: Project | undefined;

  constructor(readonly findings: Findings) {}

  /** One that fails is counted and told, and the next begins on an empty cloud again. */
  async run(withJob: boolean): Promise<void> {
    const number = ++this.tried;
    this.#project ??= await Cycles.#newProject();
    const began = Date.now();
    try {
      const up = await timed(() => this.#project!.start('up', NAME).succeeded());
      await this.#try(withJob);
      const down = await timed(() => this.#project!.destroy(NAME, COMMON));
      const left = await leftovers();
      this.findings.add('orphan', ...left.map((thing) => `${thing} after cycle ${number}`));
      if (left.length > 0) return await this.#beginAnew();
      this.ok++;
      this.up.push(up);
      this.down.push(down);
      this.seconds.push(secondsSince(began));
      console.log(`cycle ${number}: up ${up.toFixed(1)} s, down ${down.toFixed(1)} s`);
    } catch (error) {
      this.findings.add('failed run', `in cycle ${number}: ${(error as Error).message}`);
      await this.#beginAnew();
    }
  }

  remove(): void {
    this.#project?.remove();
  }

  static #newProject(): Promise<Project> {
    return Project.create({ environments: { [COMMON]: commonYaml({ cidr: '10.99.0.0/24' }), [NAME]: PLAN } });
  }

  async #try(withJob: boolean): Promise<void> {
    await this.#project!.start('status', NAME).succeeded();
    if (!withJob) return;
    const { stdout } = await this.#project!.start('submit', NAME, PI, '2').succeeded();
    if (!/Pi is roughly 3\.1\d+/.test(stdout)) throw new Error(`the job's answer is not Pi:\n${stdout}`);
    this.jobs++;
  }

  async #beginAnew(): Promise<void> {
    await this.#project!.start('sandbox', 'reset').succeeded();
    this.#project!.remove();
    this.#project = undefined;
  }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = Date.now();
  await work();
  return secondsSince(began);
}

function secondsSince(began: number): number {
  return (Date.now() - began) / 1000;
}
