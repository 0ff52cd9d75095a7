import type { ZodType } from 'zod';
import { chooseRegion, findEndpoint, type Service, tryEndpoint } from './_catalog';
import { Http, type HttpAnswer, type HttpRequest, hostOf } from './_http';
import { type Login, logIn, tryJson } from './_keystone';
import { listPages } from './_pages';
import type { RetryEvent } from './_retry';
import { statusError } from './_status-error';
import type { CloudCredentials } from './cloud-credentials';
import { CloudError } from './cloud-error';

export type { Service } from './_catalog';
export type { RetryEvent } from './_retry';

export interface SessionOptions {
  /** Further attempts after connection errors, 429 and 5xx. @default 4 */
  readonly retries?: number;
  /** Pause before the second attempt, doubled each time; `Retry-After` goes before. @default 0.5 */
  readonly firstPauseSeconds?: number;
  /** @default 30 */
  readonly longestPauseSeconds?: number;
  /** No further attempt begins later than this after the first. @default 120 */
  readonly totalSeconds?: number;
  /** Limit of one attempt. @default 60 */
  readonly requestSeconds?: number;
  /** Limit of making one connection. @default 10 */
  readonly connectSeconds?: number;
  /** Items of a list asked for at once. @default 500 */
  readonly pageSize?: number;
  readonly onRetry?: (event: RetryEvent) => void;
  readonly signal?: AbortSignal;
}

export interface RequestOptions<T> {
  readonly query?: Readonly<Record<string, string | number>>;
  readonly body?: unknown;
  /** Of the body. @default 'application/json' */
  readonly contentType?: string;
  /** What the answer has to look like; absent = the answer is not read. */
  readonly schema?: ZodType<T>;
  /** May be done twice. @default - all methods but POST and PATCH */
  readonly repeatable?: boolean;
  /** Limit of one attempt. @default - the session's */
  readonly withinSeconds?: number;
  /** Further attempts. @default - the session's */
  readonly retries?: number;
}

/** A login is renewed this long before it ends, so that no request begins with a token about to expire. */
const RENEW_BEFORE_MS = 120_000;

/** A logged-in project of a cloud: finds services, keeps the token fresh, repeats what may pass, explains what doesn't. */
export class Session {
  /** Absent only where the catalog knows no regions. */
  readonly region?: string;
  private renewing?: Promise<Login>;

  /** @throws {CloudError} unreachable, tls, notKeystone, badCredentials, tokenExpired, noProject, noEndpoint, … */
  static async connect(credentials: CloudCredentials, options: SessionOptions = {}): Promise<Session> {
    const http = new Http(credentials, {
      retries: options.retries ?? 4,
      firstPauseSeconds: options.firstPauseSeconds ?? 0.5,
      longestPauseSeconds: options.longestPauseSeconds ?? 30,
      totalSeconds: options.totalSeconds ?? 120,
      requestSeconds: options.requestSeconds ?? 60,
      connectSeconds: options.connectSeconds ?? 10,
      onRetry: options.onRetry,
      signal: options.signal,
    });
    try {
      // A wrong address should be told soon; a cloud that has answered once deserves more patience.
      const login = await logIn(http, credentials, Math.min(options.retries ?? 4, 2));
      return new Session(http, credentials, login, options.pageSize ?? 500);
    } catch (error) {
      await http.close();
      throw error;
    }
  }

  private constructor(
    private readonly http: Http,
    readonly credentials: CloudCredentials,
    private login: Login,
    private readonly pageSize: number,
  ) {
    this.region = chooseRegion(login.catalog, credentials);
  }

  get projectId(): string {
    return this.login.projectId;
  }

  get projectName(): string {
    return this.login.projectName;
  }

  get userId(): string {
    return this.login.userId;
  }

  has(service: Service): boolean {
    return tryEndpoint(this.login.catalog, service, this.region, this.credentials.interface) !== undefined;
  }

  /** @throws {CloudError} noEndpoint */
  endpoint(service: Service): string {
    return findEndpoint(this.login.catalog, service, this.region, this.credentials);
  }

  async get<T>(service: Service, path: string, schema: ZodType<T>, query?: RequestOptions<T>['query']): Promise<T> {
    return (await this.request('GET', service, path, { schema, query })) as T;
  }

  /** As `get`, undefined for what does not exist. */
  async tryGet<T>(service: Service, path: string, schema: ZodType<T>): Promise<T | undefined> {
    try {
      return await this.get(service, path, schema);
    } catch (error) {
      if (error instanceof CloudError && error.kind === 'notFound') return undefined;
      throw error;
    }
  }

  /**
   * All items under `key`, over as many pages as the service makes of them.
   * @param paged false for lists that their service never cuts (and where it refuses `limit`)
   */
  async list<T>(
    service: Service,
    path: string,
    key: string,
    item: ZodType<T>,
    options: ListOptions = {},
  ): Promise<T[]> {
    const page = (query: URLSearchParams) => this.page(service, path, query);
    const size = options.paged === false ? undefined : this.pageSize;
    const items = await listPages(key, page, new URLSearchParams(options.query), size);
    return items.map((value) => this.parse(value, item, service, `${path} (${key})`));
  }

  /** @throws {CloudError} by status, see `CloudErrorKind` */
  async request<T>(
    method: HttpRequest['method'],
    service: Service,
    path: string,
    options: RequestOptions<T> = {},
  ): Promise<T | undefined> {
    const query = new URLSearchParams(
      Object.entries(options.query ?? {}).map(([name, value]): [string, string] => [name, String(value)]),
    );
    const request: HttpRequest = {
      method,
      url: this.url(service, path, query),
      headers: options.contentType === undefined ? {} : { 'content-type': options.contentType },
      body: options.body,
      repeatable: options.repeatable ?? (method !== 'POST' && method !== 'PATCH'),
      retries: options.retries,
      requestSeconds: options.withinSeconds,
    };
    const answer = await this.send(request, service);
    return options.schema && this.parse(json(answer, service, path), options.schema, service, path);
  }

  /**
   * Removes something; done as well where it is gone already, as it is after a first attempt whose answer was lost.
   * @param method PUT where the API has an action for it, with its `body` @default 'DELETE'
   */
  async remove(service: Service, path: string, method: 'DELETE' | 'PUT' = 'DELETE', body?: unknown): Promise<void> {
    try {
      await this.request(method, service, path, { body });
    } catch (error) {
      if (!(error instanceof CloudError && error.kind === 'notFound')) throw error;
    }
  }

  /** Ends idle connections, so that a program can exit at once. */
  async close(): Promise<void> {
    await this.http.close();
  }

  private async page(service: Service, path: string, query: URLSearchParams): Promise<unknown> {
    const url = this.url(service, path, query);
    return json(await this.send({ method: 'GET', url, headers: {}, repeatable: true }, service), service, path);
  }

  private url(service: Service, path: string, query: URLSearchParams): URL {
    const url = new URL(`${this.endpoint(service)}${path}`);
    url.search = query.toString();
    return url;
  }

  private async send(request: HttpRequest, service: Service): Promise<HttpAnswer> {
    if (this.login.expiresAt - RENEW_BEFORE_MS < Date.now() && this.credentials.auth.kind !== 'token')
      await this.renew(this.login);
    const used = this.login;
    const first = await this.http.send(withToken(request, used));
    const answer = first.status === 401 ? await this.again(request, used) : first;
    if (answer.status >= 200 && answer.status < 300) return answer;
    throw statusError(answer, request, service, this.credentials);
  }

  /** The token was refused: revoked, or the clocks differ. */
  private async again(request: HttpRequest, used: Login): Promise<HttpAnswer> {
    if (this.credentials.auth.kind === 'token') {
      throw new CloudError(
        'tokenExpired',
        `the token has expired or was revoked (${this.credentials.source}); get a new one: openstack token issue`,
        {
          host: hostOf(request.url),
          status: 401,
        },
      );
    }
    return this.http.send(withToken(request, await this.renew(used)));
  }

  /** Many requests may find the login ended at the same time: one logs in, all wait for it. */
  private async renew(ended: Login): Promise<Login> {
    if (this.login !== ended) return this.login;
    this.renewing ??= logIn(this.http, this.credentials).finally(() => {
      this.renewing = undefined;
    });
    this.login = await this.renewing;
    return this.login;
  }

  private parse<T>(value: unknown, schema: ZodType<T>, service: Service, what: string): T {
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    const issue = parsed.error.issues[0];
    throw new CloudError(
      'badAnswer',
      `the ${service} service's answer to ${what} is not as the API promises: ${issue.path.join('.')}: ${issue.message}`,
      { service },
    );
  }
}

export interface ListOptions {
  readonly query?: Record<string, string>;
  /** @default true */
  readonly paged?: boolean;
}

function withToken(request: HttpRequest, login: Login): HttpRequest {
  return { ...request, headers: { ...request.headers, 'x-auth-token': login.token } };
}

function json(answer: HttpAnswer, service: Service, path: string): unknown {
  const body = tryJson(answer.text);
  if (body !== undefined) return body;
  throw new CloudError('badAnswer', `the ${service} service's answer to ${path} is no JSON`, {
    service,
    status: answer.status,
  });
}
