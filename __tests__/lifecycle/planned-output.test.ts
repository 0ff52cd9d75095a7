import { plannedCluster } from '../../lifecycle/planned-output';
import type { StackPlan } from '../../lifecycle/terraform';

const node = (name: string, serverId?: string, address?: string) => ({
  name,
  hostname: `dev-${name}`,
  group: 'worker',
  roles: ['node'],
  ...(serverId !== undefined && { serverId }),
  imageId: 'i',
  ...(address !== undefined && { address }),
  floatingIp: null,
  region: null,
  vcpus: 1,
  memoryMiB: 1024,
  volumes: [],
});
const cluster = (...nodes: readonly unknown[]) => ({ version: 1, environment: 'dev', planDigest: 'd', nodes });
const none = { outputs: {}, resources: [] };

function plan(after: unknown, unknown: unknown): StackPlan {
  return { empty: false, changes: [], drift: [], outputs: { cluster: { after, unknown } }, file: '', kept: false };
}

test('of a new node what nobody can know yet is said to be so, and it is bare', () => {
  const planned = plannedCluster(
    plan(cluster(node('worker-0', 's0', '10.0.0.1'), node('worker-1')), {
      nodes: [{ volumes: [] }, { serverId: true, address: true, volumes: [] }],
    }),
    none,
  );

  expect(planned?.output.nodes.map(({ serverId, address }) => [serverId, address])).toEqual([
    ['s0', '10.0.0.1'],
    ['(known after apply)', '(known after apply)'],
  ]);
  expect([...planned!.bare]).toEqual(['worker-1']);
});

test('where the output stays as it is, the state tells it; a stack without one has no nodes', () => {
  const value = cluster(node('worker-0', 's0', '10.0.0.1'));
  const unchanged = { ...plan(undefined, undefined), outputs: {} };

  expect(plannedCluster(unchanged, { outputs: { cluster: { value } }, resources: [] })?.output.nodes).toHaveLength(1);
  expect(plannedCluster(unchanged, none)).toBeUndefined();
});
