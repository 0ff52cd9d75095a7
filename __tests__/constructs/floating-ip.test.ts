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

  test('refuses a network without an external one', () => {
    synthesize((stack) => {
      const network = Network.fromName(stack, 'network', { network: 'lan', subnet: 'lan-4' });
      const make = () => new FloatingIp(stack, 'ip', { network, portId: 'p-1', description: 'x' });
      expect(make).toThrow('floating IPs need an external network: name it as "external"');
    });
  });
});
