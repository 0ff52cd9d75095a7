import { infrastructureDigest } from '../../plan/digest';
import { clusterPlan } from '../../plan/general-cluster';
import { loadEnvironment } from '../../plan/load-environments';
import type { PlanError } from '../../plan/plan-error';
import { issuesOf, project } from './_project';

const withWords = (words: string) =>
  `kind: cluster\nimage: debian-12\ngroups:\n  node:\n    flavor: m1.small\n    ${words}\n`;

function groupOf(words: string) {
  const environment = loadEnvironment(project({ 'dev.yaml': withWords(words) }), 'dev');
  if (environment.kind !== 'cluster') throw new Error('dev is a cluster');
  return environment.plan.groups[0]!;
}

const issues = (words: string) => issuesOf({ 'dev.yaml': withWords(words) });

describe('the disk that servers boot from, and swap', () => {
  test('are what the group says', () => {
    expect(groupOf('root: { sizeGiB: 50, type: ssd }')).toMatchObject({ root: { sizeGiB: 50, type: 'ssd' } });
    expect(groupOf('swap: 20%')).toMatchObject({ swap: { percent: 20 } });
    expect(groupOf('swap: { sizeMiB: 2048 }')).toMatchObject({ swap: { sizeMiB: 2048 } });
  });

  test('are the flavor’s disk and none, where it says nothing', () => {
    expect(groupOf('count: 1')).not.toHaveProperty('root');
    expect(groupOf('count: 1')).not.toHaveProperty('swap');
  });

  test('of workers of a Spark cluster too', () => {
    const yaml =
      'kind: spark\nimage: x\nmaster: { flavor: m, swap: { sizeMiB: 512 } }\nworkers: { flavor: m, count: 1, root: { sizeGiB: 20 } }\n';
    const environment = loadEnvironment(project({ 'dev.yaml': yaml }), 'dev');
    expect(environment.kind === 'cluster' && environment.plan.groups).toMatchObject([
      { swap: { sizeMiB: 512 } },
      { root: { sizeGiB: 20 } },
    ]);
  });

  test('root is told to Terraform, swap is not', () => {
    const digest = (more: object) =>
      infrastructureDigest(clusterPlan('dev', { image: 'x', groups: { node: { flavor: 'm', ...more } } }));
    expect(digest({ swap: '20%' })).toBe(digest({}));
    expect(digest({ root: { sizeGiB: 20 } })).not.toBe(digest({}));
  });

  test.each([
    ['swap: 95%', '6:11: groups.node.swap: must be a part of the root disk from 1% to 90%, such as 20%, or a size'],
    ['swap: 0%', '6:11: groups.node.swap: must be a part of the root disk'],
    ['swap: { sizeMiB: 0 }', '6:22: groups.node.swap.sizeMiB: must be at least 1'],
    ['swap: { size: 5 }', '6:13: groups.node.swap.size: unknown key "size"'],
    ['root: { sizeGiB: 0 }', '6:22: groups.node.root.sizeGiB: must be at least 1, got 0'],
    ['swap: 20', '6:11: groups.node.swap: must be a string or a section, got 20'],
    ['root: 50', '6:11: groups.node.root: must be a section, got 50'],
  ])('refuses %s', (words, message) => {
    expect(issues(words).join('\n')).toContain(message);
  });

  test('refuses what TypeScript lets pass', () => {
    const plan = () => clusterPlan('dev', { image: 'x', groups: { node: { flavor: 'm', swap: '2GiB' } } });
    expect(plan).toThrow(
      expect.objectContaining({ issues: [expect.objectContaining({ path: 'groups.node.swap' })] }) as PlanError,
    );
  });
});
