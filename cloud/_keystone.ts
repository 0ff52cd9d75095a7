import { z } from 'zod';
import { type Http, type HttpAnswer, hostOf } from './_http';
import type { ApplicationCredentialAuth, CloudCredentials, DomainReference, PasswordAuth } from './cloud-credentials';
import { CloudError } from './cloud-error';

const endpoint = z.object({
  interface: z.string(),
  region: z.string().nullish(),
  region_id: z.string().nullish(),
  url: z.string(),
});
const service = z.object({ type: z.string(), name: z.string().optional(), endpoints: z.array(endpoint).default([]) });
const tokenBody = z.object({
  token: z.object({
    expires_at: z.string().nullish(),
    user: z.object({ id: z.string(), name: z.string().optional() }),
    project: z.object({ id: z.string(), name: z.string() }).optional(),
    catalog: z.array(service).default([]),
  }),
});

export type Catalog = z.infer<typeof service>[];

/** What Keystone gave: who we are, where, until when. */
export interface Login {
  readonly token: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
  readonly userId: string;
  readonly projectId: string;
  readonly projectName: string;
  readonly catalog: Catalog;
}

/**
 * Logs in, or takes up the token that was given.
 * @throws {CloudError} unreachable, tls, notKeystone, badCredentials, tokenExpired, noProject, forbidden, serverError
 */
export async function logIn(http: Http, credentials: CloudCredentials, retries?: number): Promise<Login> {
  const { auth } = credentials;
  if (auth.kind === 'token') {
    const given = await validate(http, credentials, auth.token.reveal());
    if (given && fits(given, credentials.project)) return given;
  }
  const url = new URL(`${credentials.authUrl}/auth/tokens`);
  const answer = await http.send({
    method: 'POST',
    url,
    headers: {},
    body: requestBody(credentials),
    repeatable: true,
    retries,
  });
  const token = answer.headers.get('x-subject-token');
  if (answer.status !== 201 && answer.status !== 200) throw loginError(answer, url, credentials);
  return toLogin(answer, token, url, http, credentials);
}

/** A token may be refused a new scope, but it may always show what it is good for. Undefined where it may not even that. */
async function validate(http: Http, credentials: CloudCredentials, token: string): Promise<Login | undefined> {
  const url = new URL(`${credentials.authUrl}/auth/tokens`);
  const headers = { 'x-auth-token': token, 'x-subject-token': token };
  const answer = await http.send({ method: 'GET', url, headers, repeatable: true });
  if (answer.status === 403) return undefined;
  if (answer.status !== 200) throw loginError(answer, url, credentials);
  const body = tokenBody.safeParse(tryJson(answer.text));
  if (body.success && body.data.token.project === undefined && credentials.project) return undefined;
  return toLogin(answer, token, url, http, credentials);
}

function fits(login: Login, project: CloudCredentials['project']): boolean {
  if (project === undefined) return true;
  return project.id === undefined ? project.name === login.projectName : project.id === login.projectId;
}

async function toLogin(
  answer: HttpAnswer,
  token: string | null,
  url: URL,
  http: Http,
  credentials: CloudCredentials,
): Promise<Login> {
  const body = tokenBody.safeParse(tryJson(answer.text));
  if (!body.success || token === null) throw notKeystone(url, credentials, 'its answer is no Keystone token');
  const { user, project, catalog, expires_at } = body.data.token;
  if (project === undefined) throw await noProject(http, credentials, token);
  return {
    token,
    expiresAt: expires_at ? Date.parse(expires_at) : Number.POSITIVE_INFINITY,
    userId: user.id,
    projectId: project.id,
    projectName: project.name,
    catalog,
  };
}

function requestBody({ auth, project }: CloudCredentials): unknown {
  switch (auth.kind) {
    case 'applicationCredential':
      return {
        auth: {
          identity: { methods: ['application_credential'], application_credential: applicationCredential(auth) },
        },
      };
    case 'token':
      return { auth: { identity: { methods: ['token'], token: { id: auth.token.reveal() } }, scope: scope(project) } };
    case 'password': {
      const user = { ...userBody(auth.user), password: auth.password.reveal() };
      return { auth: { identity: { methods: ['password'], password: { user } }, scope: scope(project) } };
    }
  }
}

function applicationCredential({ id, name, user, secret }: ApplicationCredentialAuth): unknown {
  return { ...(id === undefined ? { name, user: user && userBody(user) } : { id }), secret: secret.reveal() };
}

function userBody({ id, name, domain }: PasswordAuth['user']): object {
  return id === undefined ? { name, domain: domainBody(domain) } : { id };
}

function scope(project: CloudCredentials['project']): unknown {
  if (project === undefined) return undefined;
  return {
    project: project.id === undefined ? { name: project.name, domain: domainBody(project.domain) } : { id: project.id },
  };
}

function domainBody({ id, name }: DomainReference): object {
  return id === undefined ? { name } : { id };
}

function loginError(answer: HttpAnswer, url: URL, credentials: CloudCredentials): CloudError {
  const { status } = answer;
  const fields = {
    host: hostOf(url),
    status,
    service: 'identity',
    requestId: answer.headers.get('x-openstack-request-id') ?? undefined,
  };
  const said = keystoneMessage(answer.text);
  if (status >= 300 && status < 400) {
    return notKeystone(url, credentials, `it redirects to ${answer.headers.get('location')}; use that address`);
  }
  // Keystone answers every mistake in JSON; another web server's 401, 403 or 404 says nothing of our password.
  if (status >= 500)
    return new CloudError(
      'serverError',
      `Keystone at ${fields.host} fails with status ${status}: ${said ?? 'no reason given'}`,
      fields,
    );
  if (status === 429 || status === 413)
    return new CloudError(
      'rateLimited',
      `Keystone at ${fields.host} wants fewer logins (status ${status}); try again later`,
      fields,
    );
  if (said === undefined) return notKeystone(url, credentials, `it answers with status ${status}`);
  const { auth } = credentials;
  if (auth.kind === 'token' && (status === 401 || status === 404)) {
    return new CloudError(
      'tokenExpired',
      `the token is expired or revoked (${credentials.source}); get a new one: openstack token issue`,
      fields,
    );
  }
  if (status === 401) return new CloudError('badCredentials', refusal(credentials, url), fields);
  if (status === 403)
    return new CloudError(
      'forbidden',
      `Keystone at ${fields.host} forbids the login: ${said} (${credentials.source})`,
      fields,
    );
  if (status === 404) return notKeystone(url, credentials, `it answers "${said}"`);
  return new CloudError(
    'refused',
    `Keystone at ${fields.host} refuses the login with status ${status}: ${said} (${credentials.source})`,
    fields,
  );
}

function refusal(credentials: CloudCredentials, url: URL): string {
  const { auth, project } = credentials;
  const at = `Keystone at ${hostOf(url)} refuses`;
  if (auth.kind === 'applicationCredential') {
    return `${at} application credential ${auth.id ?? auth.name}: wrong secret, expired or deleted. Check it (${credentials.source})`;
  }
  const who =
    auth.kind === 'password'
      ? `user "${auth.user.name ?? auth.user.id}" (${domainText(auth.user.domain)})`
      : 'the token';
  const where = project ? ` in project "${project.name ?? project.id}" (${domainText(project.domain)})` : '';
  return `${at} ${who}${where}: wrong password, user, project or domain. Check them (${credentials.source})`;
}

function domainText({ id, name }: DomainReference): string {
  return name === undefined ? `domain id ${id}` : `domain ${name}`;
}

function notKeystone(url: URL, credentials: CloudCredentials, reason: string): CloudError {
  const shown = `${url.origin}${url.pathname.replace('/auth/tokens', '')}`;
  return new CloudError(
    'notKeystone',
    `${shown} is not Keystone version 3: ${reason}. Check auth_url; it often ends in :5000/v3 or /identity/v3 (${credentials.source})`,
    { host: hostOf(url), service: 'identity' },
  );
}

/** Logged in to no project: nothing can be done there, so say which ones there are. */
async function noProject(http: Http, credentials: CloudCredentials, token: string): Promise<CloudError> {
  const url = new URL(`${credentials.authUrl}/auth/projects`);
  const answer = await http.send({ method: 'GET', url, headers: { 'x-auth-token': token }, repeatable: true });
  const list = z.object({ projects: z.array(z.object({ name: z.string() })) }).safeParse(tryJson(answer.text));
  const names = list.success ? list.data.projects.map(({ name }) => name).join(', ') : '';
  return new CloudError(
    'noProject',
    `no project is named (${credentials.source}); set project_name or OS_PROJECT_NAME${names ? ` to one of: ${names}` : ''}`,
    { host: hostOf(url), service: 'identity' },
  );
}

function keystoneMessage(text: string): string | undefined {
  const body = z.object({ error: z.object({ message: z.string() }) }).safeParse(tryJson(text));
  return body.success ? body.data.error.message.replace(/\s+/g, ' ').trim() : undefined;
}

export function tryJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
