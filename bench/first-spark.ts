import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { hostResolvers } from '../sandbox/resolvers';
import { sandboxSettings } from '../sandbox/settings';

const ROOT = join(__dirname, '..');
const PI = 'local:/opt/spark/examples/src/main/python/pi.py';

/** Seconds of each part of the way from two files to Pi, on an empty cloud that runs. */
export interface FirstSparkFigure {
  /** Until the Terraform JSON is there. */
  readonly synth: number;
  /** From then until Terraform has made everything. */
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
  return firesteel(['sandbox', 'up'], ROOT);
}

/** Seconds of `sandbox up` from nothing built, with the packages from the mirrors. */
export async function benchColdSandbox(): Promise<number> {
  await firesteel(['sandbox', 'destroy'], ROOT);
  const cache = mkdtempSync(join(tmpdir(), 'firesteel-bench-cache-'));
  try {
    return await firesteel(['sandbox', 'up'], ROOT, { FIRESTEEL_CACHE: cache });
  } finally {
    await firesteel(['sandbox', 'destroy'], ROOT, { FIRESTEEL_CACHE: cache });
    rmSync(cache, { recursive: true, force: true });
  }
}

/** One master and two workers from a plain image to Pi, and everything removed again. */
export async function benchFirstSpark(): Promise<FirstSparkFigure> {
  const dir = makeProject();
  try {
    const marks = await timedUp(dir);
    const job = await firesteel(['submit', 'bench', PI], dir);
    const [synth, terraform, boot, end] = marks;
    return {
      synth,
      terraform: terraform - synth,
      boot: Math.max(0, boot - terraform),
      configure: end - Math.max(boot, terraform),
      job,
      total: end + job,
    };
  } finally {
    for (const name of ['bench', 'benchcommon']) {
      await firesteel(['plan', name, '--to', 'destroy'], dir);
      await firesteel(['down', name], dir);
    }
    rmSync(dir, { recursive: true, force: true });
  }
}

function makeProject(): string {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'firesteel-bench-')));
  const { host } = sandboxSettings().net;
  symlinkSync(join(ROOT, 'node_modules'), join(dir, 'node_modules'));
  const cdktf = { language: 'typescript', app: `node --import tsx ${join(ROOT, 'main.ts')}`, projectId: 'bench' };
  writeFileSync(join(dir, 'cdktf.json'), JSON.stringify(cdktf));
  mkdirSync(join(dir, 'environments'));
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(dir, 'id')]);
  const nameservers = hostResolvers(host).nameservers.join(', ');
  writeFileSync(
    join(dir, 'environments', 'benchcommon.yaml'),
    `kind: common\ncloud: sandbox\nssh: { publicKey: ${join(dir, 'id.pub')} }\naccess: [${host}/32]\nnetwork: { external: public, nameservers: [${nameservers}] }\n`,
  );
  writeFileSync(
    join(dir, 'environments', 'bench.yaml'),
    'kind: spark\ncloud: sandbox\ncommon: benchcommon\nimage: debian-12\nmaster: { flavor: m1.small }\nworkers: { flavor: m1.small, count: 2 }\n',
  );
  return dir;
}

/** Seconds from the start until: synthesized, deployed, all connected, all healthy. */
async function timedUp(dir: string): Promise<[synth: number, terraform: number, boot: number, end: number]> {
  const marks = { synth: 0, apply: 0, connect: 0 };
  const started = performance.now();
  const seconds = () => (performance.now() - started) / 1000;
  await firesteel(['up', 'bench', '--json'], dir, {}, (line) => {
    const event = tryParse(line) as { phase?: string; state?: string } | undefined;
    if (event?.state === 'done' && event.phase !== undefined && event.phase in marks) {
      marks[event.phase as keyof typeof marks] = seconds();
    }
  });
  if (marks.apply === 0 || marks.connect === 0) throw new Error(`up told no such phases: ${JSON.stringify(marks)}`);
  return [marks.synth, marks.apply, marks.connect, seconds()];
}

function tryParse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** @returns seconds @throws when the exit status is not 0 */
function firesteel(
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv = {},
  onLine: (line: string) => void = () => undefined,
): Promise<number> {
  const started = performance.now();
  const child = spawn(process.execPath, [join(ROOT, 'bin', 'firesteel.js'), ...args], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  createInterface({ input: child.stdout }).on('line', onLine);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (status) => {
      if (status === 0) resolve((performance.now() - started) / 1000);
      else reject(new Error(`firesteel ${args.join(' ')} ended with ${status}`));
    });
  });
}
