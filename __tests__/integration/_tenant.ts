import { randomBytes } from 'node:crypto';
import { stringify } from 'yaml';
import { z } from 'zod';
import { type CloudCredentials, OpenStack, resolveCredentials } from '../../cloud';
import { sandboxSettings } from '../../sandbox/settings';

const ID = z.object({ id: z.string() });
const IDS = z.object({ roles: z.array(ID) });

/** A project with a user of the sandbox cloud that nobody else works in, so that it can be said what is in it, and who made it. */
export class Tenant {
  readonly name = `tenant-${process.pid}-${randomBytes(3).toString('hex')}`;
  readonly password = randomBytes(18).toString('base64url');
  readonly #undo: (() => Promise<unknown>)[] = [];
  #projectId = '';
  #cloud: OpenStack | undefined;

  static async create(): Promise<Tenant> {
    const settings = { env: {}, furtherFiles: [sandboxSettings().clouds] };
    const credentials = await resolveCredentials({ ...settings, cloud: 'admin' });
    if (credentials.auth.kind !== 'password') throw new Error('the sandbox logs in by password');
    const { name } = credentials.auth.user;
    const token = await newToken(credentials.authUrl, { user: name!, password: credentials.auth.password.reveal() });
    const tenant = new Tenant(await OpenStack.connect(credentials), credentials, token);
    await tenant.#make();
    return tenant;
  }

  private constructor(
    private readonly admin: OpenStack,
    private readonly adminCredentials: CloudCredentials,
    private readonly adminToken: string,
  ) {}

  get authUrl(): string {
    return this.adminCredentials.authUrl;
  }

  /** Text of a clouds.yaml with this tenant under the name `own`, and variants of it under names of theirs. */
  cloudsYaml(variants: Readonly<Record<string, Record<string, string>>> = {}): string {
    const auth = { auth_url: this.authUrl, username: this.name, password: this.password, project_name: this.name };
    const domains = { user_domain_name: 'Default', project_domain_name: 'Default' };
    const entry = (over: Record<string, string>) => ({ auth: { ...auth, ...domains, ...over } });
    const all = Object.entries({ own: {}, ...variants }).map(([name, over]) => [name, entry(over)]);
    return stringify({ clouds: Object.fromEntries(all) });
  }

  /** A token that the cloud no longer accepts. */
  async revokedToken(): Promise<string> {
    const token = await newToken(this.authUrl, { user: this.name, password: this.password });
    const headers = { 'x-auth-token': token, 'x-subject-token': token };
    const { status } = await fetch(`${this.authUrl}/auth/tokens`, { method: 'DELETE', headers });
    if (status !== 204) throw new Error(`the token could not be revoked: ${status}`);
    return token;
  }

  /** Limits by Nova's and by Neutron's names. */
  async limit(compute: Record<string, number>, network: Record<string, number>): Promise<void> {
    const { session } = this.admin;
    await session.request('PUT', 'compute', `/os-quota-sets/${this.#projectId}`, { body: { quota_set: compute } });
    await session.request('PUT', 'network', `/quotas/${this.#projectId}`, { body: { quota: network } });
  }

  async unlimit(): Promise<void> {
    await this.admin.session.request('DELETE', 'compute', `/os-quota-sets/${this.#projectId}`);
    await this.admin.session.request('DELETE', 'network', `/quotas/${this.#projectId}`);
  }

  /** Whatever the project and its user have, one line each. */
  async holdings(): Promise<string[]> {
    this.#cloud ??= await this.#connect();
    const { compute, network } = this.#cloud;
    const kinds: Record<string, Promise<readonly { readonly id?: string; readonly name?: string }[]>> = {
      server: compute.servers(),
      'key pair': compute.keyPairs(),
      'server group': compute.serverGroups(),
      network: network.networks({ project_id: this.#projectId }),
      subnet: network.subnets({ project_id: this.#projectId }),
      router: network.routers(),
      port: network.ports(),
      'floating IP': network.floatingIps(),
      'security group': network.securityGroups(),
      rule: network.securityGroupRules(),
    };
    const lines = Object.entries(kinds).map(async ([kind, list]) =>
      (await list).map(({ id, name }) => `${kind} ${name ?? ''} ${id ?? ''}`),
    );
    return (await Promise.all(lines)).flat().sort();
  }

  async remove(): Promise<void> {
    for (const undo of this.#undo.reverse()) await undo();
    await this.#cloud?.close();
    await this.admin.close();
  }

  async #make(): Promise<void> {
    const domain_id = 'default';
    this.#projectId = await this.#post('project', { name: this.name, domain_id });
    // Neutron gives every project a group; it stays behind when the project goes.
    this.#undo.push(() => this.#removeGroups());
    const user = await this.#post('user', { name: this.name, password: this.password, domain_id });
    for (const role of ['member', 'reader']) {
      const { roles } = IDS.parse(await (await this.#identity('GET', `/roles?name=${role}`)).json());
      await this.#identity('PUT', `/projects/${this.#projectId}/users/${user}/roles/${roles[0]!.id}`);
    }
  }

  async #post(kind: 'project' | 'user', body: object): Promise<string> {
    const answer = await this.#identity('POST', `/${kind}s`, { [kind]: body });
    const { id } = z.record(z.string(), ID).parse(await answer.json())[kind]!;
    this.#undo.push(() => this.#identity('DELETE', `/${kind}s/${id}`));
    return id;
  }

  async #removeGroups(): Promise<void> {
    for (const { id } of await this.admin.network.securityGroups({ project_id: this.#projectId }))
      await this.admin.session.request('DELETE', 'network', `/security-groups/${id}`);
  }

  async #identity(method: string, path: string, body?: object): Promise<Response> {
    const headers = { 'content-type': 'application/json', 'x-auth-token': this.adminToken };
    const answer = await fetch(`${this.authUrl}${path}`, { method, headers, body: body && JSON.stringify(body) });
    if (answer.ok) return answer;
    throw new Error(`keystone refused ${method} ${path}: ${answer.status} ${await answer.text()}`);
  }

  async #connect(): Promise<OpenStack> {
    const auth = { OS_AUTH_URL: this.authUrl, OS_USERNAME: this.name, OS_PASSWORD: this.password };
    const env = { ...auth, OS_PROJECT_NAME: this.name, OS_USER_DOMAIN_ID: 'default', OS_PROJECT_DOMAIN_ID: 'default' };
    return OpenStack.connect(await resolveCredentials({ env }));
  }
}

/** @param user also the name of its project */
async function newToken(authUrl: string, { user, password }: { user: string; password: string }): Promise<string> {
  const domain = { id: 'default' };
  const identity = { methods: ['password'], password: { user: { name: user, domain, password } } };
  const body = JSON.stringify({ auth: { identity, scope: { project: { name: user, domain } } } });
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${authUrl}/auth/tokens`, { method: 'POST', headers, body });
  if (!answer.ok) throw new Error(`no token for ${user}: ${answer.status} ${await answer.text()}`);
  return answer.headers.get('x-subject-token') ?? '';
}
