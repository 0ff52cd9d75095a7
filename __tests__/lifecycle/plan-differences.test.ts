import { beyondReview, changedChanges, changedFacts, changedState } from '../../lifecycle/_plan-differences';
import { plannedChanges } from '../../lifecycle/planned-changes';
import type { SavedPlan } from '../../lifecycle/saved-plan';

interface Case {
  readonly address?: string;
  readonly actions: readonly string[];
  readonly before?: Record<string, unknown> | null;
  readonly after?: Record<string, unknown> | null;
  readonly reason?: string;
}

function changes(...cases: readonly Case[]) {
  return plannedChanges({
    resource_changes: cases.map(({ address = 'a', actions, before = null, after = null, reason }) => ({
      address: `openstack_compute_instance_v2.${address}`,
      mode: 'managed',
      type: 'openstack_compute_instance_v2',
      ...(reason && { action_reason: reason }),
      change: { actions, before, after, after_unknown: {} },
    })),
  });
}

const create = { actions: ['create'], after: { name: 'dev-worker-0', flavor_name: 'small' } };
const resize = {
  actions: ['update'],
  before: { id: 's1', name: 'dev-worker-0', flavor_name: 'small', updated_at: '1' },
  after: { id: 's1', name: 'dev-worker-0', flavor_name: 'large', updated_at: '2' },
};

describe('the changes that were reviewed against those of now', () => {
  test('are the same where only what the cloud keeps for itself differs', () => {
    const later = {
      ...resize,
      before: { ...resize.before, updated_at: '7' },
      after: { ...resize.after, updated_at: '8' },
    };
    expect(changedChanges(changes(resize), changes(later))).toEqual([]);
  });

  test('names what is there too, what is there no more, and what would be otherwise', () => {
    const other = { address: 'b', actions: ['delete'], before: { id: 's2', name: 'dev-worker-1' } };
    expect(changedChanges(changes(create), changes(other))).toEqual([
      'server dev-worker-0 would not be created any more',
      'server dev-worker-1 would be deleted too: it has changed in the cloud',
    ]);
    const larger = { ...resize, after: { ...resize.after, flavor_name: 'huge' } };
    expect(changedChanges(changes(resize), changes(larger))).toEqual([
      'server dev-worker-0 would be changed, but not as it was reviewed (flavor_name: small → huge)',
    ]);
  });
});

describe('what is still to be done of a plan that was cut off', () => {
  const half = { ...create, actions: ['delete', 'create'], before: { id: 's9', name: 'dev-worker-0' } };

  test('may make anew what was half made, and nothing that works', () => {
    const tainted = { ...half, reason: 'replace_because_tainted' };
    expect(beyondReview(changes(create), changes(tainted))).toEqual([]);
    expect(beyondReview(changes(create), changes(half))).toEqual([
      'server dev-worker-0 would be deleted and made anew, which was not reviewed',
    ]);
  });

  test('may be any part of a replacement, and only the deletion of the very server that was reviewed', () => {
    expect(beyondReview(changes(half), changes(create))).toEqual([]);
    const gone = { actions: ['delete'], before: { id: 's1', name: 'dev-worker-0' } };
    expect(beyondReview(changes(gone), changes(gone))).toEqual([]);
    const another = { actions: ['delete'], before: { id: 's2', name: 'dev-worker-0' } };
    expect(beyondReview(changes(gone), changes(another))).toHaveLength(1);
  });

  test('refuses whatever was not in it', () => {
    expect(beyondReview([], changes(create))).toEqual(['server dev-worker-0 would be created, which was not reviewed']);
  });
});

test('a state of another serial, of another history, or none is named', () => {
  const plan = (state?: SavedPlan['state']) => ({ ...(state && { state }) }) as SavedPlan;
  const at = (serial: number, lineage = 'l') => ({ lineage, serial });
  expect(changedState(plan(at(3)), at(3))).toEqual([]);
  expect(changedState(plan(), undefined)).toEqual([]);
  expect(changedState(plan(at(3)), at(4))[0]).toContain('serial 4, the plan was made at 3');
  expect(changedState(plan(at(3)), at(3, 'm'))[0]).toContain('another one');
  expect(changedState(plan(at(3)), undefined)[0]).toContain('gone');
  expect(changedState(plan(), at(1))[0]).toContain('there was no state');
});

test('facts that differ are named with their node, and so is a node that was planned from other grounds', () => {
  const node = (facts: Record<string, string>, basis: 'facts' | 'assumed bare' = 'facts') => ({
    name: 'worker-0',
    basis,
    changes: [],
    facts,
  });
  expect(changedFacts([node({ 'file /a': '1' })], [node({ 'file /a': '1' })])).toEqual([]);
  expect(changedFacts([node({ 'file /a': '1', 'file /b': '1' })], [node({ 'file /a': '2' })])).toEqual([
    'worker-0: file /a has changed on the node',
    'worker-0: file /b has changed on the node',
  ]);
  expect(changedFacts([node({}, 'assumed bare')], [node({})])[0]).toContain('assumed bare');
  expect(changedFacts([node({})], [])).toEqual(['worker-0 is not there any more']);
});
