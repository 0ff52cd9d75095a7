/** The cloud room on the sandbox: a real Keystone, Nova, Glance and Neutron. */
import {
  defaultUser,
  discover,
  formatQuotaTable,
  preflight,
  readHostKeys,
  resolveCredentials,
  SecretText,
} from '../../cloud';
import { freePort } from '../_sshd';
import { describeConsole } from './_console';
import { describeLogins } from './_logins';
import { NAME, SandboxCloud } from './_sandbox-cloud';

let sandbox: SandboxCloud;

beforeAll(async () => {
  sandbox = await SandboxCloud.open();
}, 60_000);

afterAll(() => sandbox?.close());

describe('what there is', () => {
  test('flavors, images, networks', async () => {
    const flavors = await sandbox.api.compute.flavors();
    expect(flavors.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['m1.tiny', 'm1.small', 'm1.medium', 'm1.large']),
    );
    expect(flavors.find(({ name }) => name === 'm1.medium')).toMatchObject({ vcpus: 2, ramMiB: 2048, diskGiB: 10 });
    const networks = await sandbox.api.network.networks();
    expect(networks.find(({ name }) => name === 'public')).toMatchObject({ external: true });
    const [image] = await sandbox.api.image.images({ os_distro: 'debian' });
    expect(image).toMatchObject({ status: 'active', visibility: 'public' });
    expect(defaultUser(image)).toBe('debian');
  });

  test('small pages give the same as large ones', async () => {
    const paged = await sandbox.connect(sandbox.credentials, 2);
    const names = (items: readonly { name: string }[]) => items.map(({ name }) => name).sort();
    expect(names(await paged.compute.flavors())).toEqual(names(await sandbox.api.compute.flavors()));
    expect(names(await paged.image.images())).toEqual(names(await sandbox.api.image.images()));
    expect((await paged.network.securityGroupRules()).length).toBe(
      (await sandbox.api.network.securityGroupRules()).length,
    );
  });

  test('discover finds flavor, image and external network', async () => {
    const found = await discover(sandbox.api);
    expect(found.flavor.chosen?.name).toBe('m1.medium');
    expect(found.image.chosen?.properties.os_distro).toBe('debian');
    expect(found.externalNetwork.chosen?.name).toBe('public');
  });
});

describe('pre-flight', () => {
  test('the quotas that are enforced, as a table', async () => {
    const image = (await discover(sandbox.api)).image.chosen!.name;
    const servers = [{ flavor: 'm1.small', image, count: 3 }];
    const report = await preflight(sandbox.api, {
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
    const { problems } = await preflight(sandbox.api, {
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

describeLogins(() => sandbox);

describe('bad input', () => {
  test('fails for a wrong password, saying whose and where from', async () => {
    const { credentials } = sandbox;
    if (credentials.auth.kind !== 'password') throw new Error('the sandbox logs in by password');
    const wrong = { ...credentials, auth: { ...credentials.auth, password: new SecretText('not-it') } };
    const error = await sandbox.connect(wrong).catch((thrown: Error) => thrown);
    expect(error).toMatchObject({ kind: 'badCredentials', status: 401 });
    expect((error as Error).message).toContain('user "sandbox"');
    expect((error as Error).message).toContain(credentials.source);
    expect((error as Error).message).not.toContain('not-it');
  });

  test('fails for an unknown cloud, naming those there are', async () => {
    await expect(
      resolveCredentials({
        cloud: 'sandboks',
        env: {},
        home: sandbox.folder,
        cwd: sandbox.folder,
        furtherFiles: [sandbox.file],
      }),
    ).rejects.toMatchObject({
      kind: 'unknownCloud',
      message: expect.stringContaining('Did you mean "sandbox"?'),
    });
  });

  test('fails for an unknown region, naming the one there is', async () => {
    await expect(sandbox.connect({ ...sandbox.credentials, region: 'RegionTwo' })).rejects.toMatchObject({
      kind: 'noEndpoint',
      message: expect.stringContaining('There are: RegionOne'),
    });
  });

  test('fails for an API that is not there, with host, port and cause', async () => {
    const port = await freePort();
    await expect(
      sandbox.connect({ ...sandbox.credentials, authUrl: `http://127.0.0.1:${port}/v3` }),
    ).rejects.toMatchObject({
      kind: 'unreachable',
      host: `127.0.0.1:${port}`,
      message: expect.stringContaining('connection refused'),
    });
  });

  test('fails for an address that is not Keystone', async () => {
    const nova = new URL(sandbox.api.session.endpoint('compute'));
    await expect(sandbox.connect({ ...sandbox.credentials, authUrl: `${nova.origin}/v3` })).rejects.toMatchObject({
      kind: 'notKeystone',
    });
  });

  test('fails for a server that does not exist', async () => {
    const none = '00000000-0000-4000-8000-000000000000';
    expect(await sandbox.api.compute.tryServer(none)).toBeUndefined();
    await expect(sandbox.api.compute.findServer(none)).rejects.toMatchObject({ kind: 'notFound', status: 404 });
    await expect(readHostKeys(sandbox.api.compute, none)).rejects.toMatchObject({ kind: 'notFound' });
  });
});

describeConsole(() => sandbox);
