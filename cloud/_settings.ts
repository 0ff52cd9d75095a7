import { absolutePath, type Surroundings } from './_config-dirs';
import type { CloudCredentials, DomainReference } from './cloud-credentials';
import { CloudError } from './cloud-error';
import { SecretText } from './secret-text';

/** Settings by openstacksdk's names (`auth_url`, `project_name`, …), whatever file or variable they came from. */
export type Settings = Readonly<Record<string, unknown>>;

/** Where settings come from, in the words of messages. */
export interface Origin {
  /** e.g. `cloud "dev" in /home/me/clouds.yaml` */
  readonly source: string;
  /** `file:line` where there is a file. */
  readonly place?: string;
  /** How a setting is written there, e.g. `OS_PASSWORD` or `auth.password`. */
  readonly written: (setting: string) => string;
  readonly cloud?: string;
  readonly warnings: readonly string[];
  readonly surroundings: Surroundings;
  readonly askPassword?: AskPassword;
}

/** Asks a person without echo; `prompt` is one line without a newline. */
export type AskPassword = (prompt: string) => Promise<string>;

/** @throws {CloudError} badConfiguration */
export async function toCredentials(settings: Settings, origin: Origin): Promise<CloudCredentials> {
  const read = (...names: string[]) => firstText(settings, names);
  const path = (name: string) => {
    const value = read(name);
    return value === undefined ? undefined : absolutePath(value, origin.surroundings);
  };
  refuseIdentityV2(read('identity_api_version'), origin);
  const authUrl = identityUrl(required(read, 'auth_url', origin), origin);
  return {
    source: origin.source,
    cloud: origin.cloud,
    authUrl,
    auth: await toAuth(settings, origin),
    project: toProject(settings),
    region: read('region_name'),
    interface: toInterface(read('interface', 'endpoint_type') ?? 'public', origin),
    caFile: path('cacert'),
    certFile: path('cert'),
    keyFile: path('key'),
    verify: read('insecure') === undefined ? !isNo(read('verify')) : isNo(read('insecure')),
    warnings: origin.warnings,
  };
}

async function toAuth(settings: Settings, origin: Origin): Promise<CloudCredentials['auth']> {
  const read = (...names: string[]) => firstText(settings, names);
  const type = authType(read('auth_type'), settings, origin);
  if (type === 'token') {
    return { kind: 'token', token: new SecretText(required(read, 'token', origin, 'auth_token')) };
  }
  const user = { id: read('user_id'), name: read('username', 'user_name'), domain: toDomain(settings, 'user') };
  if (type === 'applicationCredential') {
    const id = read('application_credential_id');
    const name = read('application_credential_name');
    if (id === undefined) {
      required(read, 'application_credential_name', origin, 'application_credential_id');
      if (user.id === undefined) required(read, 'username', origin, 'user_name');
    }
    const secret = new SecretText(required(read, 'application_credential_secret', origin));
    return { kind: 'applicationCredential', id, name, user: id === undefined ? user : undefined, secret };
  }
  if (user.id === undefined) required(read, 'username', origin, 'user_name');
  const given = read('password');
  const password = given ?? (await origin.askPassword?.(`Password of ${user.name ?? user.id} (${origin.source}): `));
  if (!password) throw missing('password', origin);
  return { kind: 'password', user, password: new SecretText(password) };
}

const AUTH_TYPES: Readonly<Record<string, CloudCredentials['auth']['kind']>> = {
  password: 'password',
  v3password: 'password',
  token: 'token',
  v3token: 'token',
  v3applicationcredential: 'applicationCredential',
};

function authType(named: string | undefined, settings: Settings, origin: Origin): CloudCredentials['auth']['kind'] {
  if (firstText(settings, ['application_credential_secret']) && (named === undefined || named === 'password'))
    return 'applicationCredential';
  if (named === undefined)
    return firstText(settings, ['token', 'auth_token']) && !firstText(settings, ['password']) ? 'token' : 'password';
  const kind = AUTH_TYPES[named];
  if (kind) return kind;
  throw bad(
    `${origin.written('auth_type')} is "${named}", which Firesteel can't use; it can: ${Object.keys(AUTH_TYPES).join(', ')}. ` +
      'For single sign-on make an application credential (Horizon: Identity > Application Credentials) and use that.',
    origin,
  );
}

function toProject(settings: Settings): CloudCredentials['project'] {
  const id = firstText(settings, ['project_id', 'tenant_id']);
  const name = firstText(settings, ['project_name', 'tenant_name']);
  if (firstText(settings, ['application_credential_secret']) || (id === undefined && name === undefined))
    return undefined;
  return { id, name, domain: toDomain(settings, 'project') };
}

/** The domain of a user or project; Keystone's first one, `default`, where none is named. */
function toDomain(settings: Settings, of: 'user' | 'project'): DomainReference {
  const id = firstText(settings, [`${of}_domain_id`]);
  const name = firstText(settings, [`${of}_domain_name`]);
  if (id !== undefined || name !== undefined) return { id, name };
  const anyId = firstText(settings, ['domain_id', 'default_domain_id']);
  const anyName = firstText(settings, ['domain_name', 'default_domain_name']);
  return anyId === undefined && anyName === undefined
    ? { id: firstText(settings, ['default_domain']) ?? 'default' }
    : { id: anyId, name: anyName };
}

function toInterface(value: string, origin: Origin): CloudCredentials['interface'] {
  const name = value.replace(/URL$/i, '').toLowerCase();
  if (name === 'public' || name === 'internal' || name === 'admin') return name;
  throw bad(`${origin.written('interface')} is "${value}"; allowed: public, internal, admin`, origin);
}

function refuseIdentityV2(version: string | undefined, origin: Origin): void {
  if (version === undefined || version.startsWith('3')) return;
  throw bad(
    `${origin.written('identity_api_version')} is "${version}"; Firesteel speaks Keystone's version 3 only`,
    origin,
  );
}

function identityUrl(value: string, origin: Origin): string {
  let url: URL;
  try {
    url = new URL(value);
  } catch {
    throw bad(
      `${origin.written('auth_url')} is "${value}", which is no URL; it looks like https://keystone.example.org:5000/v3`,
      origin,
    );
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw bad(`${origin.written('auth_url')} is "${value}"; it must begin with http:// or https://`, origin);
  }
  const path = url.pathname
    .replace(/\/+$/, '')
    .replace(/\/auth\/tokens$/, '')
    .replace(/\/v(2\.0|3)$/, '');
  return `${url.origin}${path}/v3`;
}

function required(
  read: (...names: string[]) => string | undefined,
  name: string,
  origin: Origin,
  alias?: string,
): string {
  const value = read(name, ...(alias ? [alias] : []));
  if (value === undefined) throw missing(name, origin);
  return value;
}

function missing(name: string, origin: Origin): CloudError {
  return bad(`${origin.written(name)} is missing; it is needed to log in`, origin);
}

function bad(what: string, origin: Origin): CloudError {
  return new CloudError('badConfiguration', `${origin.place ?? origin.source}: ${what}`, { place: origin.place });
}

function firstText(settings: Settings, names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = settings[name];
    if (value !== undefined && value !== null && value !== '') return String(value);
  }
  return undefined;
}

function isNo(value: string | undefined): boolean {
  return value !== undefined && ['false', 'no', '0', 'off'].includes(value.toLowerCase());
}
