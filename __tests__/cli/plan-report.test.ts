import { describePlan, isEmptyPlan, planMarkdown } from '../../cli/reports/plan-report';
import { plannedChanges } from '../../lifecycle/planned-changes';
import { noun } from '../../lifecycle/resource-nouns';
import type { SavedPlan } from '../../lifecycle/saved-plan';

const NOTHING: SavedPlan = {
  version: 1,
  environment: 'dev',
  goal: 'update',
  created: '2026-11-28T12:00:00.000Z',
  by: 'ada@laptop',
  file: 'f',
  digests: { stack: 's', plan: {}, roles: {} },
  empty: true,
  changes: [],
  drift: [],
  strangers: [],
  nodes: [{ name: 'worker-0', basis: 'facts', changes: [], facts: {} }],
  leaving: [],
  losses: [],
  interrupted: false,
};

const changes = plannedChanges({
  resource_changes: [
    {
      address: 'openstack_compute_instance_v2.a',
      mode: 'managed',
      type: 'openstack_compute_instance_v2',
      change: {
        actions: ['update'],
        before: { id: 's1', name: 'dev-worker-0', flavor_name: 'small', admin_pass: 'old' },
        after: { id: 's1', name: 'dev-worker-0', flavor_name: 'large', admin_pass: 'new' },
        before_sensitive: { admin_pass: true },
      },
    },
    {
      address: 'openstack_networking_secgroup_rule_v2.b',
      mode: 'managed',
      type: 'openstack_networking_secgroup_rule_v2',
      change: {
        actions: ['create'],
        before: null,
        after: {
          direction: 'ingress',
          protocol: 'tcp',
          port_range_min: 7077,
          port_range_max: 7110,
          remote_ip_prefix: '10.0.0.0/8',
        },
      },
    },
  ],
});

const bare = (name: string) => ({
  name,
  basis: 'assumed bare' as const,
  changes: [{ operation: `hostname dev-${name}`, description: `name the machine dev-${name}`, diff: '+all' }],
  facts: {},
});

const FULL: SavedPlan = {
  ...NOTHING,
  empty: false,
  changes,
  nodes: [
    bare('worker-1'),
    bare('worker-2'),
    {
      name: 'worker-0',
      basis: 'facts',
      changes: [
        { operation: 'file /etc/a', description: 'write /etc/a', diff: '-old\n+new\n' },
        { operation: 'unit a.service', description: 'restart a.service', restarts: 'a.service' },
      ],
      facts: {},
    },
  ],
  leaving: ['worker-3'],
  losses: ['server dev-worker-3 would be deleted'],
};

test('a plan that does nothing says so, and nothing comes next', () => {
  expect(isEmptyPlan(NOTHING)).toBe(true);
  expect(describePlan(NOTHING, noun)).toMatch(
    /nothing to change[\s\S]*nothing to change on 1 nodes[\s\S]*Nothing to update\.$/,
  );
});

test('what an interrupted run has left is something to do', () => {
  const left = { ...NOTHING, interrupted: true };
  expect(isEmptyPlan(left)).toBe(false);
  expect(describePlan(left, noun)).toContain('what an interrupted run has left');
});

test('a review for people: resources with what changes, nodes that are alike together, restarts, losses, what comes next', () => {
  const text = describePlan(FULL, noun);

  expect(text).toContain('In the cloud: 1 to create, 1 to update');
  expect(text).toContain('~ server dev-worker-0 (flavor_name: small → large, admin_pass: (sensitive) → (sensitive))');
  expect(text).toContain('+ security group rule ingress tcp 7077-7110 from 10.0.0.0/8');
  expect(text).toMatch(/worker-1, worker-2 \(new, assumed bare\): 1 change each\n +name the machine dev-<node>\n/);
  expect(text).toMatch(/worker-0: 2 changes, restarts a\.service\n +write \/etc\/a\n +\| -old\n +\| \+new\n/);
  expect(text).toContain('Emptied before they go (running tasks finish or move): worker-3');
  expect(text).toContain('- server dev-worker-3 would be deleted');
  expect(text).toMatch(/Next: firesteel update dev /);
  expect(text).not.toMatch(/: old|new\)/);
});

test('a review for a merge request folds the nodes', () => {
  const text = planMarkdown(FULL, noun);

  expect(text).toMatch(/^### dev: plan to update, made 2026-11-28T12:00:00.000Z by ada@laptop\n/);
  expect(text).toMatch(/```diff\n~ server dev-worker-0/);
  expect(text.match(/<details>/g)).toHaveLength(2);
  expect(text).toContain('**Would be lost:**');
});
