import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BenchProject, firesteel, PLAIN_IMAGE, ROOT, sandboxUp } from './_project';

const PI = 'local:/opt/spark/examples/src/main/python/pi.py';

/** Seconds of each part of the way from two files to Pi, on an empty cloud that runs. */
export interface FirstSparkFigure {
  /** Until the Terraform JSON is there. */
  readonly synth: number;
  /** From then until Terraform has made the common environment, network and router above all. Later clusters find it there. */
  readonly common: number;
  /** From then until Terraform has made the cluster. */
  readonly terraform: number;
  /** From then until every node has answered over SSH and cloud-init has finished. */
  readonly boot: number;
  /** From then until every service is healthy. */
  readonly configure: number;
  /** The job, from the call to its exit status. */
  readonly job: number;
  readonly total: number;
}

/** Seconds of `sandbox down` and `sandbox up` with everything built. */
export async function benchWarmSandbox(): Promise<number> {
  await firesteel(['sandbox', 'down'], ROOT);
  return sandboxUp();
}

/** Seconds of `sandbox up` from nothing built, with the packages from the mirrors. */
export async function benchColdSandbox(): Promise<number> {
  await firesteel(['sandbox', 'destroy'], ROOT);
  const cache = mkdtempSync(join(tmpdir(), 'firesteel-bench-cache-'));
  try {
    return await sandboxUp({ FIRESTEEL_CACHE: cache });
  } finally {
    await firesteel(['sandbox', 'destroy'], ROOT, { FIRESTEEL_CACHE: cache });
    rmSync(cache, { recursive: true, force: true });
  }
}

/**
 * One master and two workers to Pi, and everything removed again.
 * @param image @default - a plain one
 */
export async function benchFirstSpark(image = PLAIN_IMAGE): Promise<FirstSparkFigure> {
  const project = new BenchProject({ workers: 2, image });
  try {
    const marks = await timedUp(project);
    const job = await project.firesteel('submit', project.environment, PI);
    const [synth, common, terraform, boot, end] = marks;
    return {
      synth,
      common: common - synth,
      terraform: terraform - common,
      boot: Math.max(0, boot - terraform),
      configure: end - Math.max(boot, terraform),
      job,
      total: end + job,
    };
  } finally {
    await project.remove();
  }
}

type Marks = readonly [synth: number, common: number, terraform: number, boot: number, end: number];

/** Seconds from the start until: synthesized, the common environment made, the cluster made, all connected, all healthy. */
async function timedUp(project: BenchProject): Promise<Marks> {
  const { seconds: end, lines } = await project.timed('up', project.environment);
  const last = (phase: string, subject?: string): number => {
    const done = lines.findLast(
      ({ value }) => value.phase === phase && value.state === 'done' && (!subject || value.subject === subject),
    );
    if (done) return done.seconds;
    throw new Error(`up told of no "${phase}"${subject ? ` of ${subject}` : ''} that is done`);
  };
  return [last('synth'), last('apply', project.common), last('apply', project.environment), last('connect'), end];
}
