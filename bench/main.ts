/**
 * `npm run bench [-- PART…]`: measures, and writes the tables of docs/benchmarks.md anew. Parts: synth, configure, warm,
 * spark, image, scale, cold; without any all but cold, which builds the sandbox from nothing, image, which makes six clusters, and
 * scale, which fills it with 54 workers. Wants a machine that does nothing else.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { median } from './_median';
import { sandboxUp } from './_project';
import { benchConfigure } from './configure';
import { benchColdSandbox, benchFirstSpark, benchWarmSandbox, type FirstSparkFigure } from './first-spark';
import { benchImage } from './image';
import { benchScale, benchSizes } from './scale';
import { benchSynth } from './synth';

const FILE = join(__dirname, '..', 'docs', 'benchmarks.md');
const ROUNDS = 5;
/** Of what makes a cluster each time. */
const CLUSTER_ROUNDS = 3;
const YARDSTICK_ROUNDS = 9;

interface Part {
  readonly title: string;
  /** What we want to reach on this kind of machine. */
  readonly aim: string;
  /** Returns the figures as Markdown. */
  measure(): Promise<string>;
}

const PARTS: Readonly<Record<string, Part>> = {
  warm: {
    title: 'Sandbox, warm start',
    aim: 'under 40 s',
    measure: async () => `${fixed(await benchWarmSandbox())} s`,
  },
  cold: {
    title: 'Sandbox, from nothing',
    aim: 'under 240 s',
    measure: async () => `${fixed(await benchColdSandbox())} s`,
  },
  spark: {
    title: 'From two files to Pi: 1 master and 2 workers from a plain image',
    aim:
      'under 75 s in all. 30 s of the 38 that Terraform takes are fixed pauses of the provider; what follows is processor ' +
      'time of three nodes and the cloud on the same cores',
    measure: firstSpark,
  },
  image: {
    title: 'From two files to Pi: from a plain image and from a baked one, in turn',
    aim: 'from a baked one under 45 s in all. 30 s are fixed pauses of the provider, half of them for the common environment',
    measure: image,
  },
  scale: {
    title: 'One worker more: `firesteel scale`, by how many there are',
    aim:
      'one more costs 50 workers what it costs 3 beside them, on a machine as full, and touches no other node. ' +
      'Terraform goes through all resources of its state, two for a node, at some 10 ms each. With `egress: open`, which ' +
      'the peer needs',
    measure: scale,
  },
  synth: { title: 'Synthesis of a cluster, whole process', aim: '1,000 workers under 2.5 s', measure: synth },
  configure: {
    title: '100 light hosts: 1 directory, 5 files, 1 command, host keys checked',
    aim: 'under 1.2 × ssh2 alone',
    measure: configure,
  },
};

const ONLY_BY_NAME: readonly string[] = ['cold', 'image', 'scale'];

async function firstSpark(): Promise<string> {
  await sandboxUp();
  const rows: string[] = [];
  for (let round = 0; round < CLUSTER_ROUNDS; round++) {
    rows.push(sparkCells(await benchFirstSpark()));
  }
  return table(SPARK_HEAD, rows);
}

const SPARK_HEAD =
  'synth s | Terraform, common s | Terraform, cluster s | boot s | configure s | job s | total s | total where common is there s';

function sparkCells({ synth, common, terraform, boot, configure, job, total }: FirstSparkFigure): string {
  return [synth, common, terraform, boot, configure, job, total, total - common].map(fixed).join(' | ');
}

async function image(): Promise<string> {
  const { buildSeconds, ways } = await benchImage(CLUSTER_ROUNDS);
  const rows = ways.map((figure) => `${figure.image} | ${sparkCells(figure)}`);
  return `${table(`image | ${SPARK_HEAD}`, rows)}\n\n\`firesteel image build\`: ${fixed(buildSeconds)} s.`;
}

async function scale(): Promise<string> {
  const figures = await benchScale({ sizes: benchSizes(), rounds: CLUSTER_ROUNDS });
  const rows = figures.map((figure) => {
    const { workers, beside, all } = figure;
    const { medianSeconds, bestSeconds, planSeconds, applySeconds, configureSeconds } = figure;
    const ansible = all?.ansibleSeconds ?? '';
    return [
      beside === 0 ? workers : `${workers}, beside ${beside}`,
      ...[medianSeconds, bestSeconds, planSeconds, applySeconds, configureSeconds].map(fixed),
      all ? fixed(all.firesteelSeconds) : '',
      typeof ansible === 'number' ? fixed(ansible) : ansible,
    ].join(' | ');
  });
  const head =
    'workers | +1, median s | best s | plan s | apply s | configure s | configure of all, nothing to change, s | Ansible on all, nothing to change, s';
  return table(head, rows);
}

async function synth(): Promise<string> {
  const rows: string[] = [];
  for (const workers of [3, 1000]) {
    const { medianSeconds, bestSeconds, jsonMiB } = await benchSynth(workers);
    rows.push(`${workers} | ${fixed(medianSeconds)} | ${fixed(bestSeconds)} | ${fixed(jsonMiB)}`);
  }
  return table('workers | median s | best s | JSON MiB', rows);
}

async function configure(): Promise<string> {
  const figures = await benchConfigure({ hosts: 100, rounds: ROUNDS });
  const floor = figures.find(({ way }) => way === 'ssh2')!.medianSeconds;
  const rows = figures.map(
    ({ way, medianSeconds, bestSeconds, againSeconds }) =>
      `${way} | ${fixed(medianSeconds)} | ${fixed(bestSeconds)} | ${fixed(medianSeconds / floor)} | ${fixed(againSeconds)}`,
  );
  return table('way | median s | best s | × ssh2 | nothing to change, s', rows);
}

function table(head: string, rows: readonly string[]): string {
  const rule = head.replace(/[^|]+/g, ' --- ').trim();
  return [head, rule, ...rows].map((row) => `| ${row} |`).join('\n');
}

function fixed(value: number): string {
  return value.toFixed(value < 10 ? 2 : 1);
}

/** One machine is not as fast on every day: what this differs by, figures of two days differ by too. @returns seconds, median */
function startOfNode(): number {
  const starts = Array.from({ length: YARDSTICK_ROUNDS }, () => {
    const started = performance.now();
    execFileSync(process.execPath, ['-e', '0']);
    return (performance.now() - started) / 1000;
  });
  return median(starts);
}

/** Replaces the section of that title, or adds it; the others stay. */
function write({ title, aim }: Part, body: string): void {
  const node = `Node.js ${process.versions.node}, which starts in ${Math.round(startOfNode() * 1000)} ms`;
  const machine = `${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, ${node}`;
  const text = existsSync(FILE) ? readFileSync(FILE, 'utf8') : '# Benchmarks\n\nWritten by `npm run bench`.\n';
  const [head = '', ...sections] = text.split(/\n(?=## )/);
  const section = `## ${title}\n\n${body}\n\nAim: ${aim}. Measured on ${new Date().toISOString().slice(0, 10)}: ${machine}.\n`;
  const others = sections.filter((other) => !other.startsWith(`## ${title}\n`));
  writeFileSync(
    FILE,
    [head, ...others, section]
      .map((part) => part.trimEnd())
      .join('\n\n')
      .concat('\n'),
  );
}

async function main(): Promise<void> {
  const wanted = process.argv.slice(2);
  const names = wanted.length > 0 ? wanted : Object.keys(PARTS).filter((name) => !ONLY_BY_NAME.includes(name));
  const unknown = names.filter((name) => !(name in PARTS));
  if (unknown.length > 0)
    throw new Error(`no such part: ${unknown.join(', ')}; there are ${Object.keys(PARTS).join(', ')}`);
  for (const name of names) {
    const part = PARTS[name]!;
    console.log(`${part.title} …`);
    const body = await part.measure();
    console.log(body);
    write(part, body);
  }
}

main().catch((error: Error) => {
  console.error(`error: ${error.message}`);
  process.exitCode = 1;
});
