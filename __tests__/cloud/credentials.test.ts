import { resolveCredentials } from '../../cloud/credentials';
import { DEV, HOME_CLOUDS, operatorMachine } from './_operator-machine';

const { at, write, options, failure } = operatorMachine();

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
