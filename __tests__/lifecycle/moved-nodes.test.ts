import { moved } from '../../lifecycle/_moved-nodes';
import type { DeployedNode } from '../../plan/cluster-output';

const node = (name: string, serverId: string, address: string) => ({ name, serverId, address }) as DeployedNode;

test('only a server that was there before, and has another address now, is to be rebooted', () => {
  const before = [
    node('worker-0', 'a', '10.0.0.1'),
    node('worker-1', 'b', '10.0.0.2'),
    node('worker-2', 'c', '10.0.0.3'),
  ];
  const now = [
    node('worker-0', 'a', '10.0.0.1'),
    node('worker-1', 'b', '10.0.0.9'),
    node('worker-2', 'new', '10.0.0.8'),
    node('worker-3', 'd', '10.0.0.4'),
  ];

  expect(moved(now, before).map(({ name }) => name)).toEqual(['worker-1']);
  expect(moved(now, [])).toEqual([]);
});
