import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NodeReview } from '../../configure/review-nodes';
import { ConfiguredRecord } from '../../lifecycle/_configured-record';
import { nodeDrifts, stackDrift } from '../../lifecycle/drift';
import { readPlan } from '../../lifecycle/planned-changes';

type Attributes = Record<string, unknown>;

function raw(name: string, before: Attributes | null, after: Attributes | null, replacePaths?: string[][]) {
  const replaced = replacePaths ? ['delete', 'create'] : undefined;
  return {
    address: `openstack_compute_instance_v2.${name}`,
    mode: 'managed',
    type: 'openstack_compute_instance_v2',
    name,
    change: {
      actions: replaced ?? (before === null ? ['create'] : after === null ? ['delete'] : ['update']),
      before: before && { id: name, name, ...before },
      after: after && { id: name, name, ...after },
      after_unknown: {},
      ...(replacePaths && { replace_paths: replacePaths }),
    },
  };
}

const driftOf = (drift: readonly unknown[], changes: readonly unknown[]) =>
  stackDrift('dev', readPlan({ resource_drift: drift, resource_changes: changes }));

describe('what was changed by hand in the cloud', () => {
  test('is what the plan would set back: what was deployed, and what is there now', () => {
    const { byHand, asked } = driftOf(
      [raw('dev-worker-0', { power_state: 'active' }, { power_state: 'shutoff' })],
      [raw('dev-worker-0', { power_state: 'shutoff' }, { power_state: 'active' })],
    );

    expect(byHand).toMatchObject([
      {
        ...{ stack: 'dev', kind: 'server', name: 'dev-worker-0', action: 'update' },
        details: [{ attribute: 'power_state', before: 'active', after: 'shutoff' }],
      },
    ]);
    expect(asked).toEqual([]);
  });

  test('is not what the cloud itself has filled in since, nor what the file asks for', () => {
    const filledIn = { access: '10.0.0.5', flavor_name: 'small' };
    const { byHand, asked } = driftOf(
      [raw('dev-worker-0', { flavor_name: 'small' }, filledIn), raw('dev-worker-1', {}, { access: '10.0.0.6' })],
      [raw('dev-worker-0', filledIn, { ...filledIn, flavor_name: 'large' })],
    );

    expect(byHand).toEqual([]);
    expect(asked).toMatchObject([
      { name: 'dev-worker-0', details: [{ attribute: 'flavor_name', before: 'small', after: 'large' }] },
    ]);
  });

  test('is told apart from what the file asks for of the same server', () => {
    const { byHand, asked } = driftOf(
      [raw('dev-worker-0', { power_state: 'active' }, { power_state: 'shutoff' })],
      [
        raw(
          'dev-worker-0',
          { power_state: 'shutoff', flavor_name: 'small' },
          { power_state: 'active', flavor_name: 'large' },
        ),
      ],
    );

    expect(byHand.map(({ details }) => details.map(({ attribute }) => attribute))).toEqual([['power_state']]);
    expect(asked.map(({ details }) => details.map(({ attribute }) => attribute))).toEqual([['flavor_name']]);
  });

  test('is a server that somebody deleted, unless the file has no use for it any more', () => {
    const deleted = [raw('dev-worker-0', {}, null), raw('dev-worker-1', {}, null)];
    const { byHand, asked } = driftOf(deleted, [raw('dev-worker-0', null, {}), raw('dev-worker-2', null, {})]);

    expect(byHand.map(({ action, name }) => [action, name])).toEqual([['delete', 'dev-worker-0']]);
    expect(asked.map(({ action, name }) => [action, name])).toEqual([['create', 'dev-worker-2']]);
  });
});

describe('what was changed by hand on nodes', () => {
  const change = (operation: string) => ({ operation, description: `write ${operation}` });
  const review = (name: string, changes: string[], more: Partial<NodeReview> = {}): NodeReview => {
    return { name, basis: 'facts', changes: changes.map(change), facts: {}, ...more };
  };
  const WANTED = { 'worker-0': { hosts: 'new', conf: 'old', unit: 'new' } };

  test('is told apart from what is asked for anew', () => {
    const configured = { 'worker-0': { hosts: 'old', conf: 'old' } };
    const [drift] = nodeDrifts([review('worker-0', ['hosts', 'conf', 'unit'])], WANTED, configured);

    expect(drift).toEqual({
      name: 'worker-0',
      changes: [change('conf')],
      asked: [change('hosts'), change('unit')],
      unsure: false,
    });
  });

  test('may be asked for by the file where nobody knows what it was configured for', () => {
    expect(nodeDrifts([review('worker-0', ['hosts'])], WANTED, {})).toEqual([
      { name: 'worker-0', changes: [change('hosts')], asked: [], unsure: true },
    ]);
  });

  test('leaves out nodes that are as they are to be, and those that are to be off; not those that could not be asked', () => {
    const reviews = [
      review('worker-0', []),
      review('worker-1', [], { basis: 'off' }),
      review('worker-2', [], { error: 'no route to host' }),
    ];

    expect(nodeDrifts(reviews, {}, {}).map(({ name, error }) => [name, error])).toEqual([
      ['worker-2', 'no route to host'],
    ]);
  });
});

describe('the record of what nodes were configured for', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'firesteel-record-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test('keeps what it knew of nodes that failed, and forgets those that are gone', () => {
    const record = new ConfiguredRecord(join(folder, 'memory'), 'dev');
    record.write({ a: { hosts: '1' }, b: { hosts: '1' }, c: { hosts: '1' } }, new Set(['a', 'b', 'c']));
    record.write({ a: { hosts: '2' }, b: { hosts: '2' }, d: { hosts: '2' } }, new Set(['a']));

    expect(record.read()).toEqual({ a: { hosts: '2' }, b: { hosts: '1' } });
    expect(statSync(join(folder, 'memory', 'dev.configured.json')).mode & 0o777).toBe(0o600);
  });

  test('that is damaged or gone knows nothing', () => {
    const record = new ConfiguredRecord(folder, 'dev');
    expect(record.read()).toEqual({});

    writeFileSync(join(folder, 'dev.configured.json'), '{"version": 1, "nodes"');
    expect(record.read()).toEqual({});
    record.remove();
    expect(record.read()).toEqual({});
  });
});
