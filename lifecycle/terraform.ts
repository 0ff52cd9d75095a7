import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { ProgressListener } from '../plan/progress';
import { ApplyProgress } from './_apply-progress';
import { phase } from './_phase';
import { runProgram } from './_program';
import { initIsCurrent, rememberInit } from './_terraform-init';
import {
  type Diagnostic,
  describeDiagnostics,
  parseMessage,
  STATE_LOCKED,
  type TerraformMessage,
} from './_terraform-messages';
import { InterruptedError, TerraformError } from './errors';
import { type PlannedChange, plannedChanges } from './plan-review';
import type { SynthesizedStack } from './synth';
import { parseState, type TerraformState, tryReadLocalState } from './terraform-state';

export interface TerraformOptions {
  /** Complete environment of the program; `TERRAFORM_BINARY_NAME` names it. */
  readonly env: NodeJS.ProcessEnv;
  readonly onProgress?: ProgressListener;
  /** Aborting it interrupts Terraform once; it then ends what is under way and saves its state. */
  readonly signal?: AbortSignal;
}

export interface PlanOptions {
  /** A plan that destroys everything. @default false */
  readonly destroy?: boolean;
  /** Looks at the cloud first; otherwise the state is believed. @default true */
  readonly refresh?: boolean;
}

export interface StackPlan {
  /** Nothing to do, not even an output. */
  readonly empty: boolean;
  readonly changes: readonly PlannedChange[];
  readonly file: string;
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
    if (!initIsCurrent(this.stack, this.options.env)) await this.#init();
  }

  async #init(): Promise<void> {
    await this.#phase('init', 'getting the providers', async () => {
      const result = await this.#program(['init', '-input=false', '-no-color']);
      if (result.status !== 0) throw this.#failure('terraform init', [], result.stderr || result.stdout);
      rememberInit(this.stack, this.options.env);
    });
  }

  /** What an apply would do. Ends with the plan in a file of the stack's folder. */
  async plan({ destroy = false, refresh = true }: PlanOptions = {}): Promise<StackPlan> {
    const file = join(this.stack.dir, PLAN_FILE);
    const kind = [...(destroy ? ['-destroy'] : []), ...(refresh ? [] : ['-refresh=false'])];
    const args = ['plan', '-json', '-input=false', '-detailed-exitcode', LOCK_WAIT, `-out=${PLAN_FILE}`, ...kind];
    return this.#phase(
      'plan',
      'comparing with the cloud',
      async () => {
        const status = await this.#jsonInitialized(args, [0, 2]);
        if (status === 2) return { empty: false, changes: plannedChanges(await this.#showPlan()), file };
        rmSync(file, { force: true });
        return { empty: true, changes: [], file };
      },
      (plan) => (plan.empty ? 'no changes' : countChanges(plan.changes)),
    );
  }

  /** Forgets a plan that is not to be applied. */
  discard(plan: StackPlan): void {
    rmSync(plan.file, { force: true });
  }

  /** Does what the plan says, and nothing else; Terraform refuses it when the state has changed since. */
  async apply(plan: StackPlan): Promise<void> {
    const progress = new ApplyProgress(this.stack.name, plan.changes, this.options.onProgress);
    await this.#phase('apply', countChanges(plan.changes), async () => {
      await this.#json(['apply', '-json', '-input=false', LOCK_WAIT, PLAN_FILE], [0], (message) =>
        progress.tell(message),
      );
    }).finally(() => this.discard(plan));
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
    if (local) return local;
    await this.init();
    const result = await this.#program(['state', 'pull']);
    const state = result.status === 0 ? parseState(result.stdout) : undefined;
    if (!state) throw this.#failure('terraform state pull', [], result.stderr || 'it gave no state that we can read');
    return state;
  }

  async #showPlan(): Promise<{ resource_changes?: unknown[] }> {
    const result = await this.#program(['show', '-json', PLAN_FILE]);
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
    throw this.#failure(`terraform ${args[0]}`, diagnostics, result.stderr);
  }

  #program(args: readonly string[], onLine?: (line: string) => void) {
    const { env, signal } = this.options;
    const { dir } = this.stack;
    if (signal?.aborted) throw new InterruptedError();
    return runProgram(env.TERRAFORM_BINARY_NAME ?? 'terraform', args, {
      cwd: dir,
      env: { ...env, TF_IN_AUTOMATION: '1', CHECKPOINT_DISABLE: '1' },
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
    const locked = errors.find(({ summary }) => summary === STATE_LOCKED);
    if (locked) return new TerraformError(describeLock(this.stack.name, locked), this.stack.name, errors);
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

function countChanges(changes: readonly PlannedChange[]): string {
  const counts = (['create', 'update', 'replace', 'delete'] as const).map((action) => {
    return { action, count: changes.filter((change) => change.action === action).length };
  });
  const parts = counts.filter(({ count }) => count > 0).map(({ action, count }) => `${count} to ${action}`);
  return parts.length > 0 ? parts.join(', ') : 'outputs only';
}

function describeLock(environment: string, { detail = '' }: Diagnostic): string {
  const field = (name: string) => new RegExp(`${name}:\\s+(.+)`).exec(detail)?.[1]?.trim();
  const details = [field('Operation'), field('Who'), field('Created')].filter(Boolean).join(', ');
  return `the state of ${environment} is in use by another run${details && ` (${details})`}: wait until that has ended, then run this again`;
}

/** Plain output for people comes in frames of box-drawing characters. */
function withoutFrames(text: string): string {
  const lines = text.split('\n').map((line) => line.replace(/^[╷│╵]\s?/, '').trimEnd());
  return lines
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}
