import { statfsSync } from 'node:fs';
import { sandboxSettings } from '../sandbox/settings';
import { AnsibleCluster } from './_ansible-cluster';
import { median } from './_median';
import { BenchProject, sandboxUp } from './_project';

/** Nodes that are made at a time on the way from one size to the next: more starve each other on few cores. */
const STEP = 8;
/** Of disk for each node, system, Java and Spark, measured; and beyond it while a new one has the archive of Spark too. */
const NODE_GIB = 0.87;
const ARCHIVE_GIB = 0.33;
/**
 * A machine that is full of nodes is slow, and that is not what is measured. Ansible has each node fetch what Ansible needs
 * there from a mirror itself.
 */
const FURTHER = 'timeouts: { server: 30m, ssh: 30m, cloudInit: 30m, health: 30m }\negress: open\n';

/** What one worker more costs a cluster of so many. */
export interface ScaleFigure {
  readonly workers: number;
  /** How many workers there are in a cluster beside it, which keep the machine as busy. */
  readonly beside: number;
  /** `firesteel scale`, from its call to its end: the new worker has registered with the master. */
  readonly medianSeconds: number;
  readonly bestSeconds: number;
  /** Medians of its parts: all that comes before something is made; what the cloud makes; the new node, until it is healthy. */
  readonly planSeconds: number;
  readonly applySeconds: number;
  readonly configureSeconds: number;
  readonly all?: AllFigure;
}

/** What it would cost if a new node were everybody's matter: all nodes, with nothing to change. */
export interface AllFigure {
  /** `firesteel configure`, median. */
  readonly firesteelSeconds: number;
  /** A playbook, once; or why it came to no end. */
  readonly ansibleSeconds: number | string;
}

export interface BenchScaleOptions {
  /** Numbers of workers that one is added to. */
  readonly sizes: Sizes;
  readonly rounds: number;
}

export type Sizes = readonly [small: number, large: number];

/** Numbers of workers to measure with. `FIRESTEEL_BENCH_WORKERS` @default 3,50 @throws {Error} */
export function benchSizes(env: NodeJS.ProcessEnv = process.env): Sizes {
  const text = env.FIRESTEEL_BENCH_WORKERS || '3,50';
  const [small = 0, large = 0, ...more] = text.split(',').map(Number);
  if ([small, large].some((size) => !Number.isInteger(size) || size < 1) || small >= large || more.length > 0)
    throw new Error(`FIRESTEEL_BENCH_WORKERS is "${text}"; it must be two numbers of workers, such as 3,50`);
  return [small, large];
}

/**
 * A worker is added to a small cluster and taken away some times; then to it and to a large one beside it in turn. A machine
 * that is full of nodes is slower: what the two cost there tells what the size of a cluster costs.
 */
export async function benchScale({ sizes: [small, large], rounds }: BenchScaleOptions): Promise<ScaleFigure[]> {
  await sandboxUp();
  refuseTooMany(small + large);
  const first = new BenchProject({ name: 'small', workers: small, further: FURTHER });
  const second = new BenchProject({ name: 'large', workers: Math.min(STEP, large), further: FURTHER });
  try {
    await first.firesteel('up', first.environment);
    await trim(first);
    const [alone = []] = await inTurn([[first, small]], rounds);
    const firstAll = await measureAll(first, rounds);
    await second.firesteel('up', second.environment);
    await trim(second);
    for (let workers = STEP; workers < large; ) workers = await grow(second, Math.min(workers + STEP, large));
    const [beside = [], grown = []] = await inTurn(
      [
        [first, small],
        [second, large],
      ],
      rounds,
    );
    return [
      { workers: small, beside: 0, ...figure(alone), all: firstAll },
      { workers: small, beside: large, ...figure(beside) },
      { workers: large, beside: small, ...figure(grown), all: await measureAll(second, rounds) },
    ];
  } finally {
    await removeAll([second, first]);
  }
}

/** Each, whatever becomes of the others. What is left is said, and no reason to throw figures away. */
async function removeAll(projects: readonly BenchProject[]): Promise<void> {
  for (const project of projects) {
    await project.remove().catch((error: Error) => {
      console.error(`error: ${error.message}; take down what is left of ${project.environment} from ${project.dir}`);
      process.exitCode = 1;
    });
  }
}

/** @throws {Error} before anything is made */
function refuseTooMany(workers: number): void {
  const { stateDir } = sandboxSettings();
  const { bavail, bsize } = statfsSync(stateDir);
  const free = (bavail * bsize) / 2 ** 30;
  const needed = (workers + 3) * NODE_GIB + STEP * ARCHIVE_GIB;
  if (free >= needed) return;
  throw new Error(
    `two masters and ${workers + 1} workers need ${Math.ceil(needed)} GiB of disk, and ${stateDir} has ${Math.floor(free)} GiB free: make room, or measure with fewer, such as FIRESTEEL_BENCH_WORKERS=3,20`,
  );
}

async function grow(project: BenchProject, workers: number): Promise<number> {
  await project.firesteel('scale', project.environment, `workers=${workers}`);
  await trim(project);
  return workers;
}

/** The archive that Spark came in takes room on the sandbox's disk until that is told that nobody needs it any more. */
async function trim(project: BenchProject): Promise<void> {
  await project.firesteel('run', project.environment, '--sudo', '--', 'apt-get clean && fstrim /');
}

/** Adds a worker to each cluster and takes it away, one cluster after the other, in rounds. @returns what it cost each */
async function inTurn(
  clusters: readonly (readonly [BenchProject, workers: number])[],
  rounds: number,
): Promise<Addition[][]> {
  const additions: Addition[][] = clusters.map(() => []);
  for (let round = 1; round <= rounds; round++) {
    for (const [index, [project, workers]] of clusters.entries()) {
      const addition = await addOne(project, workers);
      additions[index]!.push(addition);
      // Should the run not come to its end, this is what it is known by.
      console.log(`${project.environment}, one more than ${workers}: ${JSON.stringify(addition)}`);
      await project.firesteel('scale', project.environment, `workers=${workers}`, '--remove', addition.node, '--yes');
    }
  }
  return additions;
}

function figure(additions: readonly Addition[]): Omit<ScaleFigure, 'workers' | 'beside' | 'all'> {
  const of = (part: (addition: Addition) => number): number => median(additions.map(part));
  return {
    medianSeconds: of(({ total }) => total),
    bestSeconds: Math.min(...additions.map(({ total }) => total)),
    planSeconds: of(({ plan }) => plan),
    applySeconds: of(({ apply }) => apply),
    configureSeconds: of(({ configure }) => configure),
  };
}

async function measureAll(project: BenchProject, rounds: number): Promise<AllFigure> {
  const seconds: number[] = [];
  for (let round = 1; round <= rounds; round++) seconds.push(await project.firesteel('configure', project.environment));
  return { firesteelSeconds: median(seconds), ansibleSeconds: await ansibleOverAll(project) };
}

interface Addition {
  readonly node: string;
  readonly plan: number;
  readonly apply: number;
  readonly configure: number;
  readonly total: number;
}

/** @throws {Error} when more than the new node was touched */
async function addOne(project: BenchProject, workers: number): Promise<Addition> {
  const { seconds: total, lines } = await project.timed('scale', project.environment, `workers=${workers + 1}`);
  const when = (state: string): number => {
    const line = lines.find(({ value }) => value.phase === 'apply' && value.state === state);
    if (line) return line.seconds;
    throw new Error(`scale told no "apply" that is at "${state}"`);
  };
  const [begun, made] = [when('start'), when('done')];
  const { added, configured } = lines.at(-1)!.value as unknown as ScaleOutcome;
  const touched = configured.nodes.map(({ name }) => name);
  if (added.length !== 1 || touched.join() !== added.join())
    throw new Error(`scale was to touch one new node, and touched ${touched.join(', ') || 'none'}`);
  return { node: added[0]!, plan: begun, apply: made - begun, configure: total - made, total };
}

/** Of what `scale --json` says at its end. */
interface ScaleOutcome {
  readonly added: readonly string[];
  readonly configured: { readonly nodes: readonly { readonly name: string }[] };
}

/** A peer that fails is a result too, and no reason to throw our own figures away. */
async function ansibleOverAll(project: BenchProject): Promise<number | string> {
  const ansible = await AnsibleCluster.open(project);
  try {
    return await ansible.secondsOfNothing();
  } catch (error) {
    console.error(String(error));
    return (error as Error).message.split('\n')[0]!;
  } finally {
    await ansible.close();
  }
}

/** `tsx bench/scale.ts [ROUNDS]`: to try it; nothing is written. */
async function main(): Promise<void> {
  const [rounds = '1'] = process.argv.slice(2);
  console.log(JSON.stringify(await benchScale({ sizes: benchSizes(), rounds: Number(rounds) }), null, 2));
}

if (require.main === module) void main();
