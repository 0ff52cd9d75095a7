import { PlanError } from '../../plan/plan-error';
import { sparkClusterPlan } from '../../plan/spark-cluster';
import type { SparkClusterSpec } from '../../plan/spark-spec';

const SPEC: SparkClusterSpec = {
  image: 'debian-12',
  master: { flavor: 'm1.small', count: 3 },
  workers: { flavor: 'm1.large', count: 2 },
};
const FLAVOR = { flavor: 'm1.tiny' };

const rolesOf = (spec: SparkClusterSpec) =>
  sparkClusterPlan('dev', spec).groups.map(({ name, numbers, roles }) => ({
    name,
    nodes: numbers.length,
    roles: roles.map((role) => role.name).join(' '),
  }));

function issuesOf(spec: SparkClusterSpec): string[] {
  try {
    sparkClusterPlan('dev', spec);
    return [];
  } catch (error) {
    if (!(error instanceof PlanError)) throw error;
    return error.issues.map(({ path, message }) => `${path}: ${message}`);
  }
}

test('ZooKeeper has three nodes of its own, which nobody outside can reach', () => {
  const { groups } = sparkClusterPlan('dev', { ...SPEC, zookeeper: FLAVOR });

  expect(rolesOf({ ...SPEC, zookeeper: FLAVOR })).toEqual([
    { name: 'master', nodes: 3, roles: 'node bastion spark-master spark-history' },
    { name: 'zookeeper', nodes: 3, roles: 'node zookeeper' },
    { name: 'worker', nodes: 2, roles: 'node spark-worker' },
  ]);
  expect(groups[1]).toMatchObject({ flavor: 'm1.tiny', image: 'debian-12', floatingIps: 'none', placement: 'spread' });
});

test('or is beside the masters', () => {
  expect(rolesOf({ ...SPEC, zookeeper: { onMasters: true } })).toEqual([
    { name: 'master', nodes: 3, roles: 'node bastion zookeeper spark-master spark-history' },
    { name: 'worker', nodes: 2, roles: 'node spark-worker' },
  ]);
});

test.each<[string, SparkClusterSpec]>([
  ['two masters, who need not be as many as the ZooKeeper servers', { ...SPEC, master: { ...FLAVOR, count: 2 } }],
  ['one master, before there are more', { ...SPEC, master: FLAVOR }],
])('takes %s', (_what, spec) => {
  expect(issuesOf({ ...spec, zookeeper: { ...FLAVOR, count: 1 } })).toEqual([]);
});

const own = (conf: Record<string, string>): SparkClusterSpec => ({ ...SPEC, zookeeper: FLAVOR, spark: { conf } });

test.each<[string, SparkClusterSpec, string]>([
  [
    'an even number',
    { ...SPEC, zookeeper: { ...FLAVOR, count: 4 } },
    'zookeeper.count: must be 1, 3 or 5, got 4: more than half of them have to live, so 4 bear the loss of no more than 3 do',
  ],
  ['a great number', { ...SPEC, zookeeper: { ...FLAVOR, count: 7 } }, 'zookeeper.count: must be 1, 3 or 5, got 7'],
  ['half a server', { ...SPEC, zookeeper: { ...FLAVOR, count: 2.5 } }, 'zookeeper.count: must be 1, 3 or 5, got 2.5'],
  [
    'an even number of masters with it beside them',
    { ...SPEC, master: { ...FLAVOR, count: 2 }, zookeeper: { onMasters: true } },
    'zookeeper.onMasters: needs 1, 3 or 5 masters, got 2: more than half of them have to live, so 2 bear the loss of no ' +
      'more than 1 do. Set master.count to 3, or give zookeeper a flavor, which makes it nodes of its own',
  ],
  ['no image', { ...SPEC, image: undefined, zookeeper: FLAVOR }, 'zookeeper: has no image'],
  [
    'two volumes of one name',
    { ...SPEC, zookeeper: { ...FLAVOR, volumes: ['/a', '/b'].map((mount) => ({ name: 'a', sizeGiB: 1, mount })) } },
    'zookeeper.volumes.1.name: there is a volume "a" already',
  ],
  [
    'more addresses than servers',
    { ...SPEC, zookeeper: { ...FLAVOR, count: 1, addresses: ['10.0.0.5', '10.0.0.6'] } },
    'zookeeper.addresses.1: one too many',
  ],
  [
    'another ZooKeeper in spark.conf',
    own({ 'spark.deploy.zookeeper.url': 'elsewhere:2181' }),
    'spark.conf.spark.deploy.zookeeper.url: is set by firesteel',
  ],
  [
    'another way to survive in spark.conf',
    own({ 'spark.deploy.recoveryMode': 'ROCKSDB' }),
    'spark.conf.spark.deploy.recoveryMode: is set by firesteel',
  ],
])('refuses %s', (_what, spec, issue) => {
  expect(issuesOf(spec).join('\n')).toContain(issue);
});

test('refuses several masters without it, and says how to give them one', () => {
  expect(issuesOf(SPEC)).toEqual([
    'master.count: 3 masters need a ZooKeeper to agree on who leads: take 1 master, or 3 with ' +
      'the role zookeeper beside them (in a plan of kind spark: "zookeeper: { onMasters: true }"), or give spark.deploy.recoveryMode: ZOOKEEPER and spark.deploy.zookeeper.url of ' +
      'your own in spark.conf',
  ]);
});
