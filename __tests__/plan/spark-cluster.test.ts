import { infrastructureDigest } from '../../plan/digest';
import { PlanError } from '../../plan/plan-error';
import { sparkClusterPlan } from '../../plan/spark-cluster';
import type { SparkClusterSpec } from '../../plan/spark-spec';
import { SPARK_VERSIONS } from '../../roles/spark-versions';

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
    ['volume', { ...SPEC, workers: { ...SPEC.workers, volumes: [{ name: 'data', sizeGiB: 10, mount: '/mnt/data' }] } }],
    ['bastion', { ...SPEC, bastion: { flavor: 'm1.tiny' } }],
    ['common', { ...SPEC, common: 'shared' }],
  ])('differs where the %s does', (_what, spec) => {
    expect(digest(spec)).not.toBe(digest(SPEC));
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
