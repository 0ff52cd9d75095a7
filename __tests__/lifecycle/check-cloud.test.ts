import { preflightRequest } from '../../lifecycle/check-cloud';
import type { SynthesizedStack } from '../../lifecycle/synth';
import type { StateResource } from '../../lifecycle/terraform-state';
import type { Cluster } from '../../lifecycle/workspace';
import type { CommonEnvironment } from '../../plan/load-environments';
import { sparkClusterPlan } from '../../plan/spark-cluster';

const SERVER = 'openstack_compute_instance_v2';
const RULE = 'openstack_networking_secgroup_rule_v2';
const VOLUME = 'openstack_blockstorage_volume_v3';

const plan = sparkClusterPlan('dev', {
  image: 'debian-12',
  master: { flavor: 'm1.medium' },
  workers: { flavor: 'm1.small', count: 3 },
});

const common = {
  plan: { network: { kind: 'new', external: 'public' }, keyPair: { kind: 'publicKey', publicKey: 'ssh-ed25519 AAAA' } },
} as unknown as CommonEnvironment;

function stack(resource: SynthesizedStack['config']['resource']): SynthesizedStack {
  return { name: 'dev', dir: '/', dependencies: [], config: { resource } };
}

function known(type: string, name: string, attributes: Record<string, unknown> = {}): StateResource {
  return { type, name, id: 'i', attributes, tainted: false };
}

function request(resources: readonly StateResource[], resource: SynthesizedStack['config']['resource'] = {}) {
  const state = { outputs: {}, resources };
  return preflightRequest({
    common,
    cluster: { plan } as unknown as Cluster,
    stacks: [{ stack: stack(resource), state }],
  });
}

describe('what the cloud is asked for', () => {
  test('all servers of a new cluster, by group', () => {
    expect(request([]).servers).toEqual([
      { flavor: 'm1.medium', image: 'debian-12', count: 1 },
      { flavor: 'm1.small', image: 'debian-12', count: 3 },
    ]);
  });

  test('only those that are not there yet; flavor and image of the others must still be known', () => {
    const resources = ['dev-master-0', 'dev-worker-0', 'dev-worker-2'].map((name, index) =>
      known(SERVER, `s${index}`, { name }),
    );
    expect(request(resources).servers).toEqual([
      { flavor: 'm1.medium', image: 'debian-12', count: 0 },
      { flavor: 'm1.small', image: 'debian-12', count: 1 },
    ]);
  });

  test('resources of the configuration that no state has, with the size of volumes', () => {
    const { needs } = request([known(RULE, 'a'), known(VOLUME, 'v0', { size: 10 })], {
      [RULE]: { a: {}, b: {}, c: {} },
      [VOLUME]: { v0: { size: 10 }, v1: { size: 20 }, v2: { size: 5 } },
      openstack_networking_port_v2: { p: {} },
      openstack_networking_router_interface_v2: { r: {} },
      openstack_networking_floatingip_associate_v2: { f: {} },
    });
    expect(needs).toEqual({ securityGroupRules: 2, volumes: 2, volumeGiB: 25, ports: 2 });
  });

  test('a floating IP of a load balancer may lead to that already', () => {
    const balancer = { floatingIp: { existing: '203.0.113.9' }, name: 'web' };
    const cluster = { plan: { ...plan, loadBalancers: [balancer] } } as unknown as Cluster;
    const state = { outputs: {}, resources: [known('openstack_lb_loadbalancer_v2', 'lb', { vip_port_id: 'vip' })] };
    const asked = preflightRequest({ common, cluster, stacks: [{ stack: stack({}), state }] });
    expect(asked.addresses).toMatchObject({ floatingIps: ['203.0.113.9'], ownPorts: new Set(['vip']) });
    expect(asked.loadBalancers).toEqual([balancer]);
  });

  test('volumes that servers boot from, and the port of a load balancer', () => {
    const device = { source_type: 'image', destination_type: 'volume', volume_size: 50 };
    const { needs } = request([known(SERVER, 'there')], {
      [SERVER]: { there: { block_device: [device] }, a: { block_device: [device] }, b: { image_id: 'i' } },
      [VOLUME]: { v: { size: 10 } },
      openstack_lb_loadbalancer_v2: { lb: {} },
      openstack_lb_member_v2: { m: {} },
    });
    expect(needs).toEqual({ volumes: 2, volumeGiB: 60, ports: 1 });
  });

  test('addresses and groups that the plan names, and the ports that may have them', () => {
    const chosen = sparkClusterPlan('dev', {
      image: 'debian-12',
      securityGroups: ['web'],
      master: { flavor: 'm1.medium', floatingIp: ['203.0.113.10'] },
      workers: { flavor: 'm1.small', count: 2, floatingIp: ['new', '203.0.113.11'], addresses: ['10.77.0.21'] },
    });
    const resources = [known('openstack_networking_port_v2', 'a'), known(SERVER, 's')];
    const asked = preflightRequest({
      common: { ...common, name: 'shared' },
      cluster: { plan: chosen } as unknown as Cluster,
      stacks: [{ stack: stack({}), state: { outputs: {}, resources } }],
    } as Parameters<typeof preflightRequest>[0]);
    expect(asked).toMatchObject({
      securityGroups: ['web', 'web'],
      addresses: {
        floatingIps: ['203.0.113.10', '203.0.113.11'],
        fixed: { subnet: 'firesteel-shared', addresses: { 'dev-worker-0': '10.77.0.21' } },
        ownPorts: new Set(['i']),
      },
    });
    expect(Object.keys(request([]))).not.toContain('addresses');
  });

  test('zones of the cloud’s DNS: new, known to the state, or the project’s', () => {
    const ZONE = 'openstack_dns_zone_v2';
    const named = sparkClusterPlan('dev', {
      image: 'debian-12',
      master: { flavor: 's' },
      workers: { flavor: 's', count: 2 },
      dns: { public: { zone: 'iot.example', existing: true }, private: 'lan.example' },
    });
    const asked = (resources: readonly StateResource[]) => {
      const stacks = [{ stack: stack({ [ZONE]: { z: { name: 'lan.example.' } } }), state: { outputs: {}, resources } }];
      const cluster = { plan: named } as unknown as Cluster;
      return preflightRequest({ common, cluster, stacks });
    };
    const zones = (state: string) => [
      { name: 'iot.example.', attributes: {}, state: 'existing', records: 1 },
      { name: 'lan.example.', attributes: {}, state, records: 3 },
    ];
    expect(asked([])).toMatchObject({ dns: { zones: zones('new') }, needs: { dnsZones: 1 } });
    expect(asked([known(ZONE, 'z')]).dns).toEqual({ zones: zones('made') });
    expect(request([])).not.toHaveProperty('dns');
  });

  test('networks and key pairs that have to exist', () => {
    const existing = {
      plan: {
        network: { kind: 'existing', network: 'lab', subnet: 'lab-4' },
        keyPair: { kind: 'existing', name: 'mine' },
      },
    } as unknown as CommonEnvironment;
    expect(preflightRequest({ common: existing, stacks: [] })).toMatchObject({
      networks: ['lab'],
      subnets: ['lab-4'],
      keyPair: 'mine',
      servers: [],
    });
    expect(request([])).toMatchObject({ externalNetwork: 'public' });
  });
});
