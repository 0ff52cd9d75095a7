import { isIPv4 } from 'node:net';
import type { PlanIssue } from './plan-error';
import { ENVIRONMENT_PLACEHOLDER, type StateBackend, stateOf } from './state-backend';

/** PostgreSQL cuts longer names, silently: two environments could then share a state. */
const SCHEMA_BYTES = 63;
const DOCS = 'docs/remote-state.md says how';

/** The variables that each backend reads its secrets from. */
const SECRETS_FROM = {
  http: 'TF_HTTP_USERNAME and TF_HTTP_PASSWORD',
  pg: 'PGUSER and PGPASSWORD, or PGPASSFILE',
  s3: 'AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
} as const;

/**
 * What is wrong with where an environment's state is to be kept; repeats no address, for it may hold a password.
 * @param environment whose state it is
 */
export function stateIssues(state: StateBackend | undefined, environment: string): PlanIssue[] {
  if (state === undefined) return [];
  return [...placeholderIssues(state), ...addressIssues(state), ...schemaIssues(state, environment)];
}

/** What the user should know although it can be done. */
export function stateWarnings(state: StateBackend | undefined): string[] {
  if (state === undefined) return [];
  const unlocked = (state.backend === 's3' || state.backend === 'swift') && state.useLockfile === false;
  const clear = addressesOf(state).filter(({ value }) => travelsInClear(value));
  return [
    ...(unlocked
      ? ['state.useLockfile is false: nothing keeps two people from changing the cloud at the same time']
      : []),
    ...clear.map(
      ({ key }) => `state.${key} is not encrypted on its way: who listens reads the state, and the password`,
    ),
  ];
}

/** Settings that say where one environment's state is: each environment has its own. */
function placeholderIssues(state: StateBackend): PlanIssue[] {
  const places: Record<string, string | undefined> = {
    ...(state.backend === 'http' && {
      address: state.address,
      lockAddress: state.lockAddress,
      unlockAddress: state.unlockAddress,
    }),
    ...(state.backend === 'pg' && { schema: state.schema }),
    ...((state.backend === 's3' || state.backend === 'swift') && { key: state.key }),
  };
  return Object.entries(places).flatMap(([key, value]) =>
    value === undefined || value.includes(ENVIRONMENT_PLACEHOLDER)
      ? []
      : issue(
          key,
          `must have ${ENVIRONMENT_PLACEHOLDER} in it, which stands for the name: each environment has a state of its own`,
        ),
  );
}

function schemaIssues(state: StateBackend, environment: string): PlanIssue[] {
  if (state.backend !== 'pg') return [];
  const schema = stateOf(state, environment).schema;
  if (Buffer.byteLength(schema) <= SCHEMA_BYTES) return [];
  return issue('schema', `"${schema}" is too long: PostgreSQL's names have at most ${SCHEMA_BYTES} bytes`);
}

interface Address {
  readonly key: string;
  readonly value: string;
  readonly kind: keyof typeof SECRETS_FROM;
}

function addressesOf(state: StateBackend): Address[] {
  const named: Record<string, string | undefined> =
    state.backend === 'http'
      ? { address: state.address, lockAddress: state.lockAddress, unlockAddress: state.unlockAddress }
      : state.backend === 'pg'
        ? { address: state.address }
        : state.backend === 'local'
          ? {}
          : { endpoint: state.endpoint };
  const kind = state.backend === 'http' || state.backend === 'pg' ? state.backend : 's3';
  return Object.entries(named).flatMap(([key, value]) => (value === undefined ? [] : [{ key, value, kind }]));
}

function addressIssues(state: StateBackend): PlanIssue[] {
  return addressesOf(state).flatMap(({ key, value, kind }) => {
    const url = tryUrl(value);
    const wanted = kind === 'pg' ? /^postgres(ql)?:$/ : /^https?:$/;
    if (!url || !wanted.test(url.protocol))
      return issue(
        key,
        `is no address: it must be like ${kind === 'pg' ? 'postgres://db.example.org/terraform' : 'https://state.example.org'}`,
      );
    if (url.username === '' && url.password === '' && !hasSecret(url)) return [];
    const what = url.password === '' && url.username !== '' ? 'a user' : 'a password';
    return issue(
      key,
      `holds ${what}, which would stand in files that others read: take it out and export ${SECRETS_FROM[kind]} (${DOCS})`,
    );
  });
}

/** A parameter that is named like a secret, or says who one is. */
function hasSecret({ searchParams }: URL): boolean {
  return [...searchParams.keys()].some((name) => /^user$|passw|token|secret|signature|access_?key/i.test(name));
}

function travelsInClear(address: string): boolean {
  const url = tryUrl(address);
  if (!url || isThisMachine(url.hostname)) return false;
  return url.protocol === 'http:' || url.searchParams.get('sslmode') === 'disable';
}

function isThisMachine(host: string): boolean {
  return host === '' || host === 'localhost' || host === '[::1]' || (isIPv4(host) && host.startsWith('127.'));
}

function tryUrl(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}

function issue(key: string, message: string): PlanIssue[] {
  return [{ path: `state.${key}`, message }];
}
