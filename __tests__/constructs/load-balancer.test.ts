import { LoadBalancer, type LoadBalancerProps } from '../../constructs/load-balancer';
import { Network } from '../../constructs/network';
import { NodeGroup } from '../../constructs/node-group';
import { groupProps } from './_cluster-parts';
import { synthesize } from './_template';

const balancer = (own: Partial<LoadBalancerProps> = {}, numbers: readonly number[] = [0, 1]) =>
  synthesize((stack) => {
    const props = groupProps(stack);
    const group = new NodeGroup(stack, 'web', { ...props, numbers });
    const members = group.nodes.map(({ name, server }) => ({
      ...{ name, port: 8080 },
      ...{ address: server.address, server: server.made },
    }));
    new LoadBalancer(stack, 'web-lb', { name: 'dev-web-lb', network: props.network, port: 80, members, ...own });
  });

const SUBNET = expect.stringMatching(/^\$\{data\.openstack_networking_subnet_v2\..*\.id}$/);

describe('LoadBalancer', () => {
  test('listens on the subnet, and hands requests on to its members', () => {
    const template = balancer();
    expect(template.resource('lb_loadbalancer_v2')).toEqual({ name: 'dev-web-lb', vip_subnet_id: SUBNET });
    expect(template.resource('lb_listener_v2')).toMatchObject({
      ...{ name: 'dev-web-lb', protocol: 'HTTP', protocol_port: 80 },
      insert_headers: { 'X-Forwarded-For': 'true', 'X-Forwarded-Proto': 'true' },
    });
    expect(template.resource('lb_pool_v2')).toMatchObject({ protocol: 'HTTP', lb_method: 'ROUND_ROBIN' });
    expect(template.resources('lb_member_v2')).toEqual(
      [0, 1].map((number) => ({
        name: `web-${number}`,
        pool_id: expect.stringContaining('lb_pool_v2'),
        subnet_id: SUBNET,
        address: expect.stringMatching(new RegExp(`web-${number}.*all_fixed_ips, 0\\)`)),
        protocol_port: 8080,
        depends_on: [expect.stringMatching(new RegExp(`^openstack_compute_instance_v2.*web-${number}`))],
      })),
    );
  });

  test('keeps the names of members when others come and go', () => {
    const names = (numbers: readonly number[]) => balancer({}, numbers).names('lb_member_v2');
    expect(names([0, 1, 2, 3]).filter((name) => !/web-[13]/.test(name))).toEqual(names([0, 2]));
  });

  test('asks members for a path, or for a connection', () => {
    const monitor = (own: Partial<LoadBalancerProps>) => balancer(own).resource('lb_monitor_v2');
    expect(monitor({ check: '/health' })).toMatchObject({
      type: 'HTTP',
      url_path: '/health',
      expected_codes: '200-499',
    });
    expect(monitor({})).toMatchObject({ type: 'HTTP', url_path: '/' });
    expect(monitor({ protocol: 'tcp' })).toMatchObject({ type: 'TCP' });
    expect(monitor({ protocol: 'tcp' })).not.toHaveProperty('url_path');
    expect(monitor({ check: 'tcp' })).toMatchObject({ type: 'TCP', delay: 5, timeout: 3, max_retries: 2 });
  });

  test('lets in the subnet, and whom it is told besides', () => {
    const allowed = (from?: readonly string[]) =>
      balancer({ ...(from && { from }) }).resource('lb_listener_v2').allowed_cidrs;
    expect(allowed()).toMatch(/^\$\{sort\(\[data\.openstack_networking_subnet_v2\..*\.cidr\]\)}$/);
    expect(allowed(['203.0.113.0/24'])).toMatch(/^\$\{sort\(\["203\.0\.113\.0\/24", data\..*\.cidr\]\)}$/);
    expect(allowed(['0.0.0.0/0'])).toBeUndefined();
  });

  test('takes the way of a TCP connection as told', () => {
    const template = balancer({ protocol: 'tcp', balance: 'leastconn' });
    expect(template.resource('lb_listener_v2')).toMatchObject({ protocol: 'TCP' });
    expect(template.resource('lb_listener_v2')).not.toHaveProperty('insert_headers');
    expect(template.resource('lb_pool_v2')).toMatchObject({ protocol: 'TCP', lb_method: 'LEAST_CONNECTIONS' });
  });

  test('has the address that it is told, and a public one that leads there', () => {
    const template = balancer({ address: '10.0.0.50', floatingIp: 'new' });
    expect(template.resource('lb_loadbalancer_v2')).toMatchObject({ vip_address: '10.0.0.50' });
    expect(template.resource('networking_floatingip_v2')).toMatchObject({ description: 'dev-web-lb' });
    expect(template.resource('networking_floatingip_associate_v2')).toMatchObject({
      fixed_ip: '10.0.0.50',
      port_id: expect.stringMatching(/lb_loadbalancer_v2\..*\.vip_port_id}$/),
    });
    const existing = balancer({ floatingIp: { existing: '203.0.113.9' } });
    expect(existing.resources('networking_floatingip_v2')).toEqual([]);
    expect(existing.dataSource('networking_floatingip_v2')).toEqual({ address: '203.0.113.9' });
  });

  test('waits for the router of a network that is made beside it', () => {
    const template = synthesize((stack) => {
      const network = new Network(stack, 'network', { name: 'lan', cidr: '10.77.0.0/24' });
      new LoadBalancer(stack, 'lb', { name: 'dev-web-lb', network, port: 80, members: [] });
    });
    expect(template.resource('lb_loadbalancer_v2').depends_on).toEqual([
      expect.stringContaining('router_interface_v2'),
    ]);
    expect(template.resource('lb_listener_v2').allowed_cidrs).toMatch(/^\$\{sort\(\["10\.77\.0\.0\/24"]\)}$/);
  });
});
