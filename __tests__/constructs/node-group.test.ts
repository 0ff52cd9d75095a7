import type { TerraformStack } from 'cdktf';
import { Network } from '../../constructs/network';
import { NodeGroup, type NodeGroupProps } from '../../constructs/node-group';
import { SecurityGroup } from '../../constructs/security-group';
import { groupProps, role } from './_cluster-parts';
import { synthesize } from './_template';

const worker = (props: Partial<NodeGroupProps> = {}) =>
  synthesize((stack) => {
    new NodeGroup(stack, 'worker', { ...groupProps(stack), ...props });
  });

describe('NodeGroup', () => {
  test('puts every server on a port of its own', () => {
    const template = worker({ numbers: [0, 2] });
    expect(template.names('compute_instance_v2')).toEqual([
      expect.stringMatching(/^worker_worker-0_[0-9A-F]{8}$/),
      expect.stringMatching(/^worker_worker-2_[0-9A-F]{8}$/),
    ]);
    expect(template.resources('networking_port_v2')[1]).toEqual({
      name: 'dev-worker-2',
      network_id: expect.stringContaining('data.openstack_networking_network_v2'),
      fixed_ip: [{ subnet_id: expect.stringContaining('data.openstack_networking_subnet_v2') }],
      security_group_ids: [expect.stringContaining('openstack_networking_secgroup_v2.worker_security-group')],
    });
    expect(template.resources('compute_instance_v2')[1]).toEqual({
      name: 'dev-worker-2',
      flavor_name: 'm1.small',
      image_id: expect.stringContaining('data.openstack_images_image_v2.worker_image'),
      key_pair: 'mine',
      network: [{ port: expect.stringContaining('openstack_networking_port_v2.worker_worker-2_port') }],
      metadata: { environment: 'dev', group: 'worker', node: 'worker-2', roles: '' },
      scheduler_hints: [{ group: expect.stringContaining('openstack_compute_servergroup_v2.worker_server-group') }],
      timeouts: { create: '600s' },
      lifecycle: {
        ignore_changes: ['image_id', 'block_device', 'key_pair', 'scheduler_hints', 'availability_zone', 'user_data'],
      },
    });
  });

  test('keeps the names of nodes when others come and go', () => {
    const before = worker({ numbers: [0, 1, 2] });
    const after = worker({ numbers: [0, 2, 3] });
    const kept = (name: string) => !/worker-[13]/.test(name);
    expect(after.names('compute_instance_v2').filter(kept)).toEqual(before.names('compute_instance_v2').filter(kept));
  });

  test('is named like its stack and its construct, or as told', () => {
    const template = worker({ environment: 'prod', name: 'broker' });
    expect(template.resource('compute_instance_v2').name).toBe('prod-broker-0');
    expect(template.resource('compute_servergroup_v2').name).toBe('prod-broker');
  });

  test('takes flavor and newest image by name', () => {
    const template = worker();
    expect(template.dataSource('compute_flavor_v2')).toEqual({ name: 'm1.small' });
    expect(template.dataSource('images_image_v2')).toEqual({ name: 'debian-12', most_recent: true });
  });

  test('takes the newest image with properties first, and the newest of the name where none has them', () => {
    const template = worker({ image: 'firesteel-spark', imageProperties: { firesteel_role_node: 'abc' } });
    expect(template.dataSource('images_image_v2')).toEqual({ name: 'firesteel-spark', most_recent: true });
    expect(template.dataSource('images_image_ids_v2')).toEqual({
      name: 'firesteel-spark',
      properties: { firesteel_role_node: 'abc' },
      sort: 'created_at:desc',
    });
    expect(template.resource('compute_instance_v2').image_id).toMatch(
      /^\$\{element\(concat\(data\.openstack_images_image_ids_v2\.\S+\.ids, \[data\.openstack_images_image_v2\.\S+\.id\]\), 0\)\}$/,
    );
  });

  test('makes the servers of a strict group one after another', () => {
    const template = worker({ numbers: [0, 1, 4], placement: 'strict' });
    expect(template.resource('compute_servergroup_v2').policies).toEqual(['anti-affinity']);
    expect(template.resources('compute_instance_v2').map((server) => server.depends_on)).toEqual([
      undefined,
      [expect.stringContaining('openstack_compute_instance_v2.worker_worker-0_')],
      [expect.stringContaining('openstack_compute_instance_v2.worker_worker-1_')],
    ]);
  });

  test('has no server group where servers may be anywhere', () => {
    const template = worker({ placement: 'any' });
    expect(template.resources('compute_servergroup_v2')).toEqual([]);
    expect(template.resource('compute_instance_v2')).not.toHaveProperty('scheduler_hints');
  });

  test('gives each node its volumes', () => {
    const volumes = [{ name: 'data', sizeGiB: 100, mount: '/mnt/data', filesystem: 'xfs', type: 'ssd' } as const];
    const template = worker({ numbers: [0, 1], volumes });
    expect(template.resources('blockstorage_volume_v3')[1]).toEqual({
      name: 'dev-worker-1-data',
      size: 100,
      volume_type: 'ssd',
      enable_online_resize: true,
    });
    expect(template.resources('compute_volume_attach_v2')[1]).toEqual({
      instance_id: expect.stringContaining('openstack_compute_instance_v2.worker_worker-1_'),
      volume_id: expect.stringContaining('openstack_blockstorage_volume_v3.worker_worker-1_volume-data_'),
    });
  });

  test('lets new servers boot from a volume that is made from the image, and goes with them', () => {
    const server = synthesize((stack) => {
      new NodeGroup(stack, 'worker', { ...groupProps(stack), root: { sizeGiB: 50, type: 'ssd' } });
    }).resource('compute_instance_v2');
    expect(server).not.toHaveProperty('image_id');
    expect(server.block_device).toEqual([
      {
        ...{ boot_index: 0, source_type: 'image', destination_type: 'volume', volume_size: 50, volume_type: 'ssd' },
        ...{ uuid: expect.stringMatching(/^\$\{data\.openstack_images_image_v2\./), delete_on_termination: true },
      },
    ]);
    expect((server.lifecycle as { ignore_changes: string[] }).ignore_changes).toEqual(
      expect.arrayContaining(['image_id', 'block_device']),
    );
  });

  test('gives each node a floating IP', () => {
    const template = worker({ numbers: [0, 1], floatingIps: 'new' });
    expect(template.resources('networking_floatingip_v2').map((ip) => ip.description)).toEqual([
      'dev-worker-0',
      'dev-worker-1',
    ]);
    expect(worker().resources('networking_floatingip_v2')).toEqual([]);
  });

  test('gives nodes a new floating IP, one that exists, or none, as told of each', () => {
    const template = worker({ numbers: [0, 2, 3], floatingIps: { 0: 'new', 3: { existing: '203.0.113.10' } } });
    expect(template.resource('networking_floatingip_v2').description).toBe('dev-worker-0');
    expect(template.dataSource('networking_floatingip_v2')).toEqual({ address: '203.0.113.10' });
    const [made, found] = template.resources('networking_floatingip_associate_v2');
    expect(made).toEqual({
      floating_ip: expect.stringMatching(/^\$\{openstack_networking_floatingip_v2\.worker_worker-0_/),
      port_id: expect.stringContaining('networking_port_v2.worker_worker-0_'),
    });
    expect(found).toEqual({
      floating_ip: expect.stringMatching(/^\$\{data\.openstack_networking_floatingip_v2\.worker_worker-3_/),
      port_id: expect.stringContaining('networking_port_v2.worker_worker-3_'),
      depends_on: [expect.stringMatching(/^openstack_networking_floatingip_associate_v2\.worker_worker-0_/)],
    });
  });

  test('keeps the names of associations when an address becomes another', () => {
    const names = (floatingIps: NodeGroupProps['floatingIps']) =>
      worker({ floatingIps }).names('networking_floatingip_associate_v2');
    expect(names({ 0: { existing: '203.0.113.10' } })).toEqual(names('new'));
    expect(names({ 0: { existing: '203.0.113.11' } })).toEqual(names('new'));
  });

  test('takes an address that exists where no external network is known', () => {
    const template = synthesize((stack) => {
      const network = Network.fromName(stack, 'lan', { network: 'lan', subnet: 'lan-4' });
      const floatingIps = { 0: { existing: '203.0.113.10' } };
      const group = new NodeGroup(stack, 'worker', { ...groupProps(stack), network, floatingIps });
      expect(group.nodes[0]!.server.floatingIp?.address).toBe('203.0.113.10');
    });
    expect(template.resources('networking_floatingip_v2')).toEqual([]);
  });

  test('gives nodes the fixed addresses that they are to have; the server only knows its port', () => {
    const own = { numbers: [0, 2], floatingIps: 'new' } as const;
    const before = worker({ ...own, addresses: { 2: '10.77.0.22' } });
    const after = worker({ ...own, addresses: { 2: '10.77.0.33' } });
    const subnet_id = expect.stringContaining('data.openstack_networking_subnet_v2');
    expect(before.resources('networking_port_v2').map((port) => port.fixed_ip)).toEqual([
      [{ subnet_id }],
      [{ subnet_id, ip_address: '10.77.0.22' }],
    ]);
    // Else the floating IP would go on to lead to what the port had before.
    expect(after.resources('networking_floatingip_associate_v2').map((one) => one.fixed_ip)).toEqual([
      undefined,
      '10.77.0.33',
    ]);
    expect(after.names('networking_port_v2')).toEqual(before.names('networking_port_v2'));
    expect(after.resources('compute_instance_v2')).toEqual(before.resources('compute_instance_v2'));
  });

  test('shuts off the servers of nodes that are off, and says nothing of the others', () => {
    const servers = worker({ numbers: [0, 1, 2], resting: { 1: 'off', 2: 'stopped' } }).resources(
      'compute_instance_v2',
    );
    expect(servers.map(({ power_state }) => power_state)).toEqual([undefined, 'shutoff', undefined]);
    const [working, off] = servers as [Record<string, unknown>, Record<string, unknown>];
    expect({ ...off, power_state: undefined, name: '', metadata: {}, network: [] }).toEqual({
      ...working,
      ...{ name: '', metadata: {}, network: [] },
    });
  });

  test('takes zone and patience as told', () => {
    const server = worker({ availabilityZone: 'az-2', createWithinSeconds: 1200 }).resource('compute_instance_v2');
    expect(server).toMatchObject({ availability_zone: 'az-2', timeouts: { create: '1200s' } });
  });

  test('lets its nodes reach metadata, resolvers and mirrors, and nothing else', () => {
    const group = 'worker_security-group';
    const rules = worker()
      .rules()
      .map((rule) => rule.replace(/\${data\.openstack_networking_subnet_v2\.\w+\.cidr}/, 'subnet'));
    expect(rules).toEqual([
      `${group} egress tcp 443-443 0.0.0.0/0`,
      `${group} egress tcp 53-53 subnet`,
      `${group} egress tcp 53-53 \${each.value}/32`,
      `${group} egress tcp 80-80 0.0.0.0/0`,
      `${group} egress tcp 80-80 169.254.169.254/32`,
      `${group} egress udp 53-53 subnet`,
      `${group} egress udp 53-53 \${each.value}/32`,
    ]);
  });

  test('adds no rules of its own to a group that is given', () => {
    const template = synthesize((stack) => {
      const securityGroup = new SecurityGroup(stack, 'own', { name: 'own', description: 'x' });
      const furtherSecurityGroups = [SecurityGroup.fromName(stack, 'base', 'base')];
      new NodeGroup(stack, 'worker', { ...groupProps(stack), securityGroup, furtherSecurityGroups });
    });
    expect(template.rules()).toEqual([]);
    expect(template.resource('networking_port_v2').security_group_ids).toEqual([
      expect.stringContaining('openstack_networking_secgroup_v2.own_'),
      expect.stringContaining('data.openstack_networking_secgroup_v2.base_'),
    ]);
  });

  test('opens what its roles expose to whom it is told', () => {
    const kafka = role('kafka', { name: 'broker', port: 9092, from: [] });
    const template = synthesize((stack) => {
      const brokers = new NodeGroup(stack, 'kafka', { ...groupProps(stack), roles: [kafka] });
      brokers.connections.allowFrom(SecurityGroup.fromName(stack, 'spark', 'prod-worker'));
    });
    expect(template.rules()).toContain('kafka_security-group ingress tcp 9092-9092 spark');
    expect(template.resource('compute_instance_v2')).toMatchObject({ metadata: { roles: 'kafka' } });
  });

  test('waits for the router of a network that is made beside it: cloud-init asks through it', () => {
    const template = synthesize((stack) => {
      const network = new Network(stack, 'lan', { name: 'lan', cidr: '10.0.0.0/24' });
      new NodeGroup(stack, 'worker', { ...groupProps(stack), network });
    });
    const order = [expect.stringMatching(/^openstack_networking_router_interface_v2\./)];
    expect(template.resource('compute_instance_v2').depends_on).toEqual(order);
  });

  test('refuses a name with a hyphen, which could be the end of an environment', () => {
    synthesize((stack) => {
      expect(() => new NodeGroup(stack, 'a-worker', groupProps(stack))).toThrow(
        'node group "a-worker" has a hyphen in its name: "dev" with "a-worker" would be named like "dev-a" with "worker"',
      );
      stack.node.tryRemoveChild('a-worker');
    });
  });

  const refusal = (numbers: number[]) => (stack: TerraformStack) => {
    try {
      return new NodeGroup(stack, 'worker', { ...groupProps(stack), numbers }) && 'none';
    } catch (error) {
      stack.node.tryRemoveChild('worker');
      return (error as Error).message;
    }
  };

  test.each([
    [[], 'node group "worker" has no nodes: give at least one number'],
    [[0, 0], 'node group "worker": 0 can\'t be a node\'s number: give whole numbers from 0, each once'],
    [[-1], 'node group "worker": -1 can\'t be'],
    [[1.5], 'node group "worker": 1.5 can\'t be'],
  ])('refuses the numbers %p', (numbers, message) => {
    synthesize((stack) => expect(refusal(numbers)(stack)).toContain(message));
  });
});
