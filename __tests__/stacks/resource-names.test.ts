import { Testing } from 'cdktf';
import { sparkClusterPlan } from '../../plan/spark-cluster';
import { ClusterStack } from '../../stacks/cluster-stack';
import { CommonStack } from '../../stacks/common-stack';
import { PUBLIC_KEY } from '../constructs/_cluster-parts';
import { type Template, templateOf } from '../constructs/_template';

/** Names made of the very words that names are joined from. */
const CLUSTERS = [
  'dev',
  'dev-a',
  'dev-worker',
  'dev-worker-0',
  'dev-worker-0-data',
  'dev-master-0-worker',
  'worker',
  'common',
  'firesteel-common',
  'firesteel-common-ssh',
];
const COMMONS = ['common', 'common-ssh', 'common-node', 'dev'];

/** Every name that a stack gives, with the kind of what it names. */
function namesIn({ json }: Template): string[] {
  return Object.entries(json.resource ?? {}).flatMap(([type, resources]) =>
    Object.values(resources).flatMap((body) => {
      // Floating IPs have none; what an interrupted run left is found by their descriptions.
      const name = type === 'openstack_networking_floatingip_v2' ? body.description : body.name;
      return name === undefined ? [] : [`${type} ${name}`];
    }),
  );
}

function namesOfCluster(name: string): string[] {
  const volumes = ['data', 'worker-0', 'a-1'].map((volume) => ({ name: volume, sizeGiB: 1, mount: `/${volume}` }));
  const plan = sparkClusterPlan(name, {
    image: 'debian-12',
    bastion: { flavor: 'm' },
    master: { flavor: 'm', floatingIp: true, volumes },
    workers: { flavor: 'm', count: 2, volumes },
  });
  return namesIn(templateOf(new ClusterStack(Testing.app(), name, { plan, common: CommonStack.fromName('common') })));
}

function namesOfCommon(name: string): string[] {
  const props = { publicKey: PUBLIC_KEY, access: ['203.0.113.0/24'] };
  return namesIn(templateOf(new CommonStack(Testing.app(), name, props)));
}

const CASES = [
  ...CLUSTERS.map((name) => ({ name, names: namesOfCluster(name) })),
  ...COMMONS.map((name) => ({ name: `firesteel-${name}`, names: namesOfCommon(name) })),
];

test('everything that has a name has that of its environment', () => {
  for (const { name, names } of CASES) {
    expect(names.length).toBeGreaterThan(5);
    for (const text of names) expect(text.split(' ')[1]).toMatch(new RegExp(`^${name}(-|$)`));
  }
});

test('no two environments of a project give the same name to two things of a kind', () => {
  const all = CASES.flatMap(({ names }) => names);
  expect(all.filter((name, index) => all.indexOf(name) !== index)).toEqual([]);
  expect([...new Set(all.map((name) => name.split(' ')[0]))].sort()).toEqual([
    'openstack_blockstorage_volume_v3',
    'openstack_compute_instance_v2',
    'openstack_compute_keypair_v2',
    'openstack_compute_servergroup_v2',
    'openstack_networking_floatingip_v2',
    'openstack_networking_network_v2',
    'openstack_networking_port_v2',
    'openstack_networking_router_v2',
    'openstack_networking_secgroup_v2',
    'openstack_networking_subnet_v2',
  ]);
});
