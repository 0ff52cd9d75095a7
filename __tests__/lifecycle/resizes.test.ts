import { join } from 'node:path';
import { describeSizes, groupsOf, wantedSizes } from '../../lifecycle/_resizes';
import { type ClusterEnvironment, loadEnvironment } from '../../plan/load-environments';
import { updateRegister, withoutNodes, writeRegister } from '../../plan/node-register';
import { COMMON, DEV, project } from '../plan/_project';

/** Workers 0, 2 and 3. */
function environment(): ClusterEnvironment {
  const dir = project({ 'common.yaml': COMMON, 'dev.yaml': DEV.replace('count: 2', 'count: 3') });
  const four = updateRegister({ version: 1, groups: {} }, { master: 1, worker: 4 });
  writeRegister(join(dir, 'environments', 'dev.nodes.json'), withoutNodes(four, 'worker', [1]));
  return loadEnvironment(dir, 'dev') as ClusterEnvironment;
}

test('sizes are by the words of the file, and named nodes make their group smaller', () => {
  const dev = environment();
  expect(wantedSizes(dev, { sizes: { workers: 5 } })).toEqual([{ word: 'workers', group: 'worker', count: 5 }]);
  expect(wantedSizes(dev, { remove: ['worker-2', 'dev-worker-3'] })).toEqual([
    { word: 'workers', group: 'worker', count: 1 },
  ]);
  expect(wantedSizes(dev, { sizes: { workers: 2 }, remove: ['worker-0'] })).toHaveLength(1);
  expect(wantedSizes(dev, {})).toEqual([]);
  expect(describeSizes(wantedSizes(dev, { sizes: { workers: 5, masters: 3 } }))).toBe('workers=5 masters=3');
});

test('nodes are found by both of their names, each once', () => {
  expect([...groupsOf(environment(), ['worker-3', 'dev-worker-3', 'worker-0'])]).toEqual([['worker', [3, 0]]]);
});

test.each([
  [{ sizes: { workers: 0 } }, "dev can't have 0 workers: at least 1 has to stay"],
  [{ sizes: { workers: 2, worker: 3 } }, 'the number of group worker is given twice'],
  [{ sizes: { wrokers: 2 } }, 'did you mean "workers"'],
  [{ remove: ['worker-1'] }, 'dev has no node "worker-1": it has master-0, worker-0, worker-2, worker-3'],
  [{ remove: ['worker-0', 'worker-2', 'worker-3'] }, "dev can't have 0 workers"],
])('refuses %j', (wanted, message) => {
  expect(() => wantedSizes(environment(), wanted)).toThrow(message);
});
