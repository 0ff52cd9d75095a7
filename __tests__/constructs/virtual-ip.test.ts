import { NodeGroup } from '../../constructs/node-group';
import { groupProps } from './_cluster-parts';
import { synthesize } from './_template';

const group = (virtualIp: NonNullable<ConstructorParameters<typeof NodeGroup>[2]['virtualIp']>) =>
  synthesize((stack) => new NodeGroup(stack, 'balancer', { ...groupProps(stack), numbers: [0, 1], virtualIp }));

describe('a virtual IP', () => {
  test('has a port that belongs to no server, and every node of the group may take its address', () => {
    const template = group({ floatingIp: 'none' });
    const ports = template.resources('networking_port_v2');
    const own = ports.find(({ name }) => name === 'dev-balancer-vip')!;
    expect(own).toMatchObject({ security_group_ids: [expect.any(String)] });
    expect(own).not.toHaveProperty('device_id');
    const nodes = ports.filter((port) => port !== own);
    expect(nodes.map(({ name }) => name)).toEqual(['dev-balancer-0', 'dev-balancer-1']);
    for (const port of nodes) {
      expect(port.allowed_address_pairs).toEqual([
        { ip_address: expect.stringMatching(/element\(.*virtual-ip.*all_fixed_ips, 0\)/) },
      ]);
    }
    expect(template.resources('networking_floatingip_v2')).toEqual([]);
  });

  test('can be chosen, and found from outside', () => {
    const template = group({ address: '10.0.0.100', floatingIp: 'new' });
    expect(JSON.stringify(template.resources('networking_port_v2'))).toContain('"ip_address":"10.0.0.100"');
    expect(template.resources('networking_floatingip_v2')).toHaveLength(1);
    expect(template.resources('networking_floatingip_associate_v2')).toEqual([
      expect.objectContaining({ fixed_ip: '10.0.0.100', port_id: expect.stringContaining('virtual-ip') }),
    ]);
  });

  test('can be led to by an address that the project has, which is then never deleted', () => {
    const template = group({ floatingIp: { existing: '203.0.113.9' } });
    expect(template.resources('networking_floatingip_v2')).toEqual([]);
    expect(template.resources('networking_floatingip_associate_v2')).toHaveLength(1);
  });
});
