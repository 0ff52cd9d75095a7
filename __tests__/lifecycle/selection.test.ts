import { namedNodes, type Selection, selectNodes, selectReachable } from '../../lifecycle/selection';
import { sparkClusterPlan } from '../../plan/spark-cluster';
import { deployedNode } from '../_ssh-node';

const output = {
  version: 1 as const,
  environment: 'dev',
  planDigest: '',
  nodes: [
    deployedNode('master-0', { roles: ['node', 'spark-master'] }),
    deployedNode('worker-0', { roles: ['node', 'spark-worker'] }),
    deployedNode('worker-1', { roles: ['node', 'spark-worker'] }),
  ],
};
const select = (selection: Selection) => selectNodes({ output }, selection).map(({ name }) => name);

test.each<[Selection, string[]]>([
  [{}, ['master-0', 'worker-0', 'worker-1']],
  [{ on: ['worker-1', 'dev-master-0'] }, ['master-0', 'worker-1']],
  [{ groups: ['worker'] }, ['worker-0', 'worker-1']],
  [{ roles: ['spark-master', 'spark-worker'] }, ['master-0', 'worker-0', 'worker-1']],
  [{ on: ['worker-1', 'master-0'], roles: ['spark-worker'] }, ['worker-1']],
])('%j selects %j', (selection, names) => expect(select(selection)).toEqual(names));

test('refuses every name that there is not, and says what was meant', () => {
  expect(() => select({ on: ['worker-9', 'wroker-1'], groups: ['workers'], roles: ['spark'] })).toThrow(
    [
      'dev has no node "worker-9" (did you mean "worker-0"?): it has master-0, worker-0, worker-1',
      'dev has no node "wroker-1" (did you mean "worker-1"?): it has master-0, worker-0, worker-1',
      'dev has no group "workers" (did you mean "worker"?): it has master, worker',
      'dev has no role "spark" (did you mean "node"?): it has node, spark-master, spark-worker',
    ].join('\n'),
  );
});

test('refuses conditions that no node fits', () => {
  expect(() => select({ on: ['master-0'], roles: ['spark-worker'] })).toThrow(
    'no node of dev fits all that was asked for: node master-0, role spark-worker',
  );
});

test('names of hosts are names of nodes', () => {
  expect(namedNodes({ output }, ['worker-1', 'dev-worker-0'])).toEqual({ onlyNodes: ['worker-0', 'worker-1'] });
  expect(namedNodes({ output }, undefined)).toEqual({});
});

describe('nodes whose servers are to be off', () => {
  const groups = (master: 'off' | 'stopped', worker: Readonly<Record<string, 'off' | 'stopped'>>) => ({
    master: { next: 1, nodes: [0], resting: { 0: master } },
    worker: { next: 2, nodes: [0, 1], resting: worker },
  });
  const reachable = (register: ReturnType<typeof groups>, selection: Selection = {}) => {
    const flavor = 'small';
    const spec = { image: 'debian-12', master: { flavor }, workers: { flavor, count: 2 } };
    const plan = sparkClusterPlan('dev', spec, { version: 1, groups: register });
    const { nodes, off } = selectReachable({ output, plan }, selection);
    return [nodes.map(({ name }) => name), off];
  };

  test('are left out, those whose services only are stopped are not', () => {
    const register = groups('stopped', { 1: 'off' });
    expect(reachable(register)).toEqual([['master-0', 'worker-0'], ['worker-1']]);
    expect(reachable(register, { roles: ['spark-master'] })).toEqual([['master-0'], []]);
  });

  test('refuses those that are named, and a selection of which nothing would be left', () => {
    const register = groups('stopped', { 0: 'off', 1: 'off' });
    expect(() => reachable(register, { on: ['master-0', 'dev-worker-1'] })).toThrow(
      'worker-1 of dev is off: "firesteel start dev worker-1" starts it',
    );
    expect(() => reachable(register, { groups: ['worker'] })).toThrow(
      'worker-0, worker-1 of dev are off: "firesteel start dev worker-0 worker-1" starts them',
    );
    expect(() => reachable(groups('off', { 0: 'off', 1: 'off' }))).toThrow(
      'master-0, worker-0, worker-1 of dev are off: "firesteel start dev" starts them',
    );
  });
});
