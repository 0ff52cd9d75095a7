import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ClusterTemplate, type CommonTemplate, clusterYaml, commonYaml } from '../../lifecycle/_templates';
import { loadEnvironment, loadEnvironments } from '../../plan/load-environments';

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJmWsz5e3NCzIVh3sYNbPUkKFQqGZeY1wT9aPJ+gPEoZ me@here';

const COMMON: CommonTemplate = {
  cloud: 'mycloud',
  publicKey: './key.pub',
  access: [{ range: '203.0.113.7/32', why: 'this machine' }],
  network: { kind: 'new', external: 'public' },
  nameservers: [],
  schema: '../docs/schema/environment.schema.json',
};

const CLUSTER: ClusterTemplate = {
  cloud: 'mycloud',
  common: 'common',
  image: 'Debian 12 "Bookworm": cloud',
  flavor: '16',
  workers: 2,
  floatingIp: true,
  schema: undefined,
};

describe('what init writes', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'firesteel-init-'));
    mkdirSync(join(dir, 'environments'));
    writeFileSync(join(dir, 'key.pub'), `${KEY}\n`);
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  function write(common: string, cluster: string): void {
    writeFileSync(join(dir, 'environments', 'common.yaml'), common);
    writeFileSync(join(dir, 'environments', 'dev.yaml'), cluster);
  }

  test('is a valid project, whatever the names in the cloud', () => {
    write(commonYaml(COMMON), clusterYaml(CLUSTER));

    const [common, dev] = loadEnvironments(dir);

    expect(common).toMatchObject({
      plan: {
        cloud: 'mycloud',
        access: ['203.0.113.7/32'],
        network: { kind: 'new', external: 'public', nameservers: [] },
      },
    });
    expect(dev).toMatchObject({ plan: { cloud: 'mycloud', common: 'common' } });
    expect(dev?.kind === 'cluster' && dev.plan.groups).toMatchObject([
      { name: 'master', flavor: '16', image: 'Debian 12 "Bookworm": cloud', numbers: [0], floatingIps: 'new' },
      { name: 'worker', flavor: '16', numbers: [0, 1], floatingIps: 'none' },
    ]);
  });

  test('names no cloud where the variables of the shell do', () => {
    write(commonYaml({ ...COMMON, cloud: undefined }), clusterYaml({ ...CLUSTER, cloud: undefined }));

    for (const { plan } of loadEnvironments(dir)) expect(plan.cloud).toBeUndefined();
  });

  test('an existing network, resolvers, no floating IPs', () => {
    const network = { kind: 'existing', network: 'lab', subnet: 'lab-v4' } as const;
    write(
      commonYaml({ ...COMMON, network, nameservers: ['192.0.2.53', '192.0.2.54'] }),
      clusterYaml({ ...CLUSTER, floatingIp: false }),
    );

    const [common, dev] = loadEnvironments(dir);

    expect(common).toMatchObject({ plan: { network: { ...network, nameservers: ['192.0.2.53', '192.0.2.54'] } } });
    expect(dev?.kind === 'cluster' && dev.plan.groups.map(({ floatingIps }) => floatingIps)).toEqual(['none', 'none']);
  });

  test('its examples are valid once they are taken in', () => {
    const examples = clusterYaml(CLUSTER)
      .split('# What follows may be left away.\n')[1]!
      .replace(/^#( |$)/gm, '');
    write(commonYaml(COMMON), clusterYaml(CLUSTER) + examples);

    expect(loadEnvironment(dir, 'dev')).toMatchObject({
      plan: {
        settings: {
          spark: { version: '3.5.9', packages: ['org.postgresql:postgresql:42.7.4'] },
          python: { packages: ['numpy'] },
        },
        timeouts: { sshSeconds: 300 },
      },
    });
  });
});
