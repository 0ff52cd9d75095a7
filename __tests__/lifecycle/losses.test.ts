import { RefusedError } from '../../lifecycle/errors';
import { losses, refuseLosses } from '../../lifecycle/losses';
import { plannedChanges } from '../../lifecycle/planned-changes';

interface Case {
  readonly type?: string;
  readonly actions: readonly string[];
  readonly before?: Record<string, unknown> | null;
  readonly after?: Record<string, unknown> | null;
  readonly reason?: string;
  readonly replacePaths?: readonly (readonly string[])[];
}

function change({
  type = 'openstack_compute_instance_v2',
  actions,
  before = { id: 's1', name: 'dev-worker-0' },
  after = null,
  reason,
  replacePaths,
}: Case) {
  return {
    address: `${type}.x`,
    mode: 'managed',
    type,
    name: 'x',
    ...(reason && { action_reason: reason }),
    change: { actions, before, after, after_unknown: {}, ...(replacePaths && { replace_paths: replacePaths }) },
  };
}

const lossesOf = (each: Case, known?: ReadonlySet<string>) =>
  losses(plannedChanges({ resource_changes: [change(each)] }), known);

describe('review of a Terraform plan', () => {
  test('refuses to delete a server, and names it', () => {
    expect(lossesOf({ actions: ['delete'] })).toEqual(['server dev-worker-0 would be deleted']);
  });

  test('refuses to replace a server, and says what forces it', () => {
    const found = lossesOf({ actions: ['delete', 'create'], replacePaths: [['key_pair'], ['network', '0']] });
    expect(found).toEqual(['server dev-worker-0 would be deleted and made anew (key_pair, network)']);
  });

  test('refuses to delete a volume, a floating IP, a port and a network', () => {
    for (const type of [
      'blockstorage_volume_v3',
      'networking_floatingip_v2',
      'networking_port_v2',
      'networking_network_v2',
    ]) {
      expect(
        lossesOf({
          type: `openstack_${type}`,
          actions: ['delete'],
          before: { id: 'a', name: '', address: '203.0.113.9' },
        }),
      ).toHaveLength(1);
    }
  });

  test('refuses what the provider calls an update and is a rebuild', () => {
    const before = { id: 's1', name: 'dev-worker-0', image_id: 'a', flavor_id: 'f' };
    expect(lossesOf({ actions: ['update'], before, after: { ...before, image_id: 'b' } })).toEqual([
      'server dev-worker-0 would be rebuilt from another image, which wipes its disk (image_id)',
    ]);
    expect(lossesOf({ actions: ['update'], before, after: { ...before, flavor_id: 'g' } })).toEqual([]);
  });

  test('lets rules of security groups come and go', () => {
    expect(lossesOf({ type: 'openstack_networking_secgroup_rule_v2', actions: ['delete'] })).toEqual([]);
    expect(lossesOf({ type: 'openstack_networking_secgroup_rule_v2', actions: ['create', 'delete'] })).toEqual([]);
  });

  test('lets a server that was never finished be made anew, but not one that was configured', () => {
    const tainted: Case = { actions: ['delete', 'create'], reason: 'replace_because_tainted' };
    expect(lossesOf(tainted)).toEqual([]);
    expect(lossesOf(tainted, new Set(['s1']))).toHaveLength(1);
  });

  test('passes over what stays, and what is read', () => {
    expect(
      plannedChanges({
        resource_changes: [change({ actions: ['no-op'] }), { ...change({ actions: ['read'] }), mode: 'data' }],
      }),
    ).toEqual([]);
  });

  test('refuses with every loss and what to do', () => {
    const changes = plannedChanges({
      resource_changes: [
        change({ actions: ['delete'] }),
        change({ actions: ['delete'], before: { id: 's2', name: 'dev-worker-1' } }),
      ],
    });
    const refused = () => refuseLosses('dev', changes);
    expect(refused).toThrow(RefusedError);
    expect(refused).toThrow(/firesteel plan dev --to update[\s\S]*dev-worker-0[\s\S]*dev-worker-1/);
    expect(() => refuseLosses('dev', [])).not.toThrow();
  });
});
