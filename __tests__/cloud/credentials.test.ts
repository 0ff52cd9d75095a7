import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { inspect } from 'node:util';
import type { PasswordAuth } from '../../cloud/cloud-credentials';
import { CloudError } from '../../cloud/cloud-error';
import { type CredentialsOptions, listClouds, resolveCredentials } from '../../cloud/credentials';

let folder: string;
const at = (name: string) => join(folder, name);
const HOME_CLOUDS = 'home/.config/openstack/clouds.yaml';
const HOME_SECURE = 'home/.config/openstack/secure.yaml';

function write(name: string, text: string, mode = 0o600): string {
  mkdirSync(dirname(at(name)), { recursive: true });
  writeFileSync(at(name), text);
  chmodSync(at(name), mode);
  return at(name);
}

/** A machine of its own: nothing of the one that runs the test is seen. */
function options(over: CredentialsOptions = {}): CredentialsOptions {
  return { env: {}, cwd: at('work'), home: at('home'), ...over };
}

async function failure(over: CredentialsOptions): Promise<CloudError> {
  const error = await resolveCredentials(options(over)).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(CloudError);
  return error as CloudError;
}

const DEV = `clouds:
  dev:
    auth:
      auth_url: https://keystone.example.org:5000
      username: me
      password: s3cret
      project_name: research
      user_domain_name: Users
      project_domain_name: Projects
    region_name: north
    interface: internal
    cacert: ~/ca.pem
`;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'firesteel-credentials-'));
  mkdirSync(at('work'));
});

afterEach(() => rmSync(folder, { recursive: true }));

describe('clouds.yaml', () => {
  test('a cloud with a password', async () => {
    write(HOME_CLOUDS, DEV);
    const credentials = await resolveCredentials(options({ cloud: 'dev' }));
    expect(credentials).toMatchObject({
      source: `cloud "dev" in ${at(HOME_CLOUDS)}`,
      cloud: 'dev',
      authUrl: 'https://keystone.example.org:5000/v3',
      auth: { kind: 'password', user: { name: 'me', domain: { name: 'Users' } } },
      project: { name: 'research', domain: { name: 'Projects' } },
      region: 'north',
      interface: 'internal',
      caFile: at('home/ca.pem'),
      verify: true,
      warnings: [],
    });
    expect((credentials.auth as PasswordAuth).password.reveal()).toBe('s3cret');
  });

  test('the password shows itself nowhere', async () => {
    write(HOME_CLOUDS, DEV);
    const credentials = await resolveCredentials(options({ cloud: 'dev' }));
    expect(
      `${JSON.stringify(credentials)}${inspect(credentials, { depth: 9 })}${(credentials.auth as PasswordAuth).password}`,
    ).not.toContain('s3cret');
  });

  test('OS_CLOUD names the cloud; an only cloud needs no name', async () => {
    write(HOME_CLOUDS, DEV);
    expect((await resolveCredentials(options({ env: { OS_CLOUD: 'dev' } }))).cloud).toBe('dev');
    expect((await resolveCredentials(options())).cloud).toBe('dev');
  });

  test('the first file wins: OS_CLIENT_CONFIG_FILE, the folder, ~/.config/openstack', async () => {
    write(HOME_CLOUDS, DEV);
    write('work/clouds.yaml', DEV.replace('example.org', 'example.com'));
    const named = write('else/my.yaml', DEV.replace('example.org', 'example.net'));
    expect((await resolveCredentials(options({ cloud: 'dev' }))).authUrl).toContain('example.com');
    const env = { OS_CLIENT_CONFIG_FILE: named };
    expect((await resolveCredentials(options({ cloud: 'dev', env }))).authUrl).toContain('example.net');
  });

  test('secure.yaml gives what must not stand in clouds.yaml', async () => {
    write(HOME_CLOUDS, DEV.replace('      password: s3cret\n', ''));
    write(HOME_SECURE, 'clouds:\n  dev:\n    auth:\n      password: hidden\n');
    const credentials = await resolveCredentials(options({ cloud: 'dev' }));
    expect((credentials.auth as PasswordAuth).password.reveal()).toBe('hidden');
    expect(credentials.authUrl).toContain('keystone.example.org');
  });

  test('anchors and merge keys', async () => {
    write(
      HOME_CLOUDS,
      `
base: &base
  region_name: R1
  auth: &auth { auth_url: "https://cloud.test:5000/v3", username: u, password: p, project_name: x }
clouds:
  aliased: { auth: *auth }
  merged: { <<: *base, region_name: R2 }
  whole: *base
`,
    );
    const found = await Promise.all(
      ['aliased', 'merged', 'whole'].map((cloud) => resolveCredentials(options({ cloud }))),
    );
    expect(found.map(({ authUrl }) => authUrl)).toEqual(Array(3).fill('https://cloud.test:5000/v3'));
    expect(found[1]!.region).toBe('R2');
  });

  test('further files are for what the usual ones do not know, and only when asked for by name', async () => {
    write(HOME_CLOUDS, DEV);
    const sandbox = write('sandbox/clouds.yaml', DEV.replace('dev:', 'sandbox:').replace('s3cret', 'box'));
    const furtherFiles = [at('nowhere/clouds.yaml'), sandbox];
    expect((await resolveCredentials(options({ cloud: 'sandbox', furtherFiles }))).source).toContain(sandbox);
    rmSync(at(HOME_CLOUDS));
    expect((await failure({ furtherFiles })).kind).toBe('noCredentials');
  });

  test('application credential and token', async () => {
    write(
      HOME_CLOUDS,
      `clouds:
  app: {auth_type: v3applicationcredential, auth: {auth_url: 'http://k/v3', application_credential_id: abc, application_credential_secret: xyz}}
  tok: {auth_type: v3token, auth: {auth_url: 'http://k/identity/v3/', token: t0k, project_id: p1}}
`,
    );
    expect(await resolveCredentials(options({ cloud: 'app' }))).toMatchObject({
      auth: { kind: 'applicationCredential', id: 'abc' },
      project: undefined,
    });
    expect(await resolveCredentials(options({ cloud: 'tok' }))).toMatchObject({
      authUrl: 'http://k/identity/v3',
      auth: { kind: 'token' },
      project: { id: 'p1' },
    });
  });

  test('regions with values of their own', async () => {
    write(
      HOME_CLOUDS,
      DEV.replace('    region_name: north\n', '    regions: [north, {name: south, values: {interface: admin}}]\n'),
    );
    expect(await resolveCredentials(options({ cloud: 'dev' }))).toMatchObject({
      region: 'north',
      interface: 'internal',
    });
    expect(await resolveCredentials(options({ cloud: 'dev', region: 'south' }))).toMatchObject({
      region: 'south',
      interface: 'admin',
    });
    expect((await failure({ cloud: 'dev', region: 'sout' })).message).toContain('Did you mean "south"?');
  });

  test.each([
    ['verify: false', false],
    ['insecure: true', false],
    ['verify: true', true],
    ['insecure: false', true],
  ])('%s', async (line, verify) => {
    write(HOME_CLOUDS, `${DEV}    ${line}\n`);
    expect((await resolveCredentials(options())).verify).toBe(verify);
  });

  test('a password that nobody gives is asked for, or taken from OS_PASSWORD', async () => {
    write(HOME_CLOUDS, DEV.replace('      password: s3cret\n', ''));
    const asked: string[] = [];
    const askPassword = async (prompt: string) => {
      asked.push(prompt);
      return 'typed';
    };
    const typed = await resolveCredentials(options({ cloud: 'dev', askPassword }));
    expect((typed.auth as PasswordAuth).password.reveal()).toBe('typed');
    expect(asked).toEqual([expect.stringContaining('me')]);
    const given = await resolveCredentials(options({ cloud: 'dev', env: { OS_PASSWORD: 'shell' } }));
    expect((given.auth as PasswordAuth).password.reveal()).toBe('shell');
  });

  test('warns of a secret that everybody may read, and only of the file that holds it', async () => {
    write(HOME_CLOUDS, DEV.replace('      password: s3cret\n', ''), 0o644);
    write(HOME_SECURE, 'clouds:\n  dev:\n    auth:\n      password: hidden\n', 0o644);
    const { warnings } = await resolveCredentials(options({ cloud: 'dev' }));
    expect(warnings).toEqual([expect.stringContaining(`chmod 600 ${at(HOME_SECURE)}`)]);
  });

  test('listClouds', () => {
    write(HOME_CLOUDS, DEV);
    const sandbox = write('sandbox/clouds.yaml', DEV.replace('dev:', 'sandbox:'));
    expect(listClouds(options({ furtherFiles: [sandbox] }))).toEqual([
      { name: 'dev', place: `${at(HOME_CLOUDS)}:2`, authUrl: 'https://keystone.example.org:5000', region: 'north' },
      { name: 'sandbox', place: `${sandbox}:2`, authUrl: 'https://keystone.example.org:5000', region: 'north' },
    ]);
  });
});

describe('OS_* variables', () => {
  const env = {
    OS_AUTH_URL: 'http://k:5000/v2.0/',
    OS_USERNAME: 'me',
    OS_PASSWORD: 'p',
    OS_TENANT_NAME: 'old-name',
    OS_USER_DOMAIN_ID: 'u1',
  };

  test('are enough, with the old names too', async () => {
    expect(await resolveCredentials(options({ env }))).toMatchObject({
      source: 'OS_* variables',
      cloud: undefined,
      authUrl: 'http://k:5000/v3',
      auth: { kind: 'password', user: { name: 'me', domain: { id: 'u1' } } },
      project: { name: 'old-name', domain: { id: 'default' } },
      interface: 'public',
    });
  });

  test('a cloud by name goes before them, but OS_REGION_NAME chooses its region', async () => {
    write(HOME_CLOUDS, DEV);
    const both = { ...env, OS_CLOUD: 'dev', OS_REGION_NAME: 'west' };
    expect(await resolveCredentials(options({ env: both }))).toMatchObject({ cloud: 'dev', region: 'west' });
  });

  test.each([
    ['OS_USERNAME', { OS_USERNAME: '' }],
    ['OS_PASSWORD', { OS_PASSWORD: undefined }],
    ['OS_AUTH_URL', { OS_AUTH_URL: 'keystone.example.org' }],
    ['OS_INTERFACE', { OS_INTERFACE: 'outside' }],
    ['OS_IDENTITY_API_VERSION', { OS_IDENTITY_API_VERSION: '2.0' }],
    ['OS_AUTH_TYPE', { OS_AUTH_TYPE: 'v3oidcpassword' }],
  ])('fails naming %s', async (name, over) => {
    const error = await failure({ env: { ...env, ...over } });
    expect(error.kind).toBe('badConfiguration');
    expect(error.message).toContain(name);
  });
});

describe('errors', () => {
  test('fails without clouds.yaml, naming the places and what to do', async () => {
    const error = await failure({ cloud: 'dev', furtherFiles: ['/box/clouds.yaml'] });
    expect(error.kind).toBe('noCredentials');
    for (const part of [
      at('work/clouds.yaml'),
      at(HOME_CLOUDS),
      '/etc/openstack/clouds.yaml',
      '/box/clouds.yaml',
      '--openrc',
      'OS_CLOUD',
    ]) {
      expect(error.message).toContain(part);
    }
  });

  test('fails for an unknown cloud with the one that was meant and all that are known', async () => {
    write(HOME_CLOUDS, `${DEV}  production: {auth: {auth_url: 'http://k'}}\n`);
    const error = await failure({ cloud: 'deev' });
    expect(error.kind).toBe('unknownCloud');
    expect(error.message).toContain('Did you mean "dev"?');
    expect(error.message).toContain('dev, production');
  });

  test('fails where there are several clouds and none is named', async () => {
    write(HOME_CLOUDS, `${DEV}  production: {auth: {auth_url: 'http://k'}}\n`);
    expect((await failure({})).message).toContain('OS_CLOUD=dev');
  });

  test('fails for a missing field with file and line', async () => {
    write(HOME_CLOUDS, DEV.replace('      username: me\n', ''));
    const error = await failure({ cloud: 'dev' });
    expect(error.message).toBe(`${at(HOME_CLOUDS)}:2: auth.username is missing; it is needed to log in`);
    expect(error.place).toBe(`${at(HOME_CLOUDS)}:2`);
  });

  test('fails for what is no YAML with file, line and column, quoting nothing of it', async () => {
    write(HOME_CLOUDS, `${DEV}  bad: [password: "s3cret"\n`);
    const error = await failure({ cloud: 'dev' });
    expect(error.message).toMatch(new RegExp(`^${at(HOME_CLOUDS)}:1[0-9]:\\d+: is not valid YAML`));
    expect(error.message).not.toContain('s3cret');
  });

  test.each([
    ['no clouds', 'cloud: {}\n', 'has no "clouds:"'],
    ['a cloud with nothing in it', 'clouds:\n  dev:\n', 'cloud "dev" has nothing under it'],
    ['a vendor profile', 'clouds:\n  dev: {profile: ovh, auth: {username: me}}\n', 'auth.auth_url'],
  ])('fails for %s', async (_, text, message) => {
    write(HOME_CLOUDS, text);
    const error = await failure({ cloud: 'dev' });
    expect(error.kind).toBe('badConfiguration');
    expect(error.message).toContain(message);
  });
});
