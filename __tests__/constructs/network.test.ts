import { Network } from '../../constructs/network';
import { synthesize } from './_template';

const props = { name: 'firesteel-common', cidr: '10.77.0.0/24', external: 'public' };

describe('Network', () => {
  test('has a subnet and a router to the external network', () => {
    const template = synthesize((stack) => new Network(stack, 'network', { ...props, nameservers: ['192.0.2.53'] }));
    expect(template.dataSource('networking_network_v2')).toEqual({ name: 'public', external: true });
    expect(template.resource('networking_network_v2')).toMatchObject({ name: 'firesteel-common' });
    expect(template.resource('networking_subnet_v2')).toMatchObject({
      name: 'firesteel-common',
      cidr: '10.77.0.0/24',
      network_id: expect.stringContaining('openstack_networking_network_v2.network_'),
      dns_nameservers: ['192.0.2.53'],
    });
    expect(template.resource('networking_router_v2')).toMatchObject({
      name: 'firesteel-common',
      external_network_id: expect.stringContaining('data.openstack_networking_network_v2.network_external_'),
    });
    expect(Object.keys(template.resource('networking_router_interface_v2'))).toEqual(['router_id', 'subnet_id']);
  });

  test('takes the one external network of the cloud where none is named', () => {
    const template = synthesize((stack) => new Network(stack, 'network', { name: 'x', cidr: '10.0.0.0/24' }));
    expect(template.dataSource('networking_network_v2')).toEqual({ external: true });
  });

  test('has its resolvers where it says, or in the subnet itself', () => {
    synthesize((stack) => {
      const named = new Network(stack, 'a', { ...props, nameservers: ['192.0.2.53'] });
      expect(named.resolvers).toMatchObject([{ range: '192.0.2.53/32' }]);
      expect(new Network(stack, 'b', props).resolvers).toMatchObject([{ range: '10.77.0.0/24' }]);
    });
  });

  test('leaves the resolvers of a subnet alone where none are named', () => {
    const template = synthesize((stack) => new Network(stack, 'network', props));
    expect(template.resource('networking_subnet_v2')).not.toHaveProperty('dns_nameservers');
  });

  test('refuses addresses that are none', () => {
    synthesize((stack) => {
      expect(() => new Network(stack, 'a', { ...props, cidr: '10.77.0.0/99' })).toThrow(
        '"10.77.0.0/99" is no address range',
      );
      expect(() => new Network(stack, 'b', { ...props, nameservers: ['dns.example'] })).toThrow(
        '"dns.example" is no address',
      );
    });
  });
});

describe('Network.fromName', () => {
  test('finds network and subnet, and makes nothing', () => {
    const template = synthesize((stack) => {
      const network = Network.fromName(stack, 'network', { network: 'lan', subnet: 'lan-4' });
      expect(network).toMatchObject({ externalNetworkName: undefined, ready: [] });
    });
    expect(template.json.resource).toBeUndefined();
    expect(template.dataSource('networking_network_v2')).toEqual({ name: 'lan' });
    expect(template.dataSource('networking_subnet_v2')).toEqual({
      name: 'lan-4',
      network_id: expect.stringContaining(`\${data.openstack_networking_network_v2.network_`),
    });
  });

  test('asks the router for the external network where only the router is known', () => {
    const template = synthesize((stack) => {
      Network.fromName(stack, 'network', { network: 'lan', subnet: 'lan-4', router: 'gate' });
    });
    expect(template.dataSource('networking_router_v2')).toEqual({ name: 'gate' });
    expect(template.dataSources('networking_network_v2')).toContainEqual({
      network_id: expect.stringMatching(/^\$\{data\.openstack_networking_router_v2\..*\.external_network_id}$/),
    });
  });

  test('knows resolvers as named ones, or as what the subnet turns out to have', () => {
    synthesize((stack) => {
      const options = { network: 'lan', subnet: 'lan-4' };
      const named = Network.fromName(stack, 'a', { ...options, nameservers: ['192.0.2.53'] });
      expect(named.resolvers).toMatchObject([{ peerId: '192.0.2.53_32' }]);
      expect(Network.fromName(stack, 'b', options).resolvers).toMatchObject([
        { peerId: 'subnet' },
        { peerId: 'nameservers' },
      ]);
    });
  });
});
