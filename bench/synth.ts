import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const MAIN = join(__dirname, '../main.ts');
const WORKERS = [3, 1000] as const;
const RUNS = 5;

const COMMON = `kind: common
ssh: { keyPair: bench }
access: [203.0.113.0/24]
network: { external: public }
`;

const dev = (workers: number) => `kind: spark
image: debian-12
master: { flavor: m1.small }
workers: { flavor: m1.small, count: ${workers} }
`;

export interface SynthFigure {
  readonly workers: number;
  /** From the start of the process to its end, as `cdktf` runs it; the fastest and the median run. */
  readonly bestSeconds: number;
  readonly medianSeconds: number;
  readonly jsonMiB: number;
}

/** How long `main.ts` takes for a common environment and a cluster of this many workers. */
export async function benchSynth(workers: number): Promise<SynthFigure> {
  const project = mkdtempSync(join(tmpdir(), 'firesteel-bench-synth-'));
  try {
    mkdirSync(join(project, 'environments'));
    writeFileSync(join(project, 'environments/common.yaml'), COMMON);
    writeFileSync(join(project, 'environments/dev.yaml'), dev(workers));
    const seconds: number[] = [];
    for (let index = 0; index < RUNS; index++) seconds.push(await timed(project));
    seconds.sort((a, b) => a - b);
    const { size } = statSync(join(project, 'cdktf.out/stacks/dev/cdk.tf.json'));
    return {
      workers,
      bestSeconds: seconds[0]!,
      medianSeconds: seconds[Math.floor(RUNS / 2)]!,
      jsonMiB: size / 2 ** 20,
    };
  } finally {
    rmSync(project, { recursive: true });
  }
}

async function timed(project: string): Promise<number> {
  const start = performance.now();
  await run(process.execPath, ['--import', require.resolve('tsx'), MAIN], { cwd: project });
  return (performance.now() - start) / 1000;
}

async function main(): Promise<void> {
  for (const workers of WORKERS) {
    const { bestSeconds, medianSeconds, jsonMiB } = await benchSynth(workers);
    console.log(
      `synth of ${workers} workers: ${medianSeconds.toFixed(2)} s (best ${bestSeconds.toFixed(2)} s), ${jsonMiB.toFixed(1)} MiB`,
    );
  }
}

if (require.main === module) void main();
