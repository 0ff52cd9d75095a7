import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { WholeState } from './_whole-state';
import { TerraformError } from './errors';
import type { SynthesizedStack } from './synth';

/** What one stack's state says; only what we read of it. */
export interface TerraformState {
  /** Which history of states it belongs to, and its number in it; absent where nothing was ever deployed. */
  readonly version?: StateVersion;
  readonly outputs: Readonly<Record<string, { readonly value: unknown }>>;
  readonly resources: readonly StateResource[];
}

export interface StateVersion {
  readonly lineage: string;
  /** Grows with every change of the state. */
  readonly serial: number;
}

export interface StateResource {
  readonly type: string;
  readonly name: string;
  readonly id: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** Its creation failed half-way; the next apply makes it anew. */
  readonly tainted: boolean;
}

interface RawState {
  readonly version?: number;
  readonly lineage?: string;
  readonly serial?: number;
  readonly outputs?: TerraformState['outputs'];
  readonly resources?: readonly {
    readonly mode: string;
    readonly type: string;
    readonly name: string;
    readonly instances: readonly { readonly status?: string; readonly attributes?: Record<string, unknown> }[];
  }[];
}

const EMPTY: TerraformState = { outputs: {}, resources: [] };
/** Of what the state got in between the next run may find only what has one of our names. */
const COPY_MS = 50;

/**
 * The state of a stack with the local backend, read without Terraform: empty where nothing was ever deployed.
 * undefined where only Terraform can read it (another backend, an encrypted state).
 */
export function tryReadLocalState(stack: SynthesizedStack): TerraformState | undefined {
  const file = localStateFile(stack);
  if (file === undefined) return undefined;
  if (!existsSync(file)) return EMPTY;
  const text = new WholeState(stack, file).read();
  try {
    return parseState(text);
  } catch (error) {
    const message = `${file} is damaged, it is no JSON (${(error as Error).message}): put back what it was, from ${file}.backup or a copy of yours`;
    throw new TerraformError(message, stack.name);
  }
}

/** Runs Terraform's apply. Should all of us be killed meanwhile, a local state's file that is left half-written is put back. */
export async function whileKeptWhole<T>(stack: SynthesizedStack, apply: () => Promise<T>): Promise<T> {
  const file = localStateFile(stack);
  if (file === undefined) return apply();
  const state = new WholeState(stack, file);
  state.dropCopy();
  const timer = setInterval(() => state.tryCopy(), COPY_MS);
  try {
    return await apply();
  } finally {
    clearInterval(timer);
    state.settle();
  }
}

/** Path of the local backend's state file; undefined for any other backend. */
export function localStateFile({ config, dir }: SynthesizedStack): string | undefined {
  const backend = config.terraform?.backend;
  if (backend === undefined) return resolve(dir, 'terraform.tfstate');
  const local = backend.local;
  return local && resolve(dir, typeof local.path === 'string' ? local.path : 'terraform.tfstate');
}

/** Text of a state that holds nothing. */
export function newState(): string {
  const header = { version: 4, terraform_version: '1.6.0', serial: 0, lineage: randomUUID() };
  return JSON.stringify({ ...header, outputs: {}, resources: [] });
}

/** `terraform state pull` and the local file have one format. */
export function parseState(text: string): TerraformState | undefined {
  if (text.trim() === '') return EMPTY;
  const raw = JSON.parse(text) as RawState;
  if (raw.version !== 4) return undefined;
  const resources = (raw.resources ?? [])
    .filter(({ mode }) => mode === 'managed')
    .flatMap(({ type, name, instances }) =>
      instances.map(({ attributes = {}, status }) => {
        return { type, name, id: String(attributes.id ?? ''), attributes, tainted: status === 'tainted' };
      }),
    );
  const { lineage, serial } = raw;
  // Terraform writes a state that was never there with an empty one.
  const version = lineage && serial !== undefined ? { version: { lineage, serial } } : {};
  return { ...version, outputs: raw.outputs ?? {}, resources };
}
