import { Testing } from 'cdktf';
import { clusterOutputSchema } from '../../plan/cluster-output';
import type { ClusterPlan, LoadBalancerPlan, NodeGroupPlan } from '../../plan/cluster-plan';
import { infrastructureDigest } from '../../plan/digest';
import { ClusterStack } from '../../stacks/cluster-stack';
import { commonReference } from '../../stacks/common-reference';
import { groupPlan, role } from '../constructs/_cluster-parts';
import { templateOf } from '../constructs/_template';
import { planOf as plan } from './_plan';
import { snapshotOf } from './_snapshot';

const web = role('web', { name: 'http', port: 8080, from: ['proxy'] });
const proxy = role('proxy');
const bastion = role('bastion');

const PUBLIC_WEB: LoadBalancerPlan = {
  ...{ name: 'web', tag: 'webserver', port: 80, protocol: 'http', memberPort: 8080, balance: 'roundrobin' },
  ...{ check: '/health', from: ['0.0.0.0/0'], clients: [], floatingIp: 'new' },
};
const INNER_WEB: LoadBalancerPlan = {
  ...{ ...PUBLIC_WEB, name: 'inner', protocol: 'tcp', balance: 'leastconn', check: 'tcp', from: [] },
  ...{ clients: ['proxy'], address: '10.77.0.50', floatingIp: 'none' },
};

const planOf = (...groups: NodeGroupPlan[]): ClusterPlan => plan(groups);

const stackOf = (plan: ClusterPlan, common = commonReference('common')) =>
  new ClusterStack(Testing.app(), plan.name, { plan, common });

/** Security groups that the nodes of a group wear. */
function worn(stack: ClusterStack, node: string): string[] {
  const port = templateOf(stack)
    .resources('networking_port_v2')
    .find(({ name }) => name === node);
  return (port!.security_group_ids as string[]).map((id) => id.replace(/^.*_v2\.(.*)_[0-9A-F]{8}\.id}$/, '$1'));
}

describe('ClusterStack', () => {
  test('of any plan', () => {
    const plan = planOf(
      groupPlan('proxy', { roles: [proxy, bastion], floatingIps: 'new', placement: 'strict', numbers: [0, 1] }),
      groupPlan('web', {
        roles: [web],
        numbers: [0, 2],
        availabilityZone: 'az-1',
        volumes: [{ name: 'files', sizeGiB: 10, mount: '/srv', filesystem: 'ext4' }],
      }),
    );
    expect(snapshotOf(stackOf({ ...plan, cloud: 'mycloud', region: 'RegionOne' }))).toMatchSnapshot();
  });

  test('with volumes to boot from, and load balancers of the cloud', () => {
    const inner = groupPlan('web', {
      roles: [web],
      numbers: [0, 2],
      tags: ['webserver'],
      root: { sizeGiB: 50, type: 'ssd' },
      volumes: [{ name: 'files', sizeGiB: 10, mount: '/srv', filesystem: 'xfs', type: 'hdd' }],
    });
    const plan = planOf(groupPlan('front', { roles: [bastion], floatingIps: 'new' }), inner);
    expect(snapshotOf(stackOf({ ...plan, loadBalancers: [PUBLIC_WEB, INNER_WEB] }))).toMatchSnapshot();
  });

  test('opens to a load balancer what it asks, and to its clients where it listens', () => {
    const plan = planOf(groupPlan('proxy', { roles: [proxy] }), groupPlan('web', { tags: ['webserver'] }));
    const rules = (balancer: LoadBalancerPlan) =>
      templateOf(stackOf({ ...plan, loadBalancers: [balancer] }))
        .rules()
        .map((rule) => rule.replace(/\$\{data\.openstack_networking_subnet_v2\..*\.cidr}/, 'SUBNET'));
    expect(rules(PUBLIC_WEB)).toEqual(['firewall_web ingress tcp 8080-8080 SUBNET']);
    expect(rules({ ...PUBLIC_WEB, clients: ['proxy'] })).toEqual([
      'firewall_proxy egress tcp 80-80 SUBNET',
      'firewall_web ingress tcp 8080-8080 SUBNET',
    ]);
    expect(rules(INNER_WEB)).toEqual([
      'firewall_proxy egress tcp 80-80 10.77.0.50/32',
      'firewall_web ingress tcp 8080-8080 SUBNET',
    ]);
  });

  test('tells of the load balancers that it made', () => {
    const plan = { ...planOf(groupPlan('web', { tags: ['webserver'] })), loadBalancers: [PUBLIC_WEB] };
    const value = templateOf(stackOf(plan)).json.output!.cluster!.value as Record<string, unknown>;
    expect(value.loadBalancers).toEqual([
      {
        ...{ name: 'web', port: 80, address: expect.stringContaining('vip_address') },
        floatingIp: expect.stringContaining('networking_floatingip_v2'),
      },
    ]);
  });

  test('leaves out a load balancer that has no members here', () => {
    const plan = { ...planOf(groupPlan('db')), loadBalancers: [PUBLIC_WEB] };
    expect(templateOf(stackOf(plan)).resources('lb_loadbalancer_v2')).toEqual([]);
  });

  test('with names in the zones of the cloud', () => {
    const balancer = groupPlan('balancer', {
      floatingIps: { 0: 'new' },
      numbers: [0, 1],
      names: { privateFqdn: 'b-{n}.shop.example', publicFqdn: 'b-{n}.shop.example' },
      virtualIp: { floatingIp: 'new', names: { publicFqdn: 'shop.example' } },
    });
    const zone = { name: 'shop.example.', email: 'hostmaster@shop.example', existing: false };
    const dns = {
      ttlSeconds: 60,
      public: { ...zone, existing: true, attributes: {} },
      private: { ...zone, attributes: { view: 'private' } },
    };
    expect(snapshotOf(stackOf({ ...planOf(balancer), dns }))).toMatchSnapshot();
  });

  test('finds what is common by name, and makes none of it', () => {
    const template = templateOf(stackOf(planOf(groupPlan('web', { roles: [web] }))));
    expect(template.dataSources('networking_network_v2')).toContainEqual({ name: 'firesteel-common' });
    expect(template.dataSources('networking_secgroup_v2').map((group) => group.name)).toEqual([
      'firesteel-common-node',
      'firesteel-common-ssh',
    ]);
    for (const type of [
      'networking_network_v2',
      'networking_subnet_v2',
      'networking_router_v2',
      'compute_keypair_v2',
    ]) {
      expect(template.resources(type)).toEqual([]);
    }
    expect(template.resource('compute_instance_v2').key_pair).toBe('firesteel-common');
  });

  test('lets SSH in where a node is reached directly, and only there', () => {
    const front = groupPlan('front', { roles: [bastion], floatingIps: 'new' });
    const inner = groupPlan('web', { roles: [web] });
    const direct = ['firewall_web', 'common_node', 'firewall_mirrors', 'common_ssh'];
    expect(worn(stackOf(planOf(front, inner)), 'shop-front-0')).toEqual([
      'firewall_front',
      'common_node',
      'firewall_mirrors',
      'common_ssh',
    ]);
    expect(worn(stackOf(planOf(front, inner)), 'shop-web-0')).toEqual([
      'firewall_web',
      'common_node',
      'firewall_mirrors',
    ]);
    expect(worn(stackOf(planOf({ ...front, roles: [] }, inner)), 'shop-web-0')).toEqual(direct);
    expect(worn(stackOf(planOf({ ...front, floatingIps: 'none' }, inner)), 'shop-web-0')).toEqual(direct);
  });

  test('tells the hands what it made, in one output', () => {
    const volumes = [{ name: 'files', sizeGiB: 10, mount: '/srv', filesystem: 'ext4' }] as const;
    const plan = planOf(
      groupPlan('front', { roles: [bastion], floatingIps: 'new' }),
      groupPlan('web', { roles: [web, proxy], numbers: [1, 3], volumes }),
    );
    const { output } = templateOf(stackOf(plan)).json;
    expect(Object.keys(output!)).toEqual(['cluster']);
    const value = output!.cluster!.value as { nodes: Record<string, unknown>[] };
    expect(value).toMatchObject({ version: 1, environment: 'shop', planDigest: infrastructureDigest(plan) });
    expect(value.nodes.map((node) => [node.name, node.hostname, node.group, node.floatingIp === null])).toEqual([
      ['front-0', 'shop-front-0', 'front', false],
      ['web-1', 'shop-web-1', 'web', true],
      ['web-3', 'shop-web-3', 'web', true],
    ]);
    expect(value.nodes[1]).toMatchObject({
      roles: ['web', 'proxy'],
      region: null,
      volumes: [{ name: 'files', mount: '/srv' }],
    });
    const filledIn = { ...value, nodes: value.nodes.map((node) => ({ ...node, vcpus: 1, memoryMiB: 512 })) };
    expect(clusterOutputSchema.parse(filledIn)).toEqual(filledIn);
  });

  test('with addresses and groups that exist, and a server that is off', () => {
    const front = groupPlan('front', {
      roles: [bastion],
      numbers: [0, 1, 2],
      floatingIps: { 0: { existing: '203.0.113.10' }, 1: 'new' },
      addresses: { 0: '10.77.0.10' },
      securityGroups: ['our web', 'default'],
    });
    const inner = groupPlan('web', { roles: [web], securityGroups: ['default'], resting: { 0: 'off' } });
    expect(snapshotOf(stackOf(planOf(front, inner)))).toMatchSnapshot();
  });

  test('lets SSH in to nodes of a group that have a floating IP, and to them only', () => {
    const front = groupPlan('front', { roles: [bastion], numbers: [0, 1], floatingIps: { 1: 'new' } });
    const stack = stackOf(planOf(front));
    expect(worn(stack, 'shop-front-0')).toEqual(['firewall_front', 'common_node', 'firewall_mirrors']);
    expect(worn(stack, 'shop-front-1')).toEqual(['firewall_front', 'common_node', 'firewall_mirrors', 'common_ssh']);
  });

  test('tells the hands all of a node that is off, and the address that a node is to have', () => {
    const plan = planOf(
      groupPlan('front', {
        roles: [bastion],
        floatingIps: { 0: { existing: '203.0.113.10' } },
        addresses: { 0: '10.77.0.10' },
      }),
      groupPlan('web', { numbers: [0, 1], resting: { 0: 'off' } }),
    );
    const { nodes } = templateOf(stackOf(plan)).json.output!.cluster!.value as { nodes: Record<string, unknown>[] };
    expect(nodes[0]).toMatchObject({ address: '10.77.0.10', floatingIp: '203.0.113.10' });
    const [, off, works] = nodes.map((node) =>
      JSON.stringify(node).replaceAll(/(web-|web-web-)\d(_[0-9A-F]{8}|_\w+_[0-9A-F]{8})?/g, '$1N'),
    );
    expect(off).toBe(works);
  });

  test('lets the subnet choose addresses only when nodes have those that they are to have', () => {
    const plan = planOf(
      groupPlan('front', { numbers: [0, 1], addresses: { 1: '10.77.0.10' } }),
      groupPlan('web', { addresses: { 0: '10.77.0.11' } }),
      groupPlan('db'),
    );
    const order = templateOf(stackOf(plan))
      .resources('networking_port_v2')
      .map(({ name, depends_on }) => [name, depends_on]);
    const chosen = ['front_front-1_port', 'web_web-0_port'].map((id) => expect.stringContaining(`port_v2.${id}_`));
    expect(order).toEqual([
      ['shop-db-0', chosen],
      ['shop-front-0', chosen],
      ['shop-front-1', undefined],
      ['shop-web-0', undefined],
    ]);
  });

  test('takes addresses that exist where the network has no way out that we know', () => {
    const common = commonReference('common', { network: { existing: 'lan', subnet: 'lan-ipv4' } });
    const plan = planOf(groupPlan('front', { floatingIps: { 0: { existing: '203.0.113.10' } } }));
    expect(templateOf(stackOf(plan, common)).dataSource('networking_floatingip_v2')).toEqual({
      address: '203.0.113.10',
    });
  });

  test('gives its groups to the code around it', () => {
    const stack = stackOf(planOf(groupPlan('web', { roles: [web] }), groupPlan('db')));
    stack.findGroup('web').connections.allowFrom(stack.findGroup('db'));
    expect(templateOf(stack).rules()).toEqual([
      'firewall_db egress tcp 8080-8080 firewall_web',
      'firewall_web ingress tcp 8080-8080 firewall_db',
    ]);
    expect(() => stack.findGroup('bd')).toThrow('no node group "bd": there are web, db');
  });

  test('waits for servers as long as the plan says', () => {
    const { timeouts } = templateOf(stackOf(planOf(groupPlan('web')))).resource('compute_instance_v2');
    expect(timeouts).toEqual({ create: '900s' });
  });

  test('refuses floating IPs where the network has no way out', () => {
    const common = commonReference('common', { network: { existing: 'lan', subnet: 'lan-ipv4' } });
    const plan = planOf(groupPlan('front', { floatingIps: 'new' }));
    expect(() => stackOf(plan, common)).toThrow('floating IPs need an external network');
  });
});
