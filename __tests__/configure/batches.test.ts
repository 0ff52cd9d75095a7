import { batchesOf, firstBatch } from '../../configure/batches';
import { type Member, membersOf } from '../../configure/context';
import { sparkClusterPlan } from '../../plan/spark-cluster';
import type { Role } from '../../roles/role';
import { wavesOf } from '../../roles/start-waves';
import { deployedNode } from '../_ssh-node';

const role = (name: string, ...after: string[]): Role => ({ name, summary: '', exposes: [], after });
const node = role('node');
const master = role('master');
const worker = role('worker', 'master');
const members = (group: string, count: number, ...roles: Role[]): readonly Member[] =>
  Array.from({ length: count }, (_, number) => ({ deployed: deployedNode(`${group}-${number}`), tags: [], roles }));
const namesOf = (batch: readonly Member[]) => batch.map(({ deployed }) => deployed.name).join(' ');
const batches = (all: readonly Member[], size: number, waves = wavesOf(all)) =>
  batchesOf(all, waves, size).map(namesOf);

test('what others start after is first, one node at a time; the others come in batches', () => {
  const all = [...members('worker', 5, node, worker), ...members('master', 2, node, master)];
  expect(batches(all, 2)).toEqual(['master-0', 'master-1', 'worker-0 worker-1', 'worker-2 worker-3', 'worker-4']);
});

test('of a Spark cluster with ZooKeeper, masters come after it and before the workers', () => {
  const plan = sparkClusterPlan('dev', {
    image: 'debian-12',
    master: { flavor: 'm1.small', count: 2 },
    workers: { flavor: 'm1.large', count: 3 },
    zookeeper: { flavor: 'm1.tiny' },
    bastion: { flavor: 'm1.tiny' },
  });
  const nodes = plan.groups.flatMap(({ name, numbers }) => numbers.map((number) => deployedNode(`${name}-${number}`)));
  const all = membersOf(plan, { version: 1, environment: 'dev', planDigest: '', nodes });
  const order = batches(all, 9);
  expect([...order].sort()).toEqual([
    'bastion-0',
    'master-0',
    'master-1',
    'worker-0 worker-1 worker-2',
    'zookeeper-0',
    'zookeeper-1',
    'zookeeper-2',
  ]);
  expect(order.slice(-3)).toEqual(['master-0', 'master-1', 'worker-0 worker-1 worker-2']);
});

test('no batch is of two groups, and what starts at the same time keeps its order', () => {
  const all = [...members('b', 1, node), ...members('a', 2, node, role('other')), ...members('c', 1, node)];
  expect(batches(all, 3)).toEqual(['b-0', 'a-0 a-1', 'c-0']);
});

test('a role that only nodes outside of the batches start after is one at a time too', () => {
  const masters = members('master', 2, master);
  expect(batches(masters, 2)).toEqual(['master-0 master-1']);
  expect(batches(masters, 2, wavesOf([{ roles: [master, worker] }]))).toEqual(['master-0', 'master-1']);
});

test('the first batch is of the group that is first, however the others lie between', () => {
  const [w0, w1, w2] = members('worker', 3, worker);
  const [m0] = members('master', 1, master);
  const waves = wavesOf([w0!, m0!]);
  expect(namesOf(firstBatch([w0!, m0!, w1!, w2!], waves, 2))).toBe('worker-0 worker-1');
  expect(firstBatch([], waves, 2)).toEqual([]);
});

test('nobody needs no batch', () => {
  expect(batches([], 1)).toEqual([]);
});

test.each([0, -1, 1.5, Number.NaN])('refuses batches of %p nodes', (size) => {
  expect(() => batches(members('worker', 2, worker), size)).toThrow(
    `batch: ${size} is no number of nodes to change at a time`,
  );
});
