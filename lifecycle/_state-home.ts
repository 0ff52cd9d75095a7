import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type ProgramResult, runProgram } from './_program';
import {
  BACKEND_RECORD,
  type Backend,
  describeBackend,
  localFile,
  recordedBackend,
  sameBackend,
  wantedBackend,
} from './_state-backend';
import { withoutFrames } from './_terraform-messages';
import { InterruptedError, RefusedError, TerraformError } from './errors';
import type { SynthesizedStack } from './synth';
import { parseState, type StateResource, type TerraformState } from './terraform-state';

export interface StateHomeOptions {
  /** Complete environment of the program. */
  readonly env: NodeJS.ProcessEnv;
  /** Where local states lie. */
  readonly projectDir: string;
  readonly signal?: AbortSignal;
}

/** What a move of a state was, or would be. */
export interface StateMove {
  readonly from: string;
  readonly to: string;
  /** How many resources the state holds. */
  readonly resources: number;
}

/**
 * Where a stack's state is, and where its plan wants it. A plan that names another backend than before must not make
 * Terraform forget what it made: without its state it would make everything once more.
 */
export class StateHome {
  readonly #wanted: Backend;
  readonly #former: Backend | undefined;

  constructor(
    private readonly stack: SynthesizedStack,
    private readonly options: StateHomeOptions,
  ) {
    this.#wanted = wantedBackend(stack);
    const former = recordedBackend(stack) ?? this.#forgottenFile();
    this.#former = former && !sameBackend(former, this.#wanted) ? former : undefined;
  }

  /** The plan names another place than the one of before. */
  get hasMoved(): boolean {
    return this.#former !== undefined;
  }

  /**
   * Further arguments of `terraform init` with which nothing is forgotten.
   * @throws {RefusedError} where the state is still in the former place, with what to do
   */
  async initFlags(): Promise<readonly string[]> {
    if (!this.#former) return [];
    const [former, wanted] = await this.#states(this.#former);
    if (isDispensable(former, wanted)) return ['-reconfigure'];
    const what = `${this.#words(this.#former)} holds the state of ${this.stack.name} (${countOf(former)})`;
    const wants = `its plan wants it in ${this.#words(this.#wanted)}`;
    const now =
      wanted.resources.length > 0
        ? `where there is another one (${countOf(wanted)}): let the plan name another place, or ${this.#forget(this.#former)} if what is in the former is of no use any more`
        : `where there is none: "firesteel state move ${this.stack.name}" moves it there`;
    throw new RefusedError(`refused: ${what}, and ${wants}, ${now}; nothing was changed`);
  }

  /**
   * Makes the stack's folder ready for `terraform init -migrate-state`.
   * @returns undefined where there is nothing to move
   * @throws {RefusedError} when there is another state at the place that the plan names
   */
  async prepareMove(): Promise<StateMove | undefined> {
    if (!this.#former) return undefined;
    const [former, wanted] = await this.#states(this.#former);
    if (isDispensable(former, wanted)) return undefined;
    if (wanted.resources.length > 0) await this.initFlags();
    if (!recordedBackend(this.stack)) await this.#record(this.#former);
    return {
      from: this.#words(this.#former),
      to: this.#words(this.#wanted),
      resources: former.resources.length,
    };
  }

  /**
   * Puts a file that the state has left aside, so that nobody takes it for the state.
   * @param arrived what the new place holds
   * @throws {TerraformError} when that is not what was moved
   */
  retireFormer(arrived: TerraformState): void {
    const file = this.#former?.type === 'local' ? localFile(this.#former, this.stack.dir) : undefined;
    if (file === undefined || !existsSync(file)) return;
    const left = this.#parse(readFileSync(file, 'utf8'), this.#former!);
    if (!isDispensable(left, arrived))
      throw new TerraformError(
        `${file} was to be moved, and what arrived is something else: both are kept`,
        this.stack.name,
      );
    renameSync(file, `${file}.moved`);
  }

  /** A local state of a stack whose folder is a new one, so that Terraform can't know of it. */
  #forgottenFile(): Backend | undefined {
    const path = join(this.options.projectDir, `terraform.${this.stack.name}.tfstate`);
    return this.#wanted.type !== 'local' && existsSync(path) ? { type: 'local', config: { path } } : undefined;
  }

  /** What makes Terraform take the plan's place as it is. */
  #forget(former: Backend): string {
    if (former.type === 'local' && !recordedBackend(this.stack))
      return `put ${localFile(former, this.stack.dir)} aside`;
    return `remove ${join(this.stack.dir, dirname(BACKEND_RECORD))}`;
  }

  async #states(former: Backend): Promise<[TerraformState, TerraformState]> {
    try {
      return [await this.#stateAt(former), await this.#stateAt(this.#wanted)];
    } catch (error) {
      if (!(error instanceof TerraformError)) throw error;
      const { name } = this.stack;
      const message = `the state of ${name} was kept in ${this.#words(former)}, its plan wants it in ${this.#words(this.#wanted)}, and what is there can't be found out: ${error.message}\nIf the former place is gone for good, ${this.#forget(former)}: then the plan's is taken as it is`;
      throw new TerraformError(message, name);
    }
  }

  async #stateAt(backend: Backend): Promise<TerraformState> {
    const file = backend.type === 'local' ? localFile(backend, this.stack.dir) : undefined;
    if (file !== undefined) return this.#parse(existsSync(file) ? readFileSync(file, 'utf8') : '', backend);
    return this.#inFolderOf(backend, async (run) => this.#parse((await run('state', 'pull')).stdout, backend));
  }

  #parse(text: string, backend: Backend): TerraformState {
    const state = parseState(text);
    if (state) return state;
    throw new TerraformError(`${this.#words(backend)} holds no state that we can read`, this.stack.name);
  }

  /** Lets Terraform note that the stack's folder was initialized with a backend. */
  async #record(backend: Backend): Promise<void> {
    const record = join(this.stack.dir, BACKEND_RECORD);
    await this.#inFolderOf(backend, async (_run, dir) => {
      mkdirSync(dirname(record), { recursive: true });
      copyFileSync(join(dir, BACKEND_RECORD), record);
    });
  }

  /** Terraform in a folder that has nothing but a backend. */
  async #inFolderOf<T>(
    { type, config }: Backend,
    work: (run: (...args: readonly string[]) => Promise<ProgramResult>, dir: string) => Promise<T>,
  ): Promise<T> {
    const dir = mkdtempSync(join(tmpdir(), 'firesteel-state-'));
    const run = (...args: readonly string[]) => this.#run(dir, args);
    try {
      writeFileSync(join(dir, 'main.tf.json'), JSON.stringify({ terraform: { backend: { [type]: config } } }));
      await run('init', '-input=false', '-no-color');
      return await work(run, dir);
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  }

  async #run(dir: string, args: readonly string[]): Promise<ProgramResult> {
    const { env, signal } = this.options;
    const result = await runProgram(env.TERRAFORM_BINARY_NAME ?? 'terraform', args, {
      cwd: dir,
      env: { ...env, TF_IN_AUTOMATION: '1', CHECKPOINT_DISABLE: '1' },
      outputDir: dir,
      ...(signal && { signal }),
    });
    if (signal?.aborted) throw new InterruptedError();
    if (result.status === 0) return result;
    throw new TerraformError(withoutFrames(result.stderr || result.stdout), this.stack.name);
  }

  #words(backend: Backend): string {
    return describeBackend(backend, this.stack.dir);
  }
}

/** Nothing is lost with a state whose resources the other place knows: somebody has moved it, or it holds none. */
function isDispensable(former: TerraformState, wanted: TerraformState): boolean {
  const idOf = ({ type, name, id }: StateResource) => `${type}.${name} ${id}`;
  const known = new Set(wanted.resources.map(idOf));
  return former.resources.every((resource) => known.has(idOf(resource)));
}

function countOf({ resources }: TerraformState): string {
  return resources.length === 1 ? '1 resource' : `${resources.length} resources`;
}
