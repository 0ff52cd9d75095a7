import type { Image } from '../../../cloud/image';
import type { ImageContents } from '../../../lifecycle/image/contents';
import { foreignProperties, labelOf, tryLabel } from '../../../lifecycle/image/label';
import { sparkClusterPlan } from '../../../plan/spark-cluster';
import { findRole, node, ROLES } from '../../../roles';

const { settings } = sparkClusterPlan('dev', {
  image: 'debian-12',
  master: { flavor: 'small' },
  workers: { flavor: 'small', count: 1 },
});
const contents: ImageContents = { label: 'spark', roles: [node, findRole('spark-worker')], settings };
const source = image('source', {});

function image(id: string, properties: Readonly<Record<string, string>>): Image {
  return {
    ...{ id, name: 'debian-12', status: 'active', visibility: 'public', owner: undefined, properties },
    ...{ minDiskGiB: 0, minRamMiB: 0, sizeBytes: 1, createdAt: '2026-11-01T10:00:00Z' },
  };
}

test('an image says what is in it, from what, and who logs in', () => {
  const properties = labelOf('baked', contents, { source, user: 'debian' });
  expect(properties).toMatchObject({ firesteel_source_id: 'source', default_user: 'debian' });
  expect(tryLabel(image('baked', properties))).toEqual({
    kind: 'spark',
    roles: ['node', 'spark-worker'],
    software: [expect.stringMatching(/^spark-\d/)],
    source: 'debian-12',
    firesteel: expect.stringMatching(/^\d+\.\d+\.\d+/),
  });
});

test('refuses a snapshot of a server that was made from it: it has all its properties, and another id', () => {
  expect(tryLabel(image('snapshot', labelOf('baked', contents, { source, user: 'debian' })))).toBeUndefined();
  expect(tryLabel(source)).toBeUndefined();
});

test('no value is longer than the cloud takes, and every role is still known', () => {
  const all = ROLES.filter(({ install, settings: own }) => install && !own);
  const many: ImageContents = { ...contents, label: 'x'.repeat(300), roles: [...all, ...manyRoles()] };
  const properties = labelOf('baked', many, { source, user: 'debian' });
  for (const value of Object.values(properties)) expect(value.length).toBeLessThanOrEqual(255);
  expect(tryLabel(image('baked', properties))!.roles).toHaveLength(many.roles.length);
});

function manyRoles() {
  return Array.from({ length: 30 }, (_, index) => ({ ...node, name: `role-number-${index}` }));
}

test('what the source was baked with is not said of the new one', () => {
  const own = labelOf('baked', contents, { source, user: 'debian' });
  const inherited = image('baked', { ...own, firesteel_role_kafka: 'x', firesteel_build: 'y', os_distro: 'debian' });
  expect(foreignProperties(inherited, own)).toEqual(['firesteel_role_kafka', 'firesteel_build']);
});
