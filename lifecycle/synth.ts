import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { ProgressListener } from '../plan/progress';
import { phase } from './_phase';
import { runProgram } from './_program';
import { InterruptedError, TerraformError, UsageError } from './errors';

export interface SynthOptions {
  /** Folder of cdktf.json. */
  readonly projectDir: string;
  readonly env: NodeJS.ProcessEnv;
  readonly onProgress?: ProgressListener;
  readonly signal?: AbortSignal;
}

/** One stack that the project's program made. */
export interface SynthesizedStack {
  readonly name: string;
  /** Absolute path of the folder that Terraform runs in. */
  readonly dir: string;
  /** Names of the stacks that have to be deployed before it. */
  readonly dependencies: readonly string[];
  /** The Terraform JSON. */
  readonly config: TerraformConfig;
}

export interface TerraformConfig {
  readonly terraform?: {
    readonly backend?: Readonly<Record<string, Record<string, unknown>>>;
    readonly required_providers?: Readonly<Record<string, { source?: string; version?: string }>>;
  };
  /** By name; each with its arguments, and an alias where there are several. */
  readonly provider?: Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>;
  /** By type, then by name. */
  readonly resource?: Readonly<Record<string, Readonly<Record<string, Record<string, unknown>>>>>;
  readonly [section: string]: unknown;
}

interface Annotation {
  readonly constructPath: string;
  readonly level: string;
  readonly message: string;
}

interface ManifestStack {
  readonly name: string;
  readonly workingDirectory: string;
  readonly synthesizedStackPath: string;
  readonly dependencies?: readonly string[];
  readonly annotations?: readonly Annotation[];
}

/**
 * Runs the `app` command of cdktf.json, in the way that `cdktf synth` does, and returns its stacks by name.
 * @throws {TerraformError} with what the program says when it fails
 */
export async function synthesize(options: SynthOptions): Promise<ReadonlyMap<string, SynthesizedStack>> {
  const { app, output } = readCdktfJson(options.projectDir);
  const outdir = join(options.projectDir, output);
  return phase(
    options.onProgress,
    { subject: 'terraform', phase: 'synth', text: 'writing the Terraform configuration' },
    async () => {
      await runApp(app, outdir, options);
      return readStacks(outdir, options.onProgress);
    },
  );
}

/** Stacks of an earlier synthesis. Empty where there was none. */
export function synthesizedStacks(projectDir: string): ReadonlyMap<string, SynthesizedStack> {
  const outdir = join(projectDir, readCdktfJson(projectDir).output);
  return existsSync(join(outdir, 'manifest.json')) ? readStacks(outdir) : new Map();
}

function readCdktfJson(projectDir: string): { app: string; output: string } {
  const file = join(projectDir, 'cdktf.json');
  if (!existsSync(file)) {
    throw new UsageError(
      `${projectDir} is no CDKTF project, it has no cdktf.json: go to the project's folder, or name it with --dir`,
    );
  }
  let config: { app?: unknown; output?: unknown };
  try {
    config = JSON.parse(readFileSync(file, 'utf8')) as typeof config;
  } catch (error) {
    throw new UsageError(`${file} is not valid JSON: ${(error as Error).message}`);
  }
  if (typeof config.app !== 'string' || config.app === '') {
    throw new UsageError(`${file} names no program: "app" must be a command such as "tsx main.ts"`);
  }
  return { app: config.app, output: typeof config.output === 'string' ? config.output : 'cdktf.out' };
}

async function runApp(app: string, outdir: string, options: SynthOptions): Promise<void> {
  mkdirSync(outdir, { recursive: true });
  const result = await runProgram('/bin/sh', ['-c', app], {
    cwd: options.projectDir,
    env: appEnv(outdir, options),
    outputDir: outdir,
    stopWith: 'SIGTERM',
    ...(options.signal && { signal: options.signal }),
  });
  if (result.status === 0) return;
  if (options.signal?.aborted) throw new InterruptedError();
  const said = withoutStack(result.stderr) || withoutStack(result.stdout) || 'it printed nothing';
  throw new TerraformError(`"${app}" (the app of cdktf.json) failed: ${said}`, undefined);
}

/** The environment that `cdktf` gives an app; programs of the project come first on the path, as under npx. */
function appEnv(outdir: string, { env, projectDir }: SynthOptions): NodeJS.ProcessEnv {
  const own = Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('TF_VAR_')));
  return {
    NODE_OPTIONS: '--max-old-space-size=4096',
    CDKTF_CONTEXT_JSON: '{}',
    ...own,
    PATH: [join(projectDir, 'node_modules', '.bin'), env.PATH].filter(Boolean).join(delimiter),
    CDKTF_OUTDIR: outdir,
    CDKTF_CONTINUE_SYNTH_ON_ERROR_ANNOTATIONS: 'true',
    SYNTH_HCL_OUTPUT: 'false',
  };
}

function readStacks(outdir: string, onProgress?: ProgressListener): ReadonlyMap<string, SynthesizedStack> {
  const file = join(outdir, 'manifest.json');
  if (!existsSync(file))
    throw new TerraformError('the app of cdktf.json wrote no stacks: it has to call app.synth()', undefined);
  const manifest = JSON.parse(readFileSync(file, 'utf8')) as { stacks: Record<string, ManifestStack> };
  const stacks = Object.values(manifest.stacks);
  tellAnnotations(stacks, onProgress);
  return new Map(stacks.map((stack) => [stack.name, toStack(stack, outdir)]));
}

function toStack(stack: ManifestStack, outdir: string): SynthesizedStack {
  return {
    name: stack.name,
    dir: join(outdir, stack.workingDirectory),
    dependencies: stack.dependencies ?? [],
    config: JSON.parse(readFileSync(join(outdir, stack.synthesizedStackPath), 'utf8')) as TerraformConfig,
  };
}

function tellAnnotations(stacks: readonly ManifestStack[], onProgress?: ProgressListener): void {
  const errors: string[] = [];
  for (const { name, annotations } of stacks) {
    for (const { level, message, constructPath } of annotations ?? []) {
      const text = `${constructPath}: ${message}`;
      if (level === '@cdktf/error') errors.push(text);
      if (level === '@cdktf/warn') onProgress?.({ subject: name, phase: 'synth', state: 'warn', text });
    }
  }
  if (errors.length > 0) throw new TerraformError(errors.join('\n'), undefined);
}

/** What a failed program says without Node's source excerpt and call stack. */
function withoutStack(text: string): string {
  const lines = text.trim().split('\n');
  const message = lines.findIndex((line) => /^(\w*Error|Error \[\w+\]): /.test(line));
  const end = lines.findIndex((line, index) => index > message && /^ {4}at /.test(line));
  const kept = message < 0 ? lines : lines.slice(message, end < 0 ? undefined : end);
  return kept
    .join('\n')
    .replace(/^(Error|PlanError): /, '')
    .trim();
}
