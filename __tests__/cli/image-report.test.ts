import { describeBuilt, describeImages, describeRemoved, describeUsed } from '../../cli/reports/image-report';
import type { ListedImage } from '../../lifecycle/image/list';

const IMAGE: ListedImage = {
  ...{ id: 'a1', name: 'firesteel-spark', status: 'active', created: '2026-11-01T10:00:00Z', sizeBytes: 1 },
  ...{
    kind: 'spark',
    roles: ['node', 'spark-worker'],
    software: ['spark-4.2.1'],
    source: 'debian-12',
    firesteel: '0.1.0',
  },
  servers: { dev: 3 },
};

const at = (text: string) => Date.parse(text);

test('a list says age, roles, versions and whose servers were made from each', () => {
  const queued = { ...IMAGE, id: 'b2', status: 'queued', servers: {}, software: [] };
  expect(describeImages([IMAGE, queued], at('2026-11-01T14:30:00Z')).split('\n')).toEqual([
    'NAME             AGE     ROLES              VERSIONS     SERVERS OF  ID',
    'firesteel-spark  4 h     node,spark-worker  spark-4.2.1  dev (3)     a1',
    'firesteel-spark  queued  node,spark-worker  -            -           b2',
  ]);
  expect(describeImages([IMAGE], at('2026-11-01T10:40:00Z'))).toContain('40 min');
  expect(describeImages([IMAGE], at('2026-11-13T10:00:00Z'))).toContain('12 d');
  expect(describeImages([], 0)).toBe('no image has been built; "firesteel image build" makes one');
});

test('what was built, and how it is used', () => {
  const text = describeBuilt({ ...IMAGE, flavor: 'm1.small', packer: '1.6.6', seconds: 80.4 });
  expect(text).toContain('image firesteel-spark is built (a1), in 80 s');
  expect(text).toContain('node, spark-worker (spark-4.2.1)');
  expect(text).toContain('firesteel image use firesteel-spark ENVIRONMENT');
});

test('what an environment names, what the image lacks, and which groups keep their own', () => {
  const used = {
    environment: 'dev',
    image: 'firesteel-spark',
    changed: true,
    lacks: { worker: 'it lacks' },
    others: ['edge'],
  };
  expect(describeUsed(used)).toMatch(
    /^new servers of dev start from firesteel-spark;.*\n {2}worker: it lacks\n {2}edge: stays/,
  );
  expect(describeUsed({ ...used, changed: false, lacks: {}, others: [] })).toBe('dev names firesteel-spark already');
});

test('what was deleted', () => {
  expect(describeRemoved({ removed: [IMAGE] })).toBe('firesteel-spark of 2026-11-01 (a1) is deleted');
  expect(describeRemoved({ removed: [] })).toBe('nothing to delete');
});
