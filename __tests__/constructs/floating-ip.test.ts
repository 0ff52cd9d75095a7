import { FloatingIp } from '../../constructs/floating-ip';
import { Network } from '../../constructs/network';
import { synthesize } from './_template';

describe('FloatingIp', () => {
  test('leads to a port, from the external network of its network', () => {
    const template = synthesize((stack) => {
      const network = Network.fromName(stack, 'network', { network: 'lan', subnet: 'lan-4', external: 'public' });
      new FloatingIp(stack, 'ip', { network, portId: 'p-1', description: 'dev-master-0' });
    });
    expect(template.resource('networking_floatingip_v2')).toEqual({ pool: 'public', description: 'dev-master-0' });
    expect(template.resource('networking_floatingip_associate_v2')).toEqual({
      port_id: 'p-1',
      floating_ip: expect.stringMatching(/^\$\{openstack_networking_floatingip_v2\.ip_.*\.address}$/),
    });
  });

  test('waits for the router of a network that is made beside it', () => {
    const template = synthesize((stack) => {
      const network = new Network(stack, 'network', { name: 'x', cidr: '10.0.0.0/24', external: 'public' });
      new FloatingIp(stack, 'ip', { network, portId: 'p-1', description: 'x' });
    });
    const order = [expect.stringMatching(/^openstack_networking_router_interface_v2\./)];
    expect(template.resource('networking_floatingip_v2').depends_on).toEqual(order);
    expect(template.resource('networking_floatingip_associate_v2').depends_on).toEqual(order);
  });

  test('that exists already is only led to a port, where the router is', () => {
    const template = synthesize((stack) => {
      const network = new Network(stack, 'network', { name: 'x', cidr: '10.0.0.0/24', external: 'public' });
      const first = FloatingIp.fromAddress(stack, 'a', '203.0.113.10', { network, portId: 'p-1' });
      FloatingIp.fromAddress(stack, 'b', '203.0.113.11', { network, portId: 'p-2', after: first });
    });
    expect(template.resources('networking_floatingip_v2')).toEqual([]);
    expect(template.dataSources('networking_floatingip_v2').map(({ address }) => address)).toEqual([
      '203.0.113.10',
      '203.0.113.11',
    ]);
    const router = expect.stringMatching(/^openstack_networking_router_interface_v2\./);
    expect(
      template.resources('networking_floatingip_associate_v2').map((one) => [one.port_id, one.depends_on]),
    ).toEqual([
      ['p-1', [router]],
      ['p-2', [router, expect.stringMatching(/^openstack_networking_floatingip_associate_v2\.a_association/)]],
    ]);
  });

  test('refuses a network without an external one', () => {
    synthesize((stack) => {
      const network = Network.fromName(stack, 'network', { network: 'lan', subnet: 'lan-4' });
      const make = () => new FloatingIp(stack, 'ip', { network, portId: 'p-1', description: 'x' });
      expect(make).toThrow('floating IPs need an external network: name it as "external"');
    });
  });
});
