import type { SecurityGroupRule } from '../../cloud/network';
import { findStrangers, strangerText } from '../../lifecycle/strangers';

const rule = (id: string, more: Partial<SecurityGroupRule> = {}): SecurityGroupRule => ({
  ...{ id, securityGroupId: 'g1', direction: 'ingress', ethertype: 'IPv4', description: '', created: undefined },
  ...{ protocol: undefined, portMin: undefined, portMax: undefined, remoteCidr: undefined, remoteGroupId: undefined },
  ...more,
});
const group = (id: string, name: string, rules: SecurityGroupRule[]) => {
  return { id, name, description: '', rules, created: undefined };
};
const floatingIp = (id: string, address: string, portId?: string) => ({
  ...{ id, address, portId, fixedAddress: undefined, networkId: 'public', status: 'ACTIVE' },
  ...{ description: '', created: undefined },
});
const port = (id: string, name: string, deviceId: string, address: string, securityGroupIds = ['g1']) => ({
  ...{ id, name, deviceId, addresses: [address], status: 'ACTIVE', networkId: 'n1', deviceOwner: 'compute:nova' },
  ...{ mac: '', securityGroupIds, created: undefined },
});
const resource = (type: string, id: string, attributes: Record<string, unknown> = {}) => {
  return { type: `openstack_${type}`, name: id, id, attributes, tainted: false };
};

const OURS = [
  resource('networking_secgroup_v2', 'g1', { name: 'dev-worker' }),
  resource('networking_secgroup_rule_v2', 'r1'),
  resource('networking_port_v2', 'p1', { name: 'dev-worker-0', security_group_ids: ['g1'] }),
  resource('compute_instance_v2', 's1', { name: 'dev-worker-0' }),
  resource('networking_floatingip_v2', 'f1', { address: '203.0.113.1' }),
  resource('networking_floatingip_associate_v2', 'f2', { floating_ip: '203.0.113.2', port_id: 'p1' }),
];
const NOTHING = { securityGroups: [], floatingIps: [], ports: [] };
const texts = (...args: Parameters<typeof findStrangers>) =>
  findStrangers(...args).map(({ on, what }) => `${on}: ${what}`);

describe('what others have added to what is ours', () => {
  test('is a rule in a group of ours that no state knows, in words', () => {
    const rules = [
      rule('r1', { protocol: 'tcp', portMin: 7077, portMax: 7077 }),
      rule('r2', { protocol: 'tcp', portMin: 22, portMax: 22 }),
      rule('r3', { protocol: 'udp', portMin: 1, portMax: 9, remoteCidr: '10.0.0.0/8', description: 'for\nAda' }),
      rule('r4', { direction: 'egress', ethertype: 'IPv6' }),
      rule('r5', { protocol: 'tcp', portMin: 80, portMax: 80, remoteGroupId: 'g2' }),
    ];
    const securityGroups = [group('g1', 'dev-worker', rules), group('g2', 'theirs', [rule('r9')])];

    expect(texts({ ...NOTHING, securityGroups }, OURS)).toEqual([
      'security group dev-worker: ingress tcp 22 from 0.0.0.0/0',
      'security group dev-worker: ingress udp 1-9 from 10.0.0.0/8 "for\\nAda"',
      'security group dev-worker: egress anything to ::/0',
      'security group dev-worker: ingress tcp 80 from group theirs',
    ]);
  });

  test('is no rule that an interrupted run of ours may have made', () => {
    const rules = [rule('r2', { description: 'spark-worker to spark-master rpc' }), rule('r3')];
    const has = { ...NOTHING, securityGroups: [group('g1', 'dev-worker', rules)] };

    const halfMade = new Set(['spark-worker to spark-master rpc']);
    expect(findStrangers(has, OURS, { halfMade }).map(({ id }) => id)).toEqual(['r3']);
    expect(findStrangers(has, OURS).map(({ id }) => id)).toEqual(['r2', 'r3']);
  });

  test('is not what configure lets nodes out by while it installs, but whatever only looks like that', () => {
    const description = 'Package mirrors, while firesteel configure installs';
    const out = { direction: 'egress', protocol: 'tcp', portMin: 80, portMax: 80, remoteCidr: '0.0.0.0/0' } as const;
    const rules = [
      rule('r2', { ...out, description }),
      rule('r3', { ...out, portMax: 90, description }),
      rule('r4', out),
    ];
    const securityGroups = [group('g1', 'dev-worker', [rules[0]!]), group('g3', 'dev-mirrors', rules)];
    const ours = [...OURS, resource('networking_secgroup_v2', 'g3', { name: 'dev-mirrors' })];

    expect(findStrangers({ ...NOTHING, securityGroups }, ours).map(({ id, on }) => `${id} ${on}`)).toEqual([
      'r2 security group dev-worker',
      'r3 security group dev-mirrors',
      'r4 security group dev-mirrors',
    ]);
  });

  test('is a floating IP that leads to a port of ours, unless we led it there', () => {
    const floatingIps = [
      floatingIp('f1', '203.0.113.1', 'p1'),
      floatingIp('other', '203.0.113.2', 'p1'),
      floatingIp('f3', '203.0.113.3', 'p1'),
      floatingIp('f4', '203.0.113.4', 'theirs'),
      floatingIp('f5', '203.0.113.5'),
    ];

    expect(texts({ ...NOTHING, floatingIps }, OURS)).toEqual(['port dev-worker-0: 203.0.113.3']);
  });

  test('is a port that was plugged into a server of ours', () => {
    const ports = [
      port('p1', 'dev-worker-0', 's1', '10.0.0.5'),
      port('p2', '', 's1', '192.0.2.9'),
      port('p3', 'x', 'theirs', '10.0.0.7'),
      port('p4', 'free', '', '10.0.0.8'),
    ];

    expect(findStrangers({ ...NOTHING, ports }, OURS).map(strangerText)).toEqual([
      'server dev-worker-0: port 192.0.2.9 (port p2)',
    ]);
  });

  test('is a security group that a port of ours wears, or no longer wears, which the provider never looks at', () => {
    const ports = [port('p1', 'dev-worker-0', 's1', '10.0.0.5', ['g2'])];
    const securityGroups = [group('g1', 'dev-worker', []), group('g2', 'theirs', [])];
    const found = findStrangers({ ...NOTHING, securityGroups, ports }, OURS);

    expect(found.map(strangerText)).toEqual([
      'port dev-worker-0: security group theirs (security group g2)',
      'port dev-worker-0: security group dev-worker was taken away (security group g1)',
    ]);
    expect(found.map(({ undo }) => undo)).toEqual([
      'openstack port unset --security-group g2 p1',
      'openstack port set --security-group g1 p1',
    ]);
  });
});
