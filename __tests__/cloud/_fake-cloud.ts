/**
 * The few Keystone, Nova, Glance and Neutron answers that are needed to see how we take faults: 429, 503, revoked tokens,
 * torn connections, pages, other web servers. A fake, because a real cloud produces none of these on demand; that we
 * understand a real one is shown by __tests__/integration/cloud.test.ts on the sandbox.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { CloudCredentials } from '../../cloud/cloud-credentials';
import { SecretText } from '../../cloud/secret-text';

export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly token: string | undefined;
  readonly body: unknown;
}

export interface Reply {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  /** Text is sent as it is, anything else as JSON. */
  readonly body?: unknown;
  /** The connection is torn instead of an answer. */
  readonly torn?: boolean;
  /** The connection is torn in the middle of the answer. */
  readonly half?: boolean;
  readonly afterMs?: number;
}

/** What of a login's body is looked at here. */
interface LoginBody {
  readonly auth?: {
    readonly scope?: unknown;
    readonly identity?: {
      readonly password?: { readonly user: { readonly password: string } };
      readonly application_credential?: { readonly secret: string };
      readonly token?: { readonly id: string };
    };
  };
}

type Handler = (request: Seen) => Reply;

/** As catalogs have them: some with a version, some without, some with the project. */
const PATHS: Readonly<Record<string, string>> = {
  compute: '/compute/v2.1',
  image: '/image',
  network: '/network',
  'load-balancer': '/load-balancer',
  volumev3: '/volume/v3/project-1',
  dns: '/dns',
};

export const PASSWORD = 'correct-horse';

export class FakeCloud {
  readonly seen: Seen[] = [];
  /** Taken from the front by any request but logins, before its handler is asked. */
  readonly faults: Reply[] = [];
  /** As `faults`, for logins. */
  readonly loginFaults: Reply[] = [];
  readonly handlers = new Map<string, Handler>();
  regions = ['RegionOne'];
  services = ['compute', 'image', 'network'];
  tokenSeconds = 3600;
  private logins = 0;
  private valid = new Set<string>();
  private server!: Server;

  static async start(): Promise<FakeCloud> {
    const fake = new FakeCloud();
    fake.server = createServer((request, response) => void fake.answer(request, response));
    await new Promise<void>((resolve) => fake.server.listen(0, '127.0.0.1', resolve));
    return fake;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  get host(): string {
    return new URL(this.url).host;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  on(method: string, path: string, handler: Handler | Reply): void {
    this.handlers.set(`${method} ${path}`, typeof handler === 'function' ? handler : () => handler);
  }

  /** Requests to `path`, without logins. */
  to(path: string): Seen[] {
    return this.seen.filter((request) => request.path === path);
  }

  revokeTokens(): void {
    this.valid.clear();
  }

  credentials(over: Partial<CloudCredentials> = {}): CloudCredentials {
    return {
      source: 'test',
      authUrl: `${this.url}/v3`,
      auth: { kind: 'password', user: { name: 'demo', domain: { id: 'default' } }, password: new SecretText(PASSWORD) },
      project: { name: 'demo', domain: { id: 'default' } },
      interface: 'public',
      verify: true,
      warnings: [],
      ...over,
    };
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const seen = await read(request);
    this.seen.push(seen);
    const login = seen.path === '/v3/auth/tokens';
    const reply = (login ? this.loginFaults : this.faults).shift() ?? (login ? this.login(seen) : this.serve(seen));
    if (reply.afterMs) await new Promise((resolve) => setTimeout(resolve, reply.afterMs).unref());
    if (reply.torn) {
      request.socket.destroy();
      return;
    }
    const text = typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body ?? {});
    const length = reply.half ? { 'content-length': String(Buffer.byteLength(text)) } : {};
    response.writeHead(reply.status ?? 200, { 'content-type': 'application/json', ...length, ...reply.headers });
    if (reply.half) response.write(text.slice(0, text.length / 2), () => request.socket.destroy());
    else response.end(text);
  }

  private serve(request: Seen): Reply {
    if (!this.valid.has(request.token ?? ''))
      return { status: 401, body: { error: { message: 'The request you have made requires authentication.' } } };
    const handler = this.handlers.get(`${request.method} ${request.path}`);
    return handler
      ? handler(request)
      : { status: 404, body: { itemNotFound: { message: `nothing at ${request.path}` } } };
  }

  private login(request: Seen): Reply {
    const given = request.method === 'GET' ? request.token : undefined;
    const body = request.body as LoginBody | undefined;
    const identity = body?.auth?.identity;
    const password = identity?.password?.user.password ?? identity?.application_credential?.secret;
    const known =
      given === undefined ? password === PASSWORD || this.valid.has(identity?.token?.id ?? '') : this.valid.has(given);
    if (!known)
      return {
        status: 401,
        body: { error: { code: 401, message: 'The request you have made requires authentication.' } },
      };
    const token = given ?? `token-${++this.logins}`;
    this.valid.add(token);
    return {
      status: given ? 200 : 201,
      headers: { 'x-subject-token': token },
      body: this.tokenBody(given !== undefined || scoped(body)),
    };
  }

  private tokenBody(scopedToProject: boolean): unknown {
    const expires = new Date(Date.now() + this.tokenSeconds * 1000).toISOString();
    const user = { id: 'user-1', name: 'demo' };
    if (!scopedToProject) return { token: { expires_at: expires, user } };
    const catalog = this.services.map((type) => ({
      type,
      endpoints: this.regions.flatMap((region) =>
        ['public', 'internal'].map((side) => ({
          interface: side,
          region,
          region_id: region,
          url: `${this.url}${PATHS[type]}`,
        })),
      ),
    }));
    return { token: { expires_at: expires, user, project: { id: 'project-1', name: 'demo' }, catalog } };
  }
}

function scoped(body: LoginBody | undefined): boolean {
  return body?.auth?.scope !== undefined || body?.auth?.identity?.application_credential !== undefined;
}

async function read(request: IncomingMessage): Promise<Seen> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const url = new URL(request.url ?? '/', 'http://fake');
  const text = Buffer.concat(chunks).toString();
  const token = request.headers['x-auth-token'];
  return {
    method: request.method ?? '',
    path: url.pathname,
    query: url.searchParams,
    token: typeof token === 'string' ? token : undefined,
    body: text ? JSON.parse(text) : undefined,
  };
}
