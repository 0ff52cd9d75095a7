import { z } from 'zod';
import { resolveCredentials } from '../../cloud';
import { sandboxSettings } from '../../sandbox/settings';

const REGIONS = z.object({ regions: z.array(z.object({ id: z.string() })) });
const ENDPOINTS = z.object({
  endpoints: z.array(
    z.object({ id: z.string(), interface: z.string(), url: z.string(), service_id: z.string(), region_id: z.string() }),
  ),
});

/**
 * Further regions of the sandbox. In keystone's catalog they are regions like any other, so that all that asks by region
 * does; but the services behind them are those of the first: one machine holds one OpenStack. What tells the regions of a
 * cluster apart here are their networks, between which there is no way but by floating IPs.
 */
export class Regions {
  readonly #undo: string[] = [];

  static async add(...names: readonly string[]): Promise<Regions> {
    const regions = new Regions(await Identity.admin());
    for (const name of names) await regions.#add(name);
    return regions;
  }

  private constructor(private readonly identity: Identity) {}

  /** Takes them out of the catalog again. */
  async remove(): Promise<void> {
    for (const path of this.#undo.reverse()) await this.identity.ask('DELETE', path);
  }

  async #add(name: string): Promise<void> {
    await this.#forget(name);
    await this.identity.ask('POST', '/regions', { region: { id: name } });
    this.#undo.push(`/regions/${name}`);
    const first = (await this.#endpoints()).filter(({ region_id }) => region_id === 'RegionOne');
    for (const { interface: side, url, service_id } of first) {
      const body = { endpoint: { interface: side, url, service_id, region_id: name } };
      const { endpoint } = (await (await this.identity.ask('POST', '/endpoints', body)).json()) as {
        endpoint: { id: string };
      };
      this.#undo.push(`/endpoints/${endpoint.id}`);
    }
  }

  /** One that a run left which was cut off. */
  async #forget(name: string): Promise<void> {
    const { regions } = REGIONS.parse(await (await this.identity.ask('GET', '/regions')).json());
    if (!regions.some(({ id }) => id === name)) return;
    const left = (await this.#endpoints()).filter(({ region_id }) => region_id === name);
    for (const { id } of left) await this.identity.ask('DELETE', `/endpoints/${id}`);
    await this.identity.ask('DELETE', `/regions/${name}`);
  }

  async #endpoints(): Promise<z.infer<typeof ENDPOINTS>['endpoints']> {
    return ENDPOINTS.parse(await (await this.identity.ask('GET', '/endpoints')).json()).endpoints;
  }
}

/** Keystone's API, as its administrator. */
class Identity {
  static async admin(): Promise<Identity> {
    const { authUrl, auth } = await resolveCredentials({
      env: {},
      cloud: 'admin',
      furtherFiles: [sandboxSettings().clouds],
    });
    if (auth.kind !== 'password') throw new Error('the sandbox logs in by password');
    const domain = { id: 'default' };
    const user = { name: auth.user.name, domain, password: auth.password.reveal() };
    const scope = { project: { name: 'admin', domain } };
    const answer = await fetch(`${authUrl}/auth/tokens`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ auth: { identity: { methods: ['password'], password: { user } }, scope } }),
    });
    if (!answer.ok) throw new Error(`keystone gives no token: ${answer.status} ${await answer.text()}`);
    return new Identity(authUrl, answer.headers.get('x-subject-token')!);
  }

  private constructor(
    private readonly url: string,
    private readonly token: string,
  ) {}

  async ask(method: string, path: string, body?: object): Promise<Response> {
    const headers = { 'content-type': 'application/json', 'x-auth-token': this.token };
    const answer = await fetch(`${this.url}${path}`, { method, headers, ...(body && { body: JSON.stringify(body) }) });
    if (answer.ok) return answer;
    throw new Error(`keystone refused ${method} ${path}: ${answer.status} ${await answer.text()}`);
  }
}
