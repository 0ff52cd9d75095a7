/** The cloud room on the sandbox: a real Keystone, Nova, Glance and Neutron. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import {
  type CloudCredentials,
  credentialsToEnv,
  defaultUser,
  discover,
  formatQuotaTable,
  type HostKeyReading,
  lastConsoleLines,
  listClouds,
  OpenStack,
  parseHostKeyFingerprints,
  preflight,
  readHostKeys,
  resolveCredentials,
  SecretText,
  type Service,
} from '../../cloud';

const STATE = process.env.XDG_STATE_HOME ?? join(homedir(), '.local/state');
const SANDBOX_FILE = join(process.env.FIRESTEEL_SANDBOX_DIR ?? join(STATE, 'firesteel/sandbox'), 'clouds.yaml');
const ID = z.object({ id: z.string() });
/** Of this run only, so that what another one left behind is not in the way. */
const NAME = `cloud-test-${process.pid}`;

let credentials: CloudCredentials;
let cloud: OpenStack;
let folder: string;
const open: OpenStack[] = [];

async function connect(as: CloudCredentials, pageSize?: number): Promise<OpenStack> {
  const connected = await OpenStack.connect(as, { pageSize });
  open.push(connected);
  return connected;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'firesteel-cloud-'));
  credentials = await resolveCredentials({ cloud: 'sandbox', furtherFiles: [SANDBOX_FILE] });
  cloud = await connect(credentials);
}, 60_000);

afterAll(async () => {
  await Promise.all(open.map((connected) => connected.close()));
  rmSync(folder, { recursive: true, force: true });
});

describe('what there is', () => {
  test('flavors, images, networks', async () => {
    const flavors = await cloud.compute.flavors();
    expect(flavors.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['m1.tiny', 'm1.small', 'm1.medium', 'm1.large']),
    );
    expect(flavors.find(({ name }) => name === 'm1.medium')).toMatchObject({ vcpus: 2, ramMiB: 2048, diskGiB: 10 });
    const networks = await cloud.network.networks();
    expect(networks.find(({ name }) => name === 'public')).toMatchObject({ external: true });
    const [image] = await cloud.image.images({ os_distro: 'debian' });
    expect(image).toMatchObject({ status: 'active', visibility: 'public' });
    expect(defaultUser(image)).toBe('debian');
  });

  test('small pages give the same as large ones', async () => {
    const paged = await connect(credentials, 2);
    const names = (items: readonly { name: string }[]) => items.map(({ name }) => name).sort();
    expect(names(await paged.compute.flavors())).toEqual(names(await cloud.compute.flavors()));
    expect(names(await paged.image.images())).toEqual(names(await cloud.image.images()));
    expect((await paged.network.securityGroupRules()).length).toBe((await cloud.network.securityGroupRules()).length);
  });

  test('discover finds flavor, image and external network', async () => {
    const found = await discover(cloud);
    expect(found.flavor.chosen?.name).toBe('m1.medium');
    expect(found.image.chosen?.properties.os_distro).toBe('debian');
    expect(found.externalNetwork.chosen?.name).toBe('public');
  });
});

describe('pre-flight', () => {
  test('the quotas that are enforced, as a table', async () => {
    const image = (await discover(cloud)).image.chosen!.name;
    const servers = [{ flavor: 'm1.small', image, count: 3 }];
    const report = await preflight(cloud, {
      servers,
      externalNetwork: 'public',
      needs: { ports: 3, floatingIps: 1, securityGroups: 4 },
    });
    expect(report.problems).toEqual([]);
    expect(report.notes).toEqual([]);
    const needs = Object.fromEntries(report.quota.map(({ resource, need }) => [resource, need]));
    expect(needs).toMatchObject({
      servers: 3,
      cores: 3,
      memoryMiB: 3072,
      ports: 3,
      floatingIps: 1,
      securityGroups: 4,
      routers: 0,
    });
    expect(formatQuotaTable(report.quota)).toMatch(/^resource +need +free\nservers +3 +\d+ +\d+ of \d+ used/);
  });

  test('fails for too much and for unknown names, all at once', async () => {
    const servers = [{ flavor: 'm1.smal', image: 'windows', count: 1 }];
    const { problems } = await preflight(cloud, {
      servers,
      networks: ['nowhere'],
      keyPair: NAME,
      needs: { floatingIps: 1_000_000 },
    });
    expect(problems.map(({ kind, subject }) => `${kind} ${subject}`)).toEqual([
      'unknown flavor',
      'unknown image',
      'unknown network',
      'unknown key pair',
      'quota floatingIps',
    ]);
    expect(problems[0].message).toContain('Did you mean "m1.small"?');
  });
});

describe('ways to log in', () => {
  /** Keystone itself, for what we only read elsewhere. */
  async function keystone(method: string, path: string, token: string, body?: unknown): Promise<Response> {
    const headers = { 'content-type': 'application/json', 'x-auth-token': token, 'x-subject-token': token };
    return fetch(`${credentials.authUrl}${path}`, { method, headers, body: JSON.stringify(body) });
  }

  async function newToken(): Promise<string> {
    if (credentials.auth.kind !== 'password') throw new Error('the sandbox logs in by password');
    const user = {
      name: credentials.auth.user.name,
      domain: credentials.auth.user.domain,
      password: credentials.auth.password.reveal(),
    };
    const identity = { methods: ['password'], password: { user } };
    const scope = { project: { name: credentials.project?.name, domain: credentials.project?.domain } };
    const answer = await keystone('POST', '/auth/tokens', '', { auth: { identity, scope } });
    return answer.headers.get('x-subject-token') ?? '';
  }

  test('the variables for Terraform log in to the same project', async () => {
    const again = await resolveCredentials({ env: credentialsToEnv(credentials) });
    expect((await connect(again)).projectId).toBe(cloud.projectId);
  });

  test('clouds.yaml with its password in secure.yaml', async () => {
    const { place } = listClouds({ furtherFiles: [SANDBOX_FILE] }).find(({ name }) => name === 'sandbox')!;
    const { sandbox } = parse(readFileSync(place.replace(/:\d+$/, ''), 'utf8')).clouds;
    const { password, ...auth } = sandbox.auth;
    writeFileSync(join(folder, 'clouds.yaml'), stringify({ clouds: { split: { ...sandbox, auth } } }), { mode: 0o600 });
    writeFileSync(join(folder, 'secure.yaml'), stringify({ clouds: { split: { auth: { password } } } }), {
      mode: 0o600,
    });
    const split = await resolveCredentials({ cloud: 'split', env: {}, cwd: folder });
    expect((await connect(split)).projectId).toBe(cloud.projectId);
  });

  test('an openrc file that asks for the password', async () => {
    const { OS_PASSWORD, ...rest } = credentialsToEnv(credentials);
    const lines = Object.entries(rest).map(([name, value]) => `export ${name}="${value}"`);
    writeFileSync(
      join(folder, 'openrc.sh'),
      [...lines, 'read -sr OS_PASSWORD_INPUT', 'export OS_PASSWORD=$OS_PASSWORD_INPUT', ''].join('\n'),
    );
    const asked = await resolveCredentials({
      openrc: join(folder, 'openrc.sh'),
      env: {},
      askPassword: async () => OS_PASSWORD,
    });
    expect((await connect(asked)).projectId).toBe(cloud.projectId);
  });

  test('a token, until it is revoked', async () => {
    const token = await newToken();
    const byToken: CloudCredentials = { ...credentials, auth: { kind: 'token', token: new SecretText(token) } };
    const connected = await connect(byToken);
    expect((await connected.compute.flavors()).length).toBeGreaterThan(0);
    expect((await keystone('DELETE', '/auth/tokens', token)).status).toBe(204);
    await expect(connect(byToken)).rejects.toMatchObject({ kind: 'tokenExpired' });
  });

  test('an application credential, and with a wrong secret', async () => {
    const token = await newToken();
    const path = `/users/${cloud.userId}/application_credentials`;
    const made = await keystone('POST', path, token, { application_credential: { name: NAME } });
    const { application_credential } = (await made.json()) as {
      application_credential: { id: string; secret: string };
    };
    try {
      const as = (secret: string): CloudCredentials => ({
        ...credentials,
        auth: { kind: 'applicationCredential', id: application_credential.id, secret: new SecretText(secret) },
        project: undefined,
      });
      expect((await connect(as(application_credential.secret))).projectId).toBe(cloud.projectId);
      await expect(connect(as('wrong'))).rejects.toMatchObject({
        kind: 'badCredentials',
        message: expect.stringContaining(application_credential.id),
      });
    } finally {
      await keystone('DELETE', `${path}/${application_credential.id}`, token);
    }
  });
});

describe('bad input', () => {
  test('fails for a wrong password, saying whose and where from', async () => {
    if (credentials.auth.kind !== 'password') throw new Error('the sandbox logs in by password');
    const wrong = { ...credentials, auth: { ...credentials.auth, password: new SecretText('not-it') } };
    const error = await connect(wrong).catch((thrown: Error) => thrown);
    expect(error).toMatchObject({ kind: 'badCredentials', status: 401 });
    expect((error as Error).message).toContain('user "sandbox"');
    expect((error as Error).message).toContain(credentials.source);
    expect((error as Error).message).not.toContain('not-it');
  });

  test('fails for an unknown cloud, naming those there are', async () => {
    await expect(
      resolveCredentials({ cloud: 'sandboks', env: {}, home: folder, cwd: folder, furtherFiles: [SANDBOX_FILE] }),
    ).rejects.toMatchObject({
      kind: 'unknownCloud',
      message: expect.stringContaining('Did you mean "sandbox"?'),
    });
  });

  test('fails for an unknown region, naming the one there is', async () => {
    await expect(connect({ ...credentials, region: 'RegionTwo' })).rejects.toMatchObject({
      kind: 'noEndpoint',
      message: expect.stringContaining('There are: RegionOne'),
    });
  });

  test('fails for an API that is not there, with host, port and cause', async () => {
    const port = await freePort();
    await expect(connect({ ...credentials, authUrl: `http://127.0.0.1:${port}/v3` })).rejects.toMatchObject({
      kind: 'unreachable',
      host: `127.0.0.1:${port}`,
      message: expect.stringContaining('connection refused'),
    });
  });

  test('fails for an address that is not Keystone', async () => {
    const nova = new URL(cloud.session.endpoint('compute'));
    await expect(connect({ ...credentials, authUrl: `${nova.origin}/v3` })).rejects.toMatchObject({
      kind: 'notKeystone',
    });
  });

  test('fails for a server that does not exist', async () => {
    const none = '00000000-0000-4000-8000-000000000000';
    expect(await cloud.compute.tryServer(none)).toBeUndefined();
    await expect(cloud.compute.findServer(none)).rejects.toMatchObject({ kind: 'notFound', status: 404 });
    await expect(readHostKeys(cloud.compute, none)).rejects.toMatchObject({ kind: 'notFound' });
  });
});

describe('a server', () => {
  /** Undone in the opposite order, whatever happens. */
  const undo: (() => Promise<unknown>)[] = [];

  async function make(service: Service, path: string, key: string, body: object, remove = removeAt): Promise<string> {
    const answer = await cloud.session.request('POST', service, path, {
      body: { [key]: body },
      schema: z.record(z.string(), ID),
    });
    const id = answer![key].id;
    undo.push(() => remove(service, `${path}/${id}`));
    return id;
  }

  async function removeAt(service: Service, path: string): Promise<void> {
    await cloud.session.request('DELETE', service, path);
  }

  afterAll(async () => {
    const failed: unknown[] = [];
    for (const step of undo.reverse()) await step().catch((error) => failed.push(error));
    expect(failed).toEqual([]);
  }, 120_000);

  test('its host keys come from its console, and with them the end of its log', async () => {
    const found = await discover(cloud);
    const network = await make('network', '/networks', 'network', { name: NAME });
    const subnet = await make('network', '/subnets', 'subnet', {
      name: NAME,
      network_id: network,
      cidr: '10.213.0.0/24',
      ip_version: 4,
    });
    const external_gateway_info = { network_id: found.externalNetwork.chosen!.id };
    const router = await make('network', '/routers', 'router', { name: NAME, external_gateway_info });
    const interfaces = (verb: string) =>
      cloud.session.request('PUT', 'network', `/routers/${router}/${verb}_router_interface`, {
        body: { subnet_id: subnet },
      });
    await interfaces('add');
    undo.push(() => interfaces('remove'));
    const flavor = (await cloud.compute.flavors()).find(({ name }) => name === 'm1.tiny')!;
    const body = { name: NAME, flavorRef: flavor.id, imageRef: found.image.chosen!.id, networks: [{ uuid: network }] };
    const server = await make('compute', '/servers', 'server', body, removeServer);
    const reading = await keysOf(server);
    expect(reading.kind).toBe('keys');
    const keys = reading.kind === 'keys' ? reading.keys : [];
    expect(keys.map(({ type }) => type)).toContain('ssh-ed25519');
    const log = await cloud.compute.consoleOutput(server);
    // cloud-init tells the fingerprint of a DSA key too, but never the key.
    const announced = parseHostKeyFingerprints(log.kind === 'text' ? log.text : '').filter(
      ({ algorithm }) => algorithm !== 'DSA',
    );
    const fingerprints = (list: readonly { fingerprint: string }[]) =>
      list.map(({ fingerprint }) => fingerprint).sort();
    expect(fingerprints(announced)).toEqual(fingerprints(keys));
    expect(await lastConsoleLines(cloud.compute, server, 3)).toHaveLength(3);
  }, 240_000);

  async function keysOf(server: string): Promise<HostKeyReading> {
    const end = Date.now() + 180_000;
    for (;;) {
      const reading = await readHostKeys(cloud.compute, server);
      if (reading.kind !== 'notYet' || Date.now() > end) return reading;
      await sleep(1000);
    }
  }

  /** And waits until its ports are free: the network can't go before. */
  async function removeServer(service: Service, path: string): Promise<void> {
    await removeAt(service, path);
    while ((await cloud.compute.tryServer(path.split('/').at(-1)!)) !== undefined) await sleep(500);
  }
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
