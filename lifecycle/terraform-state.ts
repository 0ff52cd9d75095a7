import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { SynthesizedStack } from './synth';

/** What one stack's state says; only what we read of it. */
export interface TerraformState {
  readonly outputs: Readonly<Record<string, { readonly value: unknown }>>;
  readonly resources: readonly StateResource[];
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
  readonly outputs?: TerraformState['outputs'];
  readonly resources?: readonly {
    readonly mode: string;
    readonly type: string;
    readonly name: string;
    readonly instances: readonly { readonly status?: string; readonly attributes?: Record<string, unknown> }[];
  }[];
}

const EMPTY: TerraformState = { outputs: {}, resources: [] };

/**
 * The state of a stack with the local backend, read without Terraform: empty where nothing was ever deployed.
 * undefined where only Terraform can read it (another backend, an encrypted state).
 */
export function tryReadLocalState(stack: SynthesizedStack): TerraformState | undefined {
  const file = localStateFile(stack);
  if (file === undefined) return undefined;
  return existsSync(file) ? parseState(readFileSync(file, 'utf8')) : EMPTY;
}

/** Path of the local backend's state file; undefined for any other backend. */
export function localStateFile({ config, dir }: SynthesizedStack): string | undefined {
  const backend = config.terraform?.backend;
  if (backend === undefined) return resolve(dir, 'terraform.tfstate');
  const local = backend.local;
  return local && resolve(dir, typeof local.path === 'string' ? local.path : 'terraform.tfstate');
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
  return { outputs: raw.outputs ?? {}, resources };
}
