import type { Flavor } from '../../cloud/compute';
import { tooLittleMemory } from '../../lifecycle/_role-memory';
import { sparkClusterPlan } from '../../plan/spark-cluster';

const PLAN = sparkClusterPlan('dev', {
  image: 'debian-12',
  bastion: { flavor: 'tiny' },
  master: { flavor: 'small' },
  workers: { flavor: 'tiny', count: 2 },
});

function flavors(sizes: Readonly<Record<string, number>>): Map<string, Flavor> {
  const flavor = (name: string, ramMiB: number): Flavor => ({
    id: name,
    name,
    vcpus: 1,
    ramMiB,
    diskGiB: 10,
    public: true,
    disabled: false,
  });
  return new Map(Object.entries(sizes).map(([name, ramMiB]) => [name, flavor(name, ramMiB)]));
}

test('a flavor that is large enough for every role is no problem', () => {
  expect(tooLittleMemory(PLAN, flavors({ tiny: 1024, small: 2048 }))).toEqual([]);
});

test('refuses a flavor by the group whose role needs more; a bastion needs none', () => {
  const problems = tooLittleMemory(PLAN, flavors({ tiny: 512, small: 2048 }));

  expect(problems).toHaveLength(1);
  expect(problems[0]).toMatchObject({ kind: 'unusable', subject: 'flavor', name: 'tiny' });
  expect(problems[0]!.message).toMatch(
    /^flavor "tiny" of group worker has 512 MiB of memory, role spark-worker needs at least \d+ MiB: take a larger one/,
  );
});

test('refuses every group that is too small, not the first', () => {
  const groups = tooLittleMemory(PLAN, flavors({ tiny: 512, small: 512 })).map(({ message }) => message);

  expect(groups.map((message) => /of group (\S+)/.exec(message)![1])).toEqual(['master', 'worker']);
});

test('says nothing of flavors that the cloud has not', () => {
  expect(tooLittleMemory(PLAN, flavors({ small: 2048 }))).toEqual([]);
});
