import type { Member } from '../../configure/context';
import { Turns } from '../../configure/turns';
import type { Role } from '../../roles/role';
import { deployedNode } from '../_ssh-node';

const role = (name: string, ...after: string[]): Role => ({ name, summary: '', exposes: [], after });
const master = role('master');
const worker = role('worker', 'master');
const history = role('history', 'master');
const member = (name: string, ...roles: Role[]): Member => ({ deployed: deployedNode(name), tags: [], roles });
const masters = [member('master-0', master, history), member('master-1', master, history)];
const workers = [0, 1, 2, 3, 4].map((number) => member(`worker-${number}`, worker));

/** Nodes whose turn has come, in that order, and what the others were told. */
function start(members: readonly Member[], batch: number) {
  const turns = new Turns({ members, waves: [[master], [worker, history]], batch });
  const begun: string[] = [];
  const refused: string[] = [];
  const wait = (one: Member, roles = one.roles.slice(0, 1)): void => {
    const { name } = one.deployed;
    turns.wait(one, roles).then(
      () => begun.push(name),
      (error: Error) => refused.push(`${name}: ${error.message}`),
    );
  };
  return { turns, begun, refused, wait };
}
const settled = () => new Promise((resolve) => setImmediate(resolve));

test('nobody has a turn before all others are finished, then one after the other, in the order of the plan', async () => {
  const { turns, begun, wait } = start(workers, 1);
  wait(workers[2]!);
  wait(workers[1]!);
  turns.ended(workers[0]!, true);
  turns.ended(workers[3]!, true);
  await settled();
  expect(begun).toEqual([]);
  turns.ended(workers[4]!, true);
  await settled();
  expect(begun).toEqual(['worker-1']);
  turns.ended(workers[1]!, true);
  await settled();
  expect(begun).toEqual(['worker-1', 'worker-2']);
});

test('a batch begins when the last one of the batch before it has ended', async () => {
  const { turns, begun, wait } = start(workers, 2);
  for (const one of workers) wait(one);
  await settled();
  expect(begun).toEqual(['worker-0', 'worker-1']);
  turns.ended(workers[1]!, true);
  await settled();
  expect(begun).toHaveLength(2);
  turns.ended(workers[0]!, true);
  await settled();
  expect(begun.slice(2)).toEqual(['worker-2', 'worker-3']);
});

test('what others wait for comes first, one at a time; no batch is of two groups', async () => {
  const all = [workers[0]!, ...masters, workers[1]!];
  const { turns, begun, wait } = start(all, 9);
  for (const one of all) wait(one);
  for (const expected of [['master-0'], ['master-1'], ['worker-0', 'worker-1']]) {
    await settled();
    expect(begun.splice(0)).toEqual(expected);
    for (const name of expected) turns.ended(all.find(({ deployed }) => deployed.name === name)!, true);
  }
});

test('the order is that of the roles which are interrupted, not of all that a node has', async () => {
  const { turns, begun, wait } = start([workers[0]!, masters[0]!], 1);
  wait(masters[0]!, [history]);
  wait(workers[0]!);
  await settled();
  expect(begun).toEqual(['worker-0']); // the same wave: the plan's order
  turns.ended(workers[0]!, true);
  await settled();
  expect(begun).toEqual(['worker-0', 'master-0']);
});

test('the first failure stops all that were not begun, and they say because of whom', async () => {
  const { turns, begun, refused, wait } = start(workers.slice(0, 3), 1);
  for (const one of workers.slice(0, 3)) wait(one);
  await settled();
  turns.ended(workers[0]!, false);
  await settled();
  expect(begun).toEqual(['worker-0']);
  expect(refused).toEqual([
    'worker-1: not begun because worker-0 failed',
    'worker-2: not begun because worker-0 failed',
  ]);
});

test('nor does any begin where one that needed no turn has failed', async () => {
  const { turns, begun, refused, wait } = start(workers.slice(0, 2), 1);
  turns.ended(workers[1]!, false);
  wait(workers[0]!);
  await settled();
  expect(begun).toEqual([]);
  expect(refused).toEqual(['worker-0: not begun because worker-1 failed']);
});

test.each([0, -1, 1.5, Number.NaN])('refuses a batch of %p nodes', (batch) => {
  expect(() => start(workers, batch)).toThrow(`batch: ${batch} is no number of nodes to change at a time`);
});
