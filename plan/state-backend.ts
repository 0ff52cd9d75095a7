import { z } from 'zod';
import { text } from './_fields';

/** Stands for an environment's name wherever environments must not share a place. */
export const ENVIRONMENT_PLACEHOLDER = '{environment}';

/**
 * Where Terraform keeps an environment's state, and locks it while somebody is at work. Says no user, password or key:
 * these come from the variables that the backend itself reads (docs/remote-state.md).
 */
export type StateBackend = LocalState | HttpState | PgState | S3State | SwiftState;

/** A file of the project's folder, `terraform.<environment>.tfstate`. */
export interface LocalState {
  readonly backend: 'local';
}

/** A REST service such as GitLab's. Reads `TF_HTTP_USERNAME` and `TF_HTTP_PASSWORD`. */
export interface HttpState {
  readonly backend: 'http';
  /** Of one environment's state, e.g. `https://state.example.org/spark/{environment}`. */
  readonly address: string;
  /** @default - `address` */
  readonly lockAddress?: string;
  /** @default - `lockAddress` */
  readonly unlockAddress?: string;
  /** @default 'POST' */
  readonly updateMethod?: string;
  /** GitLab's is POST. @default 'LOCK' */
  readonly lockMethod?: string;
  /** GitLab's is DELETE. @default 'UNLOCK' */
  readonly unlockMethod?: string;
}

/** PostgreSQL. Reads `PGUSER`, `PGPASSWORD`, `PGPASSFILE`; without `address` also `PG_CONN_STR` or `PGHOST` and its kin. */
export interface PgState {
  readonly backend: 'pg';
  /** Without user and password, e.g. `postgres://db.example.org/terraform`. @default - what the shell says */
  readonly address?: string;
  /** Schema of one environment's state, which is made where it is missing, e.g. `spark_{environment}`. */
  readonly schema: string;
}

/** Amazon's S3, or with `endpoint` a service like it. Reads `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and their kin. */
export interface S3State {
  readonly backend: 's3';
  readonly bucket: string;
  /** Of one environment's state, e.g. `spark/{environment}.tfstate`. */
  readonly key: string;
  /** @default - what the shell says (`AWS_REGION`); 'us-east-1' where there is an `endpoint` */
  readonly region?: string;
  /** @default - Amazon's */
  readonly endpoint?: string;
  /** Locks by an object beside the state: Terraform or OpenTofu from 1.10 on. @default true */
  readonly useLockfile?: boolean;
}

/** OpenStack's object store, through its S3 API: Terraform and OpenTofu have had no Swift backend since 1.3. */
export interface SwiftState extends Omit<S3State, 'backend' | 'endpoint'> {
  readonly backend: 'swift';
  /** Of the S3 API, e.g. `https://objects.example.org`. */
  readonly endpoint: string;
}

const METHOD = /^[A-Z]+$/;
const method = z.string().regex(METHOD, 'must be an HTTP method such as POST, in capital letters');

const s3 = {
  bucket: text.describe('Name of the bucket (container), which has to exist.'),
  key: text.describe('Of the state object, with {environment} in it, e.g. spark/{environment}.tfstate.'),
  region: text.optional(),
  useLockfile: z.boolean().default(true).describe('Locks by an object beside the state (Terraform or OpenTofu 1.10).'),
};

export const stateBackendSchema = z.discriminatedUnion('backend', [
  z.strictObject({ backend: z.literal('local') }),
  z.strictObject({
    backend: z.literal('http'),
    address: text.describe('With {environment} in it; user and password come from TF_HTTP_USERNAME, TF_HTTP_PASSWORD.'),
    lockAddress: text.optional().describe('Absent: the address.'),
    unlockAddress: text.optional().describe('Absent: the lockAddress.'),
    updateMethod: method.optional().describe('Absent: POST.'),
    lockMethod: method.optional().describe('Absent: LOCK.'),
    unlockMethod: method.optional().describe('Absent: UNLOCK.'),
  }),
  z.strictObject({
    backend: z.literal('pg'),
    address: text
      .optional()
      .describe('postgres://host/database; user and password come from PGUSER, PGPASSWORD, PGPASSFILE.'),
    schema: text.describe('With {environment} in it, e.g. spark_{environment}; made where it is missing.'),
  }),
  z.strictObject({
    backend: z.literal('s3'),
    ...s3,
    endpoint: text
      .optional()
      .describe("Of a service that is not Amazon's; keys come from AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY."),
  }),
  z.strictObject({ backend: z.literal('swift'), ...s3, endpoint: text.describe('Of the S3 API of the object store.') }),
]);

/** A backend's settings for one environment: `{environment}` is its name. */
export function stateOf<T extends StateBackend>(state: T, environment: string): T {
  const entries = Object.entries(state).map(([key, value]) => [
    key,
    typeof value === 'string' ? value.replaceAll(ENVIRONMENT_PLACEHOLDER, environment) : value,
  ]);
  return Object.fromEntries(entries) as T;
}
