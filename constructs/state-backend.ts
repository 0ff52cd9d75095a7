import {
  HttpBackend,
  PgBackend,
  type PgBackendConfig,
  S3Backend,
  type S3BackendConfig,
  type TerraformStack,
} from 'cdktf';
import {
  type HttpState,
  type PgState,
  type S3State,
  type StateBackend,
  type SwiftState,
  stateOf,
} from '../plan/state-backend';
import { stateIssues } from '../plan/state-issues';

/**
 * Gives a stack the backend that its plan names. The stack's id is the environment's name. What says nothing keeps
 * cdktf's own: a file in the project's folder.
 * @throws {Error} for a setting that can't be, or that holds a secret
 */
export function addStateBackend(stack: TerraformStack, state: StateBackend | undefined): void {
  const environment = stack.node.id;
  const issues = stateIssues(state, environment);
  if (issues.length > 0) throw new Error(issues.map(({ path, message }) => `${path} ${message}`).join('\n'));
  if (state === undefined || state.backend === 'local') return;
  const own = stateOf(state, environment);
  if (own.backend === 'http') addHttp(stack, own);
  else if (own.backend === 'pg') addPg(stack, own);
  else addS3(stack, own);
}

function addHttp(stack: TerraformStack, { backend: _, ...settings }: HttpState): void {
  const { address, lockAddress = address, unlockAddress = lockAddress } = settings;
  new HttpBackend(stack, { ...settings, lockAddress, unlockAddress });
}

/** Without an address Terraform takes what the shell says; cdktf's type does not know that. */
function addPg(stack: TerraformStack, { address, schema }: PgState): void {
  const config = { ...(address !== undefined && { connStr: address }), schemaName: schema };
  new PgBackend(stack, config as PgBackendConfig);
}

/** cdktf's type is older than locks by a file. */
type S3Config = S3BackendConfig & { readonly useLockfile: boolean };

function addS3(
  stack: TerraformStack,
  { bucket, key, region, endpoint, useLockfile = true }: S3State | SwiftState,
): void {
  const config: S3Config = {
    bucket,
    key,
    useLockfile,
    ...(endpoint !== undefined && notAmazon(endpoint)),
    ...(region !== undefined && { region }),
  };
  new S3Backend(stack, config);
}

/** What Terraform asks of Amazon's other services, other services that speak S3 don't have. */
function notAmazon(endpoint: string): Partial<S3BackendConfig> {
  return {
    endpoints: { s3: endpoint },
    region: 'us-east-1',
    usePathStyle: true,
    skipCredentialsValidation: true,
    skipMetadataApiCheck: true,
    skipRegionValidation: true,
    skipRequestingAccountId: true,
    skipS3Checksum: true,
  };
}
