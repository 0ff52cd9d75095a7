import { refuseOtherChanges } from '../../lifecycle/_other-changes';
import { plannedChanges } from '../../lifecycle/planned-changes';

const SERVER = 'openstack_compute_instance_v2';

function change(type: string, id: string, actions: readonly string[], more: object = {}) {
  return {
    address: `${type}.${id}`,
    mode: 'managed',
    type,
    change: { actions, before: { name: id }, after: { name: id } },
    ...more,
  };
}

const refusal =
  (...changes: readonly object[]) =>
  () =>
    refuseOtherChanges('dev', plannedChanges({ resource_changes: changes }), [{ group: 'worker', node: 'worker-1' }]);

test('what belongs to the nodes that it is about may change, and what belongs to none', () => {
  expect(
    refusal(
      change(SERVER, 'worker_worker-1_5B1E0A6C', ['delete']),
      change('openstack_blockstorage_volume_v3', 'worker_worker-1_volume-data_1', ['delete']),
      change('openstack_networking_port_v2', 'worker_worker-1_port_1', ['create']),
      change('openstack_networking_secgroup_rule_v2', 'firewall_rule_1', ['delete']),
    ),
  ).not.toThrow();
});

test('refuses what would change another node, also one whose name begins alike, and names all of it', () => {
  const more = refusal(
    change(SERVER, 'worker_worker-12_5B1E0A6C', ['delete']),
    change(SERVER, 'master_master-0_77', ['update'], {
      change: {
        actions: ['update'],
        before: { name: 'dev-master-0', flavor: 'a' },
        after: { name: 'dev-master-0', flavor: 'b' },
      },
    }),
  );
  expect(more).toThrow(/worker-12\S* would be deleted[\s\S]*server dev-master-0 would be changed \(flavor\)/);
  expect(more).toThrow('firesteel plan dev --to update');
});

test('refuses to make a server that somebody has deleted by hand, which nobody would configure', () => {
  expect(refusal(change(SERVER, 'worker_worker-0_1', ['create']))).toThrow('worker-0_1 would be created');
});

test('a server that was never finished may be made anew', () => {
  const reason = { action_reason: 'replace_because_tainted' };
  expect(refusal(change(SERVER, 'worker_worker-3_1', ['delete', 'create'], reason))).not.toThrow();
  expect(refusal(change(SERVER, 'worker_worker-3_1', ['delete', 'create']))).toThrow('would be replaced');
});
