import { canBeBaked, installDigests, isBakedName, roleProperties } from '../../plan/baked-image';
import { sparkClusterPlan } from '../../plan/spark-cluster';
import { bastion, findRole, node } from '../../roles';
import type { Role } from '../../roles/role';

const plan = (spark: object = {}, further: object = {}) =>
  sparkClusterPlan('dev', {
    image: 'debian-12',
    master: { flavor: 'small' },
    workers: { flavor: 'small', count: 2 },
    spark,
    ...further,
  });
const ROLES = [node, bastion, findRole('spark-worker')];
const digests = (settings = plan().settings) => installDigests(ROLES, settings);

test('a name says whether roles are in an image', () => {
  expect(isBakedName('firesteel-spark')).toBe(true);
  expect(isBakedName('debian-12')).toBe(false);
});

test('a role that installs nothing has no part in an image', () => {
  expect(canBeBaked(bastion)).toBe(false);
  expect(Object.keys(digests())).toEqual(['node', 'spark-worker']);
});

test('another version of Spark is another worker and the same node', () => {
  const other = digests(plan({ version: '4.2.1', source: { sha256: 'a'.repeat(64) } }).settings);
  expect(other.node).toBe(digests().node);
  expect(other['spark-worker']).not.toBe(digests()['spark-worker']);
});

test('packages of the plan are another node; what is only configured is the same', () => {
  expect(digests(plan({}, { apt: { packages: ['tree'] } }).settings).node).not.toBe(digests().node);
  expect(digests(plan({ conf: { 'spark.sql.shuffle.partitions': 24 } }).settings)).toEqual(digests());
});

test('where a folder lies that is installed from is no matter', () => {
  const role = (path: string): Role => ({
    ...node,
    artifacts: () => [
      {
        fileName: 'app.tar',
        source: { kind: 'folder', path, sha256: 'b'.repeat(64) },
        installedMarker: '/opt/app/.done',
      },
    ],
  });
  const { settings } = plan();
  expect(installDigests([role('/home/ada/app')], settings)).toEqual(installDigests([role('/srv/app')], settings));
});

test('properties are named after the roles', () => {
  const { settings } = plan();
  expect(Object.keys(roleProperties(ROLES, settings))).toEqual(['firesteel_role_node', 'firesteel_role_spark_worker']);
  for (const value of Object.values(roleProperties(ROLES, settings))) expect(value).toMatch(/^[0-9a-f]{16}$/);
});
