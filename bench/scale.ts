import { statfsSync } from 'node:fs';
import { sandboxSettings } from '../sandbox/settings';
import { AnsibleCluster } from './_ansible-cluster';
import { median } from './_median';
import { BenchProject, firesteel, ROOT } from './_project';

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
  /** How many of them run; the others are halted, so that the machine is no slower than with so few. */
  readonly running: number;
  /** `firesteel scale`, from its call to its end: the new worker has registered with the master. */
  readonly medianSeconds: number;
  readonly bestSeconds: number;
  /** Medians of its parts: all that comes before something is made; what the cloud makes; the new node, until it is healthy. */
  readonly planSeconds: number;
  readonly applySeconds: number;
  readonly configureSeconds: number;
  /** The same work on each new node, whoever made it: how fast the machine is. Median. */
  readonly yardstickSeconds: number;
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
  /** Numbers of workers that one is added to, the smaller ones first. */
  readonly sizes: readonly number[];
  readonly rounds: number;
}

/** Numbers of workers to measure with. `FIRESTEEL_BENCH_WORKERS` @default 3,50 @throws {Error} */
export function benchSizes(env: NodeJS.ProcessEnv = process.env): readonly number[] {
  const text = env.FIRESTEEL_BENCH_WORKERS || '3,50';
  const sizes = text.split(',').map(Number);
  if (sizes.some((size) => !Number.isInteger(size) || size < 1))
    throw new Error(`FIRESTEEL_BENCH_WORKERS is "${text}"; it must be numbers of workers, such as 3,50`);
  return sizes.sort((a, b) => a - b);
}

/** Grows one cluster on the sandbox cloud from size to size; at each, one worker is added and taken away some times. */
export async function benchScale({ sizes, rounds }: BenchScaleOptions): Promise<ScaleFigure[]> {
  await firesteel(['sandbox', 'up'], ROOT);
  refuseTooMany(Math.max(...sizes));
  let workers = Math.min(STEP, ...sizes);
  const project = new BenchProject({ workers, further: FURTHER });
  try {
    await project.firesteel('up', project.environment);
    await trim(project);
    const figures: ScaleFigure[] = [];
    for (const size of sizes) {
      while (workers < size) workers = await grow(project, Math.min(workers + STEP, size));
      const figure = { workers: size, running: size, ...(await measure(project, size, rounds)) };
      figures.push({ ...figure, all: await measureAll(project, rounds) });
      const running = figures[0]!.workers;
      if (size === running) continue;
      const further = () => measure(project, size, rounds);
      figures.push({ workers: size, running, ...(await withHalted(project, size - running, further)) });
    }
    return figures;
  } finally {
    await project.remove();
  }
}

/** @throws {Error} before anything is made */
function refuseTooMany(workers: number): void {
  const { stateDir } = sandboxSettings();
  const { bavail, bsize } = statfsSync(stateDir);
  const free = (bavail * bsize) / 2 ** 30;
  const needed = (workers + 2) * NODE_GIB + STEP * ARCHIVE_GIB;
  if (free >= needed) return;
  throw new Error(
    `a master and ${workers + 1} workers need ${Math.ceil(needed)} GiB of disk, and ${stateDir} has ${Math.floor(free)} GiB free: make room, or measure with fewer, such as FIRESTEEL_BENCH_WORKERS=3,20`,
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

async function measure(project: BenchProject, workers: number, rounds: number): Promise<Growth> {
  const additions: Addition[] = [];
  for (let round = 1; round <= rounds; round++) {
    const addition = await addOne(project, workers);
    additions.push(addition);
    await project.firesteel('scale', project.environment, `workers=${workers}`, '--remove', addition.node, '--yes');
  }
  const of = (part: (addition: Addition) => number): number => median(additions.map(part));
  return {
    medianSeconds: of(({ total }) => total),
    bestSeconds: Math.min(...additions.map(({ total }) => total)),
    planSeconds: of(({ plan }) => plan),
    applySeconds: of(({ apply }) => apply),
    configureSeconds: of(({ configure }) => configure),
    yardstickSeconds: of(({ yardstick }) => yardstick),
  };
}

type Growth = Omit<ScaleFigure, 'workers' | 'running' | 'all'>;

async function measureAll(project: BenchProject, rounds: number): Promise<AllFigure> {
  const seconds: number[] = [];
  for (let round = 1; round <= rounds; round++) seconds.push(await project.firesteel('configure', project.environment));
  return { firesteelSeconds: median(seconds), ansibleSeconds: await ansibleOverAll(project) };
}

/** While the Spark workers of so many nodes are halted. */
async function withHalted<Result>(project: BenchProject, count: number, work: () => Promise<Result>): Promise<Result> {
  const workers = await said(project, '--role', 'spark-worker', '--', 'true');
  const nodes = workers.slice(-count).map(({ node }) => node);
  const send = (signal: string): Promise<unknown> =>
    said(project, '--on', nodes.join(','), '--sudo', '--', `systemctl kill --signal=${signal} spark-worker`);
  await send('STOP');
  try {
    return await work();
  } finally {
    await send('CONT');
  }
}

/** What `firesteel run` with these arguments says of each node. @throws where it failed on one */
async function said(project: BenchProject, ...args: readonly string[]): Promise<readonly NodeSaid[]> {
  const { lines } = await project.timed('run', project.environment, ...args);
  return (lines.at(-1)!.value as unknown as { readonly nodes: readonly NodeSaid[] }).nodes;
}

interface NodeSaid {
  readonly node: string;
  readonly stdout: string;
}

interface Addition {
  readonly node: string;
  readonly plan: number;
  readonly apply: number;
  readonly configure: number;
  readonly yardstick: number;
  readonly total: number;
}

/** Starts 40 JVMs one after the other, and tells the milliseconds. */
const YARDSTICK =
  'start=$(date +%s%N); for each in $(seq 40); do java -version 2>/dev/null; done; echo $((($(date +%s%N) - start) / 1000000))';

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
  const node = added[0]!;
  const yardstick = Number((await said(project, '--on', node, '--', YARDSTICK))[0]!.stdout) / 1000;
  return { node, plan: begun, apply: made - begun, configure: total - made, yardstick, total };
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
