import type { Image } from '../../../cloud/image';
import { chooseImage, describeLack, fits, rolesLeft } from '../../../lifecycle/image/choice';
import { roleProperties } from '../../../plan/baked-image';
import { sparkClusterPlan } from '../../../plan/spark-cluster';
import { bastion, findRole, node } from '../../../roles';

const { settings } = sparkClusterPlan('dev', {
  image: 'firesteel-spark',
  master: { flavor: 'small' },
  workers: { flavor: 'small', count: 2 },
});
const roles = [node, bastion, findRole('spark-worker')];
const GOOD = roleProperties(roles, settings);

function image(id: string, day: number, properties: Readonly<Record<string, string>>, status = 'active'): Image {
  return {
    ...{ id, name: 'firesteel-spark', status, visibility: 'private', owner: undefined, properties },
    ...{ minDiskGiB: 5, minRamMiB: 0, sizeBytes: 1, createdAt: `2026-11-0${day}T10:00:00Z` },
  };
}

const choose = (...images: Image[]) => chooseImage(images, { roles, settings })!;

test('the newest that has all roles as they are wanted, whatever else is in it', () => {
  const choice = choose(
    image('old', 1, GOOD),
    image('new', 2, { ...GOOD, firesteel_role_kafka: 'x' }),
    image('other', 3, {}),
  );
  expect(choice.image.id).toBe('new');
  expect(fits(choice)).toBe(true);
  expect(describeLack(choice)).toBeUndefined();
  expect(rolesLeft(choice, roles)).toEqual([]);
});

test('else the newest, and what configure has to install', () => {
  const choice = choose(image('old', 1, {}), image('new', 2, { ...GOOD, firesteel_role_spark_worker: 'another' }));
  expect(choice.image.id).toBe('new');
  expect(choice).toMatchObject({ outdated: ['spark-worker'], missing: [] });
  expect(rolesLeft(choice, roles).map(({ name }) => name)).toEqual(['spark-worker']);
  expect(describeLack(choice)).toBe(
    'the newest image "firesteel-spark", of 2026-11-02, has spark-worker as the plan does not want it any more: configure installs that on each node',
  );
});

test('an image without a role lacks it', () => {
  expect(describeLack(choose(image('new', 2, { firesteel_role_node: GOOD.firesteel_role_node! })))).toContain(
    'has no spark-worker:',
  );
});

test('one that is not finished is none', () => {
  expect(choose(image('old', 1, {}), image('saving', 2, GOOD, 'queued')).image.id).toBe('old');
  expect(chooseImage([image('saving', 2, GOOD, 'queued')], { roles, settings })).toBeUndefined();
});
