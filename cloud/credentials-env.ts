import type { CloudCredentials, DomainReference } from './cloud-credentials';

/**
 * The `OS_*` variables that log a program in as `credentials` do: Terraform's provider, `openstack`, Packer.
 * They hold secrets in clear: for a child's environment only.
 */
export function credentialsToEnv(credentials: CloudCredentials): Record<string, string> {
  const { auth, project } = credentials;
  const variables: Record<string, string | undefined> = {
    OS_AUTH_URL: credentials.authUrl,
    OS_IDENTITY_API_VERSION: '3',
    OS_REGION_NAME: credentials.region,
    // Python's clients read the first, Terraform's provider the second.
    OS_INTERFACE: credentials.interface,
    OS_ENDPOINT_TYPE: credentials.interface,
    OS_CACERT: credentials.caFile,
    OS_CERT: credentials.certFile,
    OS_KEY: credentials.keyFile,
    OS_INSECURE: credentials.verify ? undefined : 'true',
    OS_PROJECT_ID: project?.id,
    OS_PROJECT_NAME: project?.name,
    ...(project && project.id === undefined ? domain('PROJECT', project.domain) : {}),
    ...authVariables(auth),
  };
  return Object.fromEntries(
    Object.entries(variables).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

/** `env` with no `OS_*` variables but those of `credentials`, so that what the shell exported can't mix in. */
export function withCredentials(env: NodeJS.ProcessEnv, credentials: CloudCredentials): NodeJS.ProcessEnv {
  const rest = Object.entries(env).filter(([name]) => !name.startsWith('OS_'));
  return { ...Object.fromEntries(rest), ...credentialsToEnv(credentials) };
}

function authVariables(auth: CloudCredentials['auth']): Record<string, string | undefined> {
  switch (auth.kind) {
    case 'password':
      return { OS_AUTH_TYPE: 'v3password', ...user(auth.user), OS_PASSWORD: auth.password.reveal() };
    case 'token':
      return { OS_AUTH_TYPE: 'v3token', OS_TOKEN: auth.token.reveal() };
    case 'applicationCredential':
      return {
        OS_AUTH_TYPE: 'v3applicationcredential',
        OS_APPLICATION_CREDENTIAL_ID: auth.id,
        OS_APPLICATION_CREDENTIAL_NAME: auth.id === undefined ? auth.name : undefined,
        OS_APPLICATION_CREDENTIAL_SECRET: auth.secret.reveal(),
        ...(auth.user ? user(auth.user) : {}),
      };
  }
}

function user({
  id,
  name,
  domain: of,
}: {
  id?: string;
  name?: string;
  domain: DomainReference;
}): Record<string, string | undefined> {
  return id === undefined ? { OS_USERNAME: name, ...domain('USER', of) } : { OS_USER_ID: id };
}

function domain(of: 'USER' | 'PROJECT', { id, name }: DomainReference): Record<string, string | undefined> {
  return id === undefined ? { [`OS_${of}_DOMAIN_NAME`]: name } : { [`OS_${of}_DOMAIN_ID`]: id };
}
