import { floatingIpOf, hasFloatingIp } from '../../plan/cluster-plan';
import { infrastructureDigest } from '../../plan/digest';
import { PlanError } from '../../plan/plan-error';
import { sparkClusterPlan } from '../../plan/spark-cluster';
import type { SparkClusterSpec } from '../../plan/spark-spec';
import { SPARK_VERSIONS } from '../../roles/spark/versions';

const SPEC: SparkClusterSpec = {
  image: 'debian-12',
  master: { flavor: 'm1.small' },
  workers: { flavor: 'm1.large', count: 3 },
};

describe('infrastructureDigest', () => {
  const digest = (spec: SparkClusterSpec) => infrastructureDigest(sparkClusterPlan('dev', spec));

  test('stays where only software changes, so that configure needs no new deploy', () => {
    expect(digest({ ...SPEC, spark: { conf: { 'spark.ui.port': 4040 } }, apt: { packages: ['jq'] } })).toBe(
      digest(SPEC),
    );
  });

  test.each<[string, SparkClusterSpec]>([
    ['count', { ...SPEC, workers: { ...SPEC.workers, count: 4 } }],
    ['flavor', { ...SPEC, master: { flavor: 'm1.large' } }],
    ['image', { ...SPEC, image: 'ubuntu-24.04' }],
    ['floating IP', { ...SPEC, workers: { ...SPEC.workers, floatingIp: true } }],
    ['floating IP of one node', { ...SPEC, master: { ...SPEC.master, floatingIp: ['203.0.113.10'] } }],
    ['fixed address', { ...SPEC, workers: { ...SPEC.workers, addresses: ['10.77.0.21'] } }],
    ['security group', { ...SPEC, securityGroups: ['default'] }],
    ['volume', { ...SPEC, workers: { ...SPEC.workers, volumes: [{ name: 'data', sizeGiB: 10, mount: '/mnt/data' }] } }],
    ['bastion', { ...SPEC, bastion: { flavor: 'm1.tiny' } }],
    ['common', { ...SPEC, common: 'shared' }],
  ])('differs where the %s does', (_what, spec) => {
    expect(digest(spec)).not.toBe(digest(SPEC));
  });
});

describe('what nodes have for themselves', () => {
  const register = { version: 1 as const, groups: { worker: { next: 6, nodes: [0, 3, 5] } } };
  const groupsOf = (own: Partial<SparkClusterSpec>, nodes = register) =>
    Object.fromEntries(sparkClusterPlan('dev', { ...SPEC, ...own }, nodes).groups.map((group) => [group.name, group]));

  test('lists go by the order of the numbers that the register has', () => {
    const { worker } = groupsOf({
      workers: {
        ...SPEC.workers,
        addresses: ['10.77.0.21', '10.77.0.22'],
        floatingIp: ['none', 'new', '203.0.113.10'],
      },
    });
    expect(worker).toMatchObject({
      numbers: [0, 3, 5],
      addresses: { 0: '10.77.0.21', 3: '10.77.0.22' },
      floatingIps: { 3: 'new', 5: { existing: '203.0.113.10' } },
    });
    expect([0, 3, 5].map((number) => floatingIpOf(worker!, number))).toEqual([
      'none',
      'new',
      { existing: '203.0.113.10' },
    ]);
  });

  test('a list that says the same of all nodes is what yes and no are', () => {
    const digests = [true, ['new', 'new', 'new']].map((floatingIp) => {
      const { worker } = groupsOf({ workers: { ...SPEC.workers, floatingIp } });
      expect(worker).toMatchObject({ floatingIps: 'new' });
      return infrastructureDigest(sparkClusterPlan('dev', { ...SPEC, workers: { ...SPEC.workers, floatingIp } }));
    });
    expect(digests[1]).toBe(digests[0]);
  });

  test('masters without floating IPs, however that is said, lead nobody inside', () => {
    const said = [false, ['none'], []].map((floatingIp) => groupsOf({ master: { ...SPEC.master, floatingIp } }).master);
    for (const master of said) {
      expect(master).toMatchObject({ floatingIps: 'none' });
      expect(master!.roles.map(({ name }) => name)).not.toContain('bastion');
      expect(hasFloatingIp(master!)).toBe(false);
    }
    const found = groupsOf({ master: { ...SPEC.master, floatingIp: ['203.0.113.10'] } }).master!;
    expect(found.roles.map(({ name }) => name)).toContain('bastion');
  });

  test('groups of the top are worn by all nodes, once', () => {
    const groups = groupsOf({
      securityGroups: ['default'],
      master: { ...SPEC.master, securityGroups: ['web', 'default'] },
      bastion: { flavor: 'm1.tiny' },
    });
    expect(Object.values(groups).map(({ name, securityGroups }) => [name, securityGroups])).toEqual([
      ['bastion', ['default']],
      ['master', ['default', 'web']],
      ['worker', ['default']],
    ]);
    expect(groupsOf({}).worker).not.toHaveProperty('securityGroups');
    expect(groupsOf({}).worker).not.toHaveProperty('addresses');
  });
});

describe('where Spark comes from', () => {
  const source = (spark: SparkClusterSpec['spark']) => sparkClusterPlan('dev', { ...SPEC, spark }).settings.spark;

  test('a version that is known comes from PyPI with the checksum we know', () => {
    for (const [version, { sha256 }] of Object.entries(SPARK_VERSIONS)) {
      expect(source({ version })).toMatchObject({ version, source: { kind: 'pypi', sha256 } });
    }
  });

  test('any other needs a checksum', () => {
    const sha256 = 'c'.repeat(64);
    const tarball = { url: 'https://example.org/spark.tgz', sha512: 'd'.repeat(128) };

    expect(() => source({ version: '4.9.9' })).toThrow(/spark\.version: no checksum is known for Spark 4\.9\.9/);
    expect(source({ version: '4.9.9', source: { sha256 } }).source).toEqual({ kind: 'pypi', sha256 });
    expect(source({ version: '4.9.9', source: tarball }).source).toEqual({ kind: 'tarball', ...tarball });
  });
});

test('every mistake of a typed spec is told at once', () => {
  const broken: SparkClusterSpec = {
    master: { flavor: 'a', count: 0 },
    workers: { flavor: 'b', count: 1.5, image: 'x' },
  };

  try {
    sparkClusterPlan('Dev', broken);
    throw new Error('the plan was taken');
  } catch (error) {
    if (!(error instanceof PlanError)) throw error;
    expect(error.issues.map((issue) => issue.path)).toEqual(['', 'master.count', 'workers.count', 'master']);
  }
});
