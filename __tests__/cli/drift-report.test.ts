import { describeDrift } from '../../cli/reports/drift-report';
import type { Drift } from '../../lifecycle/drift';

const NONE: Drift = {
  environment: 'dev',
  drifted: false,
  cloud: [],
  strangers: [],
  nodes: [],
  fileChanged: false,
  asked: [],
};
const SERVER = { stack: 'dev', kind: 'server', name: 'dev-worker-0', address: 'a', action: 'update' } as const;
const OFF = { ...SERVER, details: [{ attribute: 'power_state', before: 'active', after: 'shutoff' }] };
const LARGER = { ...SERVER, details: [{ attribute: 'flavor_name', before: 'small', after: 'large' }] };
const CONF = { operation: 'file /etc/x', description: 'write /etc/x', diff: '-by hand\n' };
const NODE = { name: 'worker-0', changes: [CONF], asked: [], unsure: false };

describe('the report of what was changed by hand', () => {
  test('says that there is none, and nothing else', () => {
    expect(describeDrift(NONE)).toBe('dev: nothing was changed by hand');
  });

  test('says where there is none, if not all was looked at', () => {
    expect(describeDrift(NONE, ['worker-0', 'worker-1', 'worker-2'])).toBe(
      'dev: nothing was changed by hand in the cloud or on worker-0..worker-2',
    );
  });

  test('of a common environment leaves open why there is more to do', () => {
    const { fileChanged: _, ...common } = { ...NONE, environment: 'common', drifted: true };
    const subnet = { ...LARGER, stack: 'common', kind: 'subnet', name: 'firesteel-common' };
    const network = { ...OFF, stack: 'common', kind: 'network', name: 'firesteel-common', action: 'delete' } as const;

    const text = describeDrift({ ...common, cloud: [network], asked: [subnet] });

    expect(text).toContain('- network firesteel-common of common was deleted');
    expect(text).toContain('What a deploy would do besides setting it back:\n  update subnet firesteel-common');
    expect(text).toContain('firesteel plan common --to update   then "firesteel update common" sets back');
  });

  test('shows cloud and nodes apart, and what would set each back', () => {
    const rule = {
      kind: 'security group rule',
      state: 'added',
      id: 'r2',
      on: 'security group dev-worker',
      what: 'ingress',
      undo: 'openstack r2',
    } as const;
    const group = {
      kind: 'security group',
      state: 'gone',
      id: 'g2',
      on: 'port dev-worker-1',
      what: 'node',
      undo: 'openstack g2',
    } as const;
    const network = { ...OFF, stack: 'common', kind: 'network', name: 'firesteel-common', action: 'delete' } as const;

    expect(
      describeDrift({ ...NONE, drifted: true, cloud: [network, OFF], strangers: [rule, group], nodes: [NODE] }),
    ).toBe(`dev: changed by hand

In the cloud, since it was deployed:
  - network firesteel-common of common was deleted
  ~ server dev-worker-0 of dev (power_state: active → shutoff)

By hand, where Terraform does not look, and touched by nobody here:
  + security group dev-worker: security group rule ingress
  - port dev-worker-1: security group node

On the nodes, since they were configured:
  worker-0: what configure would do
    write /etc/x
      | -by hand

Next:
  firesteel plan common --to update   then "firesteel update common" sets back what was changed in the cloud
  firesteel plan dev --to update   then "firesteel update dev" sets back what was changed in the cloud and on the nodes
  openstack r2   undoes it, unless it is somebody's intent
  openstack g2   undoes it, unless it is somebody's intent`);
  });

  test('names configure for what is on the nodes only, and up where the file asks for more', () => {
    const onNodes = { ...NONE, drifted: true, nodes: [NODE] };

    expect(describeDrift(onNodes)).toContain('firesteel configure dev   sets the nodes back');
    expect(describeDrift({ ...onNodes, fileChanged: true })).toContain('firesteel up dev   deploys what the file says');
  });

  test('tells what the file asks for apart, which is no drift', () => {
    const nodes = [{ ...NODE, changes: [], asked: [CONF] }];
    const text = describeDrift({ ...NONE, fileChanged: true, asked: [LARGER], nodes });

    expect(text).toBe(`dev: nothing was changed by hand

Asked for by the files, which is no drift:
  update server dev-worker-0 of dev (flavor_name: small → large)
  worker-0: write /etc/x`);
  });

  test('names nodes that could not be asked, and those of which it is not known what they were configured for', () => {
    const nodes = [
      { ...NODE, unsure: true },
      { name: 'worker-1', changes: [], asked: [], unsure: false, error: 'no route to host' },
    ];
    const text = describeDrift({ ...NONE, drifted: true, nodes });

    expect(text).toContain('worker-0: what configure would do (some may be asked for by the file');
    expect(text).toContain('Could not be asked:\n  worker-1: no route to host');
    expect(describeDrift({ ...NONE, nodes: nodes.slice(1) })).toMatch(
      /^dev: nothing .*, as far as could be found out\n/,
    );
  });
});
