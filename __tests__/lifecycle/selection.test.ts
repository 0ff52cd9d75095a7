import { type Selection, selectNodes } from '../../lifecycle/selection';
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
