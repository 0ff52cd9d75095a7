import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { failuresOf, imageIdOf, type PackerLine, tryMessage, tryPackerLine } from '../../packer/output';
import { packerMissing, tryPackerVersion, tryPluginMissing, wrongVersion } from '../../packer/program';
import { type PackerTemplate, TEMPLATE_FILE } from '../../packer/template';
import type { ProgressListener } from '../../plan/progress';
import { type ProgramResult, runProgram } from '../_program';
import { UsageError } from '../errors';
import { type BuildFolder, PACKER_PID } from './build-folder';

export interface PackerOptions {
  /** Complete environment, with the `OS_*` variables of the cloud's login. */
  readonly env: NodeJS.ProcessEnv;
  readonly onProgress?: ProgressListener;
  /** Packer is asked to clean up and end when it is aborted. */
  readonly signal?: AbortSignal;
}

/** Packer in a build's folder. */
export class Packer {
  /** @throws {UsageError} when it is missing, or too old */
  static async find(folder: BuildFolder, options: PackerOptions): Promise<Packer> {
    const named = options.env.FIRESTEEL_PACKER || 'packer';
    // It runs in the build's folder.
    const program = named.includes('/') ? resolve(named) : named;
    const env = { ...options.env, CHECKPOINT_DISABLE: '1', PACKER_NO_COLOR: '1', PACKER_LOG: '' };
    const { stdout } = await run(program, ['version'], folder, { env }).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'EACCES') throw new UsageError(packerMissing());
      throw error;
    });
    const version = tryPackerVersion(stdout);
    if (version === undefined) throw new UsageError(packerMissing(program));
    const wrong = wrongVersion(version);
    if (wrong !== undefined) throw new UsageError(wrong);
    return new Packer(program, version, folder, { ...options, env });
  }

  private constructor(
    private readonly program: string,
    readonly version: string,
    private readonly folder: BuildFolder,
    private readonly options: PackerOptions,
  ) {}

  /** Makes nothing in the cloud. @throws {UsageError} when its OpenStack plugin is missing @throws {Error} in its words */
  async validate(template: PackerTemplate): Promise<void> {
    this.#write(template);
    const { status, stdout, stderr } = await this.#run(['validate', TEMPLATE_FILE]);
    if (status === 0) return;
    const said = `${stdout}\n${stderr}`;
    const missing = tryPluginMissing(said, this.version);
    if (missing !== undefined) throw new UsageError(missing);
    throw new Error(`Packer ${this.version} does not take the template of the build: ${lastLines(said)}`);
  }

  /** @returns the id of the image @throws {Error} in Packer's words; it has cleaned up then */
  async build(template: PackerTemplate): Promise<string> {
    this.#write(template);
    const lines: PackerLine[] = [];
    const onLine = (text: string): void => {
      const line = tryPackerLine(text);
      if (!line) return;
      lines.push(line);
      const message = tryMessage(line);
      if (message !== undefined)
        this.options.onProgress?.({ subject: 'image', phase: 'packer', state: 'update', text: message });
    };
    const { status, stderr } = await this.#run(['build', '-machine-readable', TEMPLATE_FILE], onLine);
    const image = imageIdOf(lines);
    if (status === 0 && image !== undefined) return image;
    const failures = failuresOf(lines);
    throw new Error(`Packer: ${failures.join('; ') || lastLines(stderr) || `ended with exit status ${status}`}`);
  }

  #write(template: PackerTemplate): void {
    writeFileSync(this.folder.file(TEMPLATE_FILE), `${JSON.stringify(template, null, 2)}\n`, { mode: 0o600 });
  }

  /** By way of a shell that says its number before it becomes Packer: whoever finds the folder can end it. */
  #run(args: readonly string[], onLine?: (line: string) => void): Promise<ProgramResult> {
    const shell = ['-c', `echo $$ >${PACKER_PID}; exec "$0" "$@"`, this.program, ...args];
    const { env, signal } = this.options;
    return run('/bin/sh', shell, this.folder, { env, ...(onLine && { onLine }), ...(signal && { signal }) });
  }
}

function run(
  program: string,
  args: readonly string[],
  { dir }: BuildFolder,
  options: { readonly env: NodeJS.ProcessEnv; readonly onLine?: (line: string) => void; readonly signal?: AbortSignal },
): Promise<ProgramResult> {
  return runProgram(program, args, { cwd: dir, outputDir: dir, ...options });
}

function lastLines(text: string): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.slice(-5).join('\n');
}
