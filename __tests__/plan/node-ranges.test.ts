import { nodeRanges } from '../../plan/node-ranges';

test.each([
  [['master-0'], 'master-0'],
  [['worker-0', 'worker-1'], 'worker-0, worker-1'],
  [['worker-0', 'worker-1', 'worker-2', 'worker-3'], 'worker-0..worker-3'],
  [['master-0', 'worker-8', 'worker-9', 'worker-10', 'worker-12'], 'master-0, worker-8..worker-10, worker-12'],
  [['a-0', 'b-1', 'b-2', 'odd'], 'a-0, b-1, b-2, odd'],
  [[], ''],
])('%j', (names, text) => expect(nodeRanges(names)).toBe(text));
