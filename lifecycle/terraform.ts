import { chmodSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProgressListener } from '../plan/progress';
import { ApplyProgress } from './_apply-progress';
import { whileFaultsPass } from './_passing-faults';
import { phase } from './_phase';
import { runProgram } from './_program';
import { wantedBackend } from './_state-backend';
import { StateHome, type StateMove } from './_state-home';
import { describeLock, isHeld, lockSignature } from './_state-lock';
import { initIsCurrent, inTurn, rememberInit } from './_terraform-init';
import {
  type Diagnostic,
  describeDiagnostics,
  parseMessage,
  STATE_LOCKED,
  type TerraformMessage,
  withoutFrames,
} from './_terraform-messages';
import { InterruptedError, TerraformError } from './errors';
import { countChanges, type PlannedChange, type PlannedOutput, type RawPlan, readPlan } from './planned-changes';
import type { SynthesizedStack } from './synth';
import { newState, parseState, type TerraformState, tryReadLocalState, whileKeptWhole } from './terraform-state';

export interface TerraformOptions {
  /** Complete environment of the program; `TERRAFORM_BINARY_NAME` names it. */
  readonly env: NodeJS.ProcessEnv;
  /** Where local states lie. */
  readonly projectDir: string;
  readonly onProgress?: ProgressListener;
  /** Aborting it interrupts Terraform once; it then ends what is under way and saves its state. */
  readonly signal?: AbortSignal;
}

export interface PlanOptions {
  /** A plan that destroys everything. @default false */
  readonly destroy?: boolean;
  /** Looks at the cloud first; otherwise the state is believed. @default true */
  readonly refresh?: boolean;
  /** Addresses of resources that are made anew although nothing of them differs. @default [] */
  readonly replace?: readonly string[];
  /** Absolute path that the plan is kept at, until it is discarded. @default - one in the stack's folder, applied once */
  readonly file?: string;
}

export interface StackPlan {
  /** Nothing to do, not even an output. */
  readonly empty: boolean;
  readonly changes: readonly PlannedChange[];
  /** What was changed in the cloud since Terraform wrote its state, by whomever. */
  readonly drift: readonly PlannedChange[];
  /** The outputs that it changes, by name. */
  readonly outputs: Readonly<Record<string, PlannedOutput>>;
  readonly file: string;
  /** The file is not to be removed when it has been applied. */
  readonly kept: boolean;
}

const PLAN_FILE = 'firesteel.tfplan';
/** Provider 1.x says it on every run, whatever is configured, and says itself who may ignore it: who has no load balancers. */
const OF_NO_MATTER = /use_octavia/;
/** A run that is just ending is waited for; a longer one is told of. */
const LOCK_WAIT = '-lock-timeout=10s';

/** Terraform on one synthesized stack: the same folder and the same state as `cdktf deploy` uses. */
export class Terraform {
  constructor(
    readonly stack: SynthesizedStack,
    private readonly options: TerraformOptions,
  ) {}

  /** Fetches providers; at once done where the last `init` is still good. */
  async init(): Promise<void> {
    await inTurn(async () => {
      if (!initIsCurrent(this.stack, this.options.env)) await this.#init();
    });
  }

  /**
   * Moves the state from where it was before to where the plan wants it.
   * @returns undefined where there is nothing to move @throws {RefusedError} when another state is there
   */
  async moveState(): Promise<StateMove | undefined> {
    const home = this.#home();
    const move = await home.prepareMove();
    if (!move) await this.init();
    else await this.#init(['-migrate-state', '-force-copy']);
    home.retireFormer(await this.state());
    return move;
  }

  async #init(how?: readonly string[]): Promise<void> {
    await this.#phase('init', 'getting the providers', async () => {
      const flags = how ?? (await this.#home().initFlags());
      const result = await this.#program(['init', '-input=false', '-no-color', ...flags]);
      if (result.status !== 0) throw this.#failure('terraform init', [], result.stderr || result.stdout);
      await this.#makeLockable();
      rememberInit(this.stack, this.options.env);
    });
  }

  /**
   * In PostgreSQL a state's lock is that of its row. While there is none, whoever works on the first state of one
   * environment keeps everybody out of all of the data base.
   */
  async #makeLockable(): Promise<void> {
    if (wantedBackend(this.stack).type !== 'pg') return;
    const { status, stdout } = await this.#program(['state', 'pull']);
    if (status !== 0 || parseState(stdout)?.version) return;
    const file = join(this.stack.dir, 'new.tfstate');
    writeFileSync(file, newState());
    // Where it fails somebody else is just making it.
    await this.#program(['state', 'push', LOCK_WAIT, file]).finally(() => rmSync(file, { force: true }));
  }

  /** What an apply would do. Ends with the plan in a file. */
  async plan({ destroy = false, refresh = true, replace = [], file: keptAt }: PlanOptions = {}): Promise<StackPlan> {
    const file = keptAt ?? join(this.stack.dir, PLAN_FILE);
    const kept = keptAt !== undefined;
    const anew = replace.map((address) => `-replace=${address}`);
    const kind = [...(destroy ? ['-destroy'] : []), ...(refresh ? [] : ['-refresh=false']), ...anew];
    const args = ['plan', '-json', '-input=false', '-detailed-exitcode', LOCK_WAIT, `-out=${file}`, ...kind];
    return this.#phase(
      'plan',
      'comparing with the cloud',
      async () => {
        const status = await whileFaultsPass(this.stack.name, this.options, () => this.#jsonInitialized(args, [0, 2]));
        if (existsSync(file)) chmodSync(file, 0o600);
        if (status === 2 || kept) return { ...readPlan(await this.#showPlan(file)), empty: status !== 2, file, kept };
        rmSync(file, { force: true });
        return { empty: true, changes: [], drift: [], outputs: {}, file, kept };
      },
      (plan) => (plan.empty ? 'no changes' : countChanges(plan.changes) || 'outputs only'),
    );
  }

  /** Runs a check of a plan, which is discarded where the check throws. */
  async checked(plan: StackPlan, check: (plan: StackPlan) => void | Promise<void>): Promise<StackPlan> {
    try {
      await check(plan);
      return plan;
    } catch (error) {
      this.discard(plan);
      throw error;
    }
  }

  /** Forgets a plan that is not to be applied. */
  discard(plan: StackPlan): void {
    rmSync(plan.file, { force: true });
  }

  /** Does what the plan says, and nothing else; Terraform refuses it when the state has changed since. */
  async apply(plan: StackPlan): Promise<void> {
    const progress = new ApplyProgress(this.stack.name, plan.changes, this.options.onProgress);
    await this.#phase('apply', countChanges(plan.changes) || 'outputs only', async () => {
      await whileKeptWhole(this.stack, () =>
        this.#json(['apply', '-json', '-input=false', LOCK_WAIT, plan.file], [0], (message) => progress.tell(message)),
      );
    }).finally(() => plan.kept || this.discard(plan));
  }

  /** Takes resources out of the state that the cloud no longer has. */
  async forget(addresses: readonly string[]): Promise<void> {
    const result = await this.#program(['state', 'rm', LOCK_WAIT, ...addresses]);
    if (result.status !== 0) throw this.#failure('terraform state rm', [], result.stderr || result.stdout);
  }

  /** @throws {TerraformError} with all that is wrong with the configuration */
  async validate(): Promise<void> {
    await this.#phase('validate', 'checking against the provider', async () => {
      const result = await this.#program(['validate', '-json', '-no-color']);
      const { diagnostics = [] } = this.#parse<{ diagnostics?: Diagnostic[] }>(
        result.stdout,
        'terraform validate',
        result.stderr,
      );
      this.#tellWarnings(diagnostics);
      if (result.status !== 0) throw this.#failure('terraform validate', diagnostics, result.stderr);
    });
  }

  /** Read straight from the file where the backend is the local one, else by Terraform. */
  async state(): Promise<TerraformState> {
    const local = tryReadLocalState(this.stack);
    if (local && !this.#home().hasMoved) return local;
    await this.init();
    const result = await this.#program(['state', 'pull']);
    const state = result.status === 0 ? parseState(result.stdout) : undefined;
    if (!state) throw this.#failure('terraform state pull', [], result.stderr || 'it gave no state that we can read');
    return state;
  }

  async #showPlan(file: string): Promise<RawPlan> {
    const result = await this.#program(['show', '-json', file]);
    if (result.status !== 0) throw this.#failure('terraform show', [], result.stderr);
    return this.#parse(result.stdout, 'terraform show', result.stderr);
  }

  /** Something else may have changed the folder since our last `init`. */
  async #jsonInitialized(args: readonly string[], wanted: readonly number[]): Promise<number> {
    await this.init();
    try {
      return await this.#json(args, wanted);
    } catch (error) {
      if (!(error instanceof TerraformError) || !/\bterraform init\b|\btofu init\b/.test(error.message)) throw error;
      await this.#init();
      return this.#json(args, wanted);
    }
  }

  /** Runs a command with a `-json` stream. */
  async #json(
    args: readonly string[],
    wanted: readonly number[],
    onMessage?: (message: TerraformMessage) => void,
  ): Promise<number> {
    const diagnostics: Diagnostic[] = [];
    const result = await this.#program(args, (line) => {
      const message = parseMessage(line);
      if (message?.kind === 'diagnostic') diagnostics.push(message.diagnostic);
      else if (message) onMessage?.(message);
    });
    this.#tellWarnings(diagnostics);
    if (result.status !== null && wanted.includes(result.status)) return result.status;
    const { stack, options } = this;
    const locked = diagnostics.find((each) => each.summary === STATE_LOCKED && isHeld(stack, each));
    if (!locked || options.signal?.aborted) throw this.#failure(`terraform ${args[0]}`, diagnostics, result.stderr);
    throw new TerraformError(await describeLock(stack, locked, options.env), stack.name, [locked]);
  }

  #home(): StateHome {
    const { env, projectDir, signal } = this.options;
    return new StateHome(this.stack, { env, projectDir, ...(signal && { signal }) });
  }

  #program(args: readonly string[], onLine?: (line: string) => void) {
    const { env, signal } = this.options;
    const { dir } = this.stack;
    if (signal?.aborted) throw new InterruptedError();
    return runProgram(env.TERRAFORM_BINARY_NAME ?? 'terraform', args, {
      cwd: dir,
      env: { ...env, ...lockSignature(this.stack, args[0]!, env), TF_IN_AUTOMATION: '1', CHECKPOINT_DISABLE: '1' },
      outputDir: dir,
      ...(onLine && { onLine }),
      ...(signal && { signal }),
    });
  }

  #failure(command: string, diagnostics: readonly Diagnostic[], output: string): Error {
    if (this.options.signal?.aborted) {
      const { name } = this.stack;
      return new InterruptedError(`interrupted while ${command} ran; what was made so far is in the state of ${name}`);
    }
    const errors = diagnostics.filter(({ severity }) => severity === 'error');
    const said = errors.length > 0 ? describeDiagnostics(errors) : withoutFrames(output);
    return new TerraformError(
      `${command} failed for ${this.stack.name}:\n${said || 'it printed nothing'}`,
      this.stack.name,
      errors,
    );
  }

  #tellWarnings(diagnostics: readonly Diagnostic[]): void {
    const warnings = diagnostics.filter(
      ({ severity, detail }) => severity === 'warning' && !OF_NO_MATTER.test(detail ?? ''),
    );
    if (warnings.length === 0) return;
    this.options.onProgress?.({
      subject: this.stack.name,
      phase: 'terraform',
      state: 'warn',
      text: describeDiagnostics(warnings),
    });
  }

  #parse<T>(text: string, command: string, stderr: string): T {
    try {
      return JSON.parse(text) as T;
    } catch {
      throw this.#failure(command, [], stderr || text);
    }
  }

  #phase<T>(name: string, text: string, run: () => Promise<T>, doneText?: (result: T) => string): Promise<T> {
    return phase(this.options.onProgress, { subject: this.stack.name, phase: name, text }, run, doneText);
  }
}
