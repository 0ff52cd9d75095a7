import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { SynthesizedStack } from './synth';

/** A backend of Terraform's with its settings, as they stand in JSON. */
export interface Backend {
  readonly type: string;
  readonly config: Readonly<Record<string, unknown>>;
}

/** Where Terraform itself notes which backend it was initialized with. */
export const BACKEND_RECORD = join('.terraform', 'terraform.tfstate');

/** The backend that a stack's JSON names. */
export function wantedBackend({ config }: SynthesizedStack): Backend {
  const [named] = Object.entries(config.terraform?.backend ?? {});
  return named ? { type: named[0], config: named[1] } : { type: 'local', config: {} };
}

/** The backend that the stack's folder was last initialized with; undefined where it never was. */
export function recordedBackend({ dir }: SynthesizedStack): Backend | undefined {
  const file = join(dir, BACKEND_RECORD);
  if (!existsSync(file)) return undefined;
  const { backend } = JSON.parse(readFileSync(file, 'utf8')) as { backend?: Partial<Backend> };
  if (typeof backend?.type !== 'string') return undefined;
  return { type: backend.type, config: withoutNulls(backend.config ?? {}) as Backend['config'] };
}

export function sameBackend(one: Backend, other: Backend): boolean {
  return canonical(one) === canonical(other);
}

/** Absolute path of a local backend's state file. @param dir that Terraform runs in */
export function localFile({ config }: Backend, dir: string): string {
  return resolve(dir, typeof config.path === 'string' ? config.path : 'terraform.tfstate');
}

/** For people, e.g. `the schema spark_dev of postgres://db.example.org/terraform`. */
export function describeBackend({ type, config }: Backend, dir: string): string {
  const { schema_name, conn_str, bucket, key, address } = config as Record<string, string | undefined>;
  if (type === 'local') return `the file ${localFile({ type, config }, dir)}`;
  if (type === 'pg') return `the schema ${schema_name} of ${conn_str ?? 'the PostgreSQL that the shell names'}`;
  if (type === 's3') return `the object ${key} of bucket ${bucket}`;
  return address ?? `a backend of type ${type}`;
}

/** Terraform notes a setting that nobody made as null. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, inner]) => inner !== null && inner !== undefined);
  return Object.fromEntries(entries.map(([key, inner]) => [key, withoutNulls(inner)]));
}

function canonical({ type, config }: Backend): string {
  return JSON.stringify([type, sorted(withoutNulls(config))]);
}

function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const entries = Object.entries(value).sort(([a], [b]) => a.localeCompare(b));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
}
