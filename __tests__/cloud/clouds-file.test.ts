import { rmSync } from 'node:fs';
import { inspect } from 'node:util';
import type { PasswordAuth } from '../../cloud/cloud-credentials';
import { listClouds, resolveCredentials } from '../../cloud/credentials';
import { DEV, HOME_CLOUDS, HOME_SECURE, operatorMachine } from './_operator-machine';

const { at, write, options, failure } = operatorMachine();

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
