import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { hostResolvers } from '../sandbox/resolvers';
import { sandboxSettings } from '../sandbox/settings';

export const ROOT = join(__dirname, '..');
export const PLAIN_IMAGE = 'debian-12';

export interface BenchProjectOptions {
  /** Of the environment; two projects that stand side by side need two. @default 'bench' */
  readonly name?: string;
  readonly workers: number;
  /** Name of the image. @default - a plain one */
  readonly image?: string;
  /** Further lines of the cluster's file. @default - none */
  readonly further?: string;
}

/** A line of `--json`, as it came. */
export interface TimedLine {
  /** Since the command was called. */
  readonly seconds: number;
  readonly value: { readonly phase?: string; readonly state?: string; readonly [field: string]: unknown };
}

/** A project of its own in a new folder, for one master and some workers on the sandbox cloud. */
export class BenchProject {
  readonly dir = realpathSync(mkdtempSync(join(tmpdir(), 'firesteel-bench-')));
  readonly environment: string;
  readonly common: string;

  constructor({ name = 'bench', workers, image = PLAIN_IMAGE, further = '' }: BenchProjectOptions) {
    this.environment = name;
    this.common = `${name}common`;
    const { host } = sandboxSettings().net;
    symlinkSync(join(ROOT, 'node_modules'), join(this.dir, 'node_modules'));
    const cdktf = { language: 'typescript', app: `node --import tsx ${join(ROOT, 'main.ts')}`, projectId: name };
    writeFileSync(join(this.dir, 'cdktf.json'), JSON.stringify(cdktf));
    mkdirSync(join(this.dir, 'environments'));
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(this.dir, 'id')]);
    const nameservers = hostResolvers(host).nameservers.join(', ');
    writeFileSync(
      join(this.dir, 'environments', `${this.common}.yaml`),
      `kind: common\ncloud: sandbox\nssh: { publicKey: ${join(this.dir, 'id.pub')} }\naccess: [${host}/32]\nnetwork: { external: public, nameservers: [${nameservers}] }\n`,
    );
    writeFileSync(
      join(this.dir, 'environments', `${this.environment}.yaml`),
      `kind: spark\ncloud: sandbox\ncommon: ${this.common}\nimage: ${image}\nmaster: { flavor: m1.small }\nworkers: { flavor: m1.small, count: ${workers} }\n${further}`,
    );
  }

  /** @returns seconds @throws when the exit status is not 0 */
  firesteel(...args: readonly string[]): Promise<number> {
    return firesteel(args, this.dir);
  }

  /** Runs a command with `--json`; its result is the last line. @throws when the exit status is not 0 */
  async timed(
    verb: string,
    ...args: readonly string[]
  ): Promise<{ readonly seconds: number; readonly lines: readonly TimedLine[] }> {
    const lines: TimedLine[] = [];
    const started = performance.now();
    const seconds = await firesteel([verb, '--json', ...args], this.dir, {}, (line) => {
      const value = tryParse(line);
      if (value !== undefined) lines.push({ seconds: (performance.now() - started) / 1000, value });
    });
    return { seconds, lines };
  }

  /** Takes everything down that was made, and removes the folder. */
  async remove(): Promise<void> {
    for (const name of [this.environment, this.common]) {
      await this.firesteel('plan', name, '--to', 'destroy');
      await this.firesteel('down', name);
    }
    this.forget();
  }

  /** Removes the folder alone. */
  forget(): void {
    rmSync(this.dir, { recursive: true, force: true });
  }
}

/** Starts the sandbox where it does not run. @returns seconds */
export function sandboxUp(env: NodeJS.ProcessEnv = {}): Promise<number> {
  return firesteel(['sandbox', 'up'], ROOT, env);
}

/** @returns seconds @throws when the exit status is not 0 */
export function firesteel(
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
  let last = '';
  createInterface({ input: child.stdout }).on('line', (line) => {
    last = line;
    onLine(line);
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status) => {
      if (status === 0) resolve((performance.now() - started) / 1000);
      else reject(new Error(`firesteel ${args.join(' ')} ended with ${status}${last && `: ${last.slice(0, 2000)}`}`));
    });
  });
}

function tryParse(line: string): TimedLine['value'] | undefined {
  try {
    return JSON.parse(line) as TimedLine['value'];
  } catch {
    return undefined;
  }
}
