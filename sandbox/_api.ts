import { identityUrl, PORTS } from './config/context';
import { SandboxError } from './errors';
import type { SandboxNet } from './settings';

export type Api = 'identity' | 'image' | 'compute' | 'network' | 'dns';

const PREFIX: Readonly<Record<Api, string>> = {
  identity: '/v3',
  image: '/v2',
  compute: '/v2.1',
  network: '/v2.0',
  dns: '/v2',
};
const TIMEOUT_MS = 60_000;

/** Thin calls to the sandbox's own APIs, as one of its users. */
export class ApiClient {
  private constructor(
    private readonly net: SandboxNet,
    private readonly token: string,
    readonly projectId: string,
  ) {}

  /** @param user also the name of its project */
  static async login(net: SandboxNet, user: string, password: string): Promise<ApiClient> {
    const domain = { id: 'default' };
    const auth = {
      identity: { methods: ['password'], password: { user: { name: user, domain, password } } },
      scope: { project: { name: user, domain } },
    };
    const response = await call(`${identityUrl({ net })}/auth/tokens`, 'POST', {}, { auth });
    const { token } = (await response.json()) as { token: { project: { id: string } } };
    return new ApiClient(net, response.headers.get('x-subject-token') ?? '', token.project.id);
  }

  get<T>(api: Api, path: string): Promise<T> {
    return this.send(api, 'GET', path);
  }

  post<T>(api: Api, path: string, body: object): Promise<T> {
    return this.send(api, 'POST', path, body);
  }

  async put(api: Api, path: string, body?: object): Promise<void> {
    await this.send(api, 'PUT', path, body);
  }

  /** A thing that is gone already is fine. */
  async delete(api: Api, path: string): Promise<void> {
    await this.send(api, 'DELETE', path, undefined, [404]);
  }

  private async send<T>(api: Api, method: string, path: string, body?: object, fine: number[] = []): Promise<T> {
    const url = `http://${this.net.api}:${PORTS[api]}${PREFIX[api]}${path}`;
    // 2.64: server groups with one policy
    const headers = { 'x-auth-token': this.token, 'openstack-api-version': 'compute 2.64' };
    const response = await call(url, method, headers, body, fine);
    const text = await response.text();
    return (text.startsWith('{') ? JSON.parse(text) : undefined) as T;
  }
}

async function call(url: string, method: string, headers: Record<string, string>, body?: object, fine: number[] = []) {
  const binary = body instanceof Blob;
  const type = binary ? 'application/octet-stream' : 'application/json';
  const response = await fetch(url, {
    method,
    headers: { ...headers, accept: 'application/json', ...(body ? { 'content-type': type } : {}) },
    body: binary ? body : body && JSON.stringify(body),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).catch((error: Error & { cause?: Error }) => {
    throw new SandboxError(`The sandbox does not answer at ${url}: ${error.cause?.message ?? error.message}`);
  });
  if (response.ok || fine.includes(response.status)) return response;
  const answer = (await response.text()).slice(0, 500);
  throw new SandboxError(`The sandbox refused ${method} ${new URL(url).pathname} (${response.status})`, [answer]);
}
