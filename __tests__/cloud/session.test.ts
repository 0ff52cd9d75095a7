import { createServer } from 'node:net';
import { z } from 'zod';
import { SecretText } from '../../cloud/secret-text';
import type { RetryEvent } from '../../cloud/session';
import { PASSWORD } from './_fake-cloud';
import { failure, useFakeCloud } from './_fake-session';

const ANY = z.record(z.string(), z.unknown());
const use = useFakeCloud();

describe('login', () => {
  test('a password with its project gives a token, the ids and the catalog', async () => {
    const session = await use.connect();
    expect([session.projectId, session.userId, session.region]).toEqual(['project-1', 'user-1', 'RegionOne']);
    expect(session.endpoint('compute')).toBe(`${use.fake.url}/compute/v2.1`);
    expect(session.endpoint('network')).toBe(`${use.fake.url}/network/v2.0`);
    const user = { name: 'demo', domain: { id: 'default' }, password: PASSWORD };
    const identity = { methods: ['password'], password: { user } };
    const scope = { project: { name: 'demo', domain: { id: 'default' } } };
    expect(use.fake.seen[0].body).toEqual({ auth: { identity, scope } });
  });

  test('an application credential names no project', async () => {
    await use.connect({
      auth: { kind: 'applicationCredential', id: 'cred-1', secret: new SecretText(PASSWORD) },
      project: undefined,
    });
    const application_credential = { id: 'cred-1', secret: PASSWORD };
    expect(use.fake.seen[0].body).toEqual({
      auth: { identity: { methods: ['application_credential'], application_credential } },
    });
  });

  test('a token that is scoped already is taken up as it is', async () => {
    await use.connect();
    use.fake.on('GET', '/compute/v2.1/limits', { body: {} });
    const session = await use.connect({ auth: { kind: 'token', token: new SecretText('token-1') } });
    await session.get('compute', '/limits', ANY);
    expect(use.fake.seen.filter(({ method }) => method === 'POST')).toHaveLength(1);
    expect(use.fake.to('/compute/v2.1/limits')[0].token).toBe('token-1');
  });

  test('fails with the user, the project and the place to look at for a wrong password, and never the password', async () => {
    const wrong = {
      kind: 'password',
      user: { name: 'demo', domain: { id: 'default' } },
      password: new SecretText('hunter2'),
    } as const;
    const error = await failure(use.connect({ auth: wrong, source: 'cloud "dev" in /x/clouds.yaml' }));
    expect(error).toMatchObject({ kind: 'badCredentials', status: 401, host: use.fake.host });
    expect(error.message).toContain('user "demo"');
    expect(error.message).toContain('cloud "dev" in /x/clouds.yaml');
    expect(JSON.stringify([error, error.message, error.stack])).not.toContain('hunter2');
  });

  test('fails for an expired token with how to get another', async () => {
    const error = await failure(use.connect({ auth: { kind: 'token', token: new SecretText('old') } }));
    expect(error.kind).toBe('tokenExpired');
    expect(error.message).toContain('openstack token issue');
  });

  test('fails where no project is named, listing the projects there are', async () => {
    use.fake.on('GET', '/v3/auth/projects', { body: { projects: [{ name: 'alpha' }, { name: 'beta' }] } });
    const error = await failure(use.connect({ project: undefined }));
    expect(error.kind).toBe('noProject');
    expect(error.message).toContain('alpha, beta');
  });

  test.each([
    ['another web server', { status: 404, body: '<html>Not Found</html>' }],
    ['a web server that asks for its own login', { status: 401, body: '<html>Unauthorized</html>' }],
    ['a redirect', { status: 302, headers: { location: 'https://elsewhere/' } }],
    ['JSON of something else', { status: 200, body: { hello: 'world' } }],
  ])('fails for %s: it is not Keystone', async (_, reply) => {
    use.fake.loginFaults.push(reply);
    const error = await failure(use.connect());
    expect(error.kind).toBe('notKeystone');
    expect(error.message).toContain(`${use.fake.url}/v3`);
  });

  test('fails soon where nothing listens, naming host, port and cause', async () => {
    const unused = await freePort();
    const error = await failure(use.connect({ authUrl: `http://127.0.0.1:${unused}/v3` }));
    expect(error).toMatchObject({ kind: 'unreachable', host: `127.0.0.1:${unused}` });
    expect(error.message).toContain('connection refused');
  });

  test('fails for a name that DNS does not know, without another attempt', async () => {
    const retries: RetryEvent[] = [];
    const error = await failure(
      use.connect({ authUrl: 'http://keystone.invalid:5000/v3' }, { onRetry: (event) => retries.push(event) }),
    );
    expect(error).toMatchObject({ kind: 'unreachable', host: 'keystone.invalid:5000' });
    expect(retries.filter(({ reason }) => reason.includes('unknown'))).toEqual([]);
  });

  test('fails for https spoken to a plain port, saying so', async () => {
    const error = await failure(use.connect({ authUrl: `${use.fake.url.replace('http', 'https')}/v3` }));
    expect(error.kind).toBe('tls');
    expect(error.message).toContain('http://');
  });
});

describe('regions and endpoints', () => {
  test('fails where there are several regions and none is named, listing them', async () => {
    use.fake.regions = ['north', 'south'];
    const error = await failure(use.connect());
    expect(error.kind).toBe('noEndpoint');
    expect(error.message).toContain('north, south');
  });

  test('fails for an unknown region with the one that was meant', async () => {
    use.fake.regions = ['north', 'south'];
    const error = await failure(use.connect({ region: 'nort' }));
    expect(error.message).toContain('Did you mean "north"?');
  });

  test('fails for a service that the catalog lacks, when it is asked for', async () => {
    use.fake.services = ['compute'];
    const session = await use.connect();
    expect(session.has('volume')).toBe(false);
    expect((await failure(session.get('network', '/networks', ANY))).message).toContain(
      'no public endpoint of the network service',
    );
  });
});

describe('tokens', () => {
  beforeEach(() => use.fake.on('GET', '/compute/v2.1/limits', { body: { ok: true } }));

  test('a token revoked meanwhile is replaced once for all requests under way', async () => {
    const session = await use.connect();
    use.fake.revokeTokens();
    await Promise.all([1, 2, 3, 4].map(() => session.get('compute', '/limits', ANY)));
    expect(use.fake.to('/v3/auth/tokens')).toHaveLength(2);
  });

  test('a token about to expire is replaced before it is used', async () => {
    use.fake.tokenSeconds = 60;
    const session = await use.connect();
    use.fake.tokenSeconds = 3600;
    await session.get('compute', '/limits', ANY);
    await session.get('compute', '/limits', ANY);
    expect(use.fake.to('/compute/v2.1/limits').map(({ token }) => token)).toEqual(['token-2', 'token-2']);
  });

  test('fails for a given token that ends meanwhile: there is nothing to get another with', async () => {
    await use.connect();
    const session = await use.connect({ auth: { kind: 'token', token: new SecretText('token-1') } });
    use.fake.revokeTokens();
    expect((await failure(session.get('compute', '/limits', ANY))).kind).toBe('tokenExpired');
  });
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
