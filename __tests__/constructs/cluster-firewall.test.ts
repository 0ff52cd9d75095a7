import { ClusterFirewall } from '../../constructs/cluster-firewall';
import type { NodeGroupPlan } from '../../plan/cluster-plan';
import { groupPlan, role } from './_cluster-parts';
import { synthesize } from './_template';

const firewall = (...groups: NodeGroupPlan[]) =>
  synthesize((stack) => new ClusterFirewall(stack, 'firewall', { plan: { name: 'dev', groups } }));

const web = role('web', { name: 'http', port: 80, from: ['proxy'] });
const database = role('database', { name: 'sql', port: 5432, from: ['web', 'database'] });
const proxy = role('proxy');

describe('ClusterFirewall', () => {
  test('has one security group for each node group, and one of all for package mirrors', () => {
    const template = firewall(groupPlan('web', { numbers: [0, 1, 2] }), groupPlan('db'));
    expect(template.resources('networking_secgroup_v2').map((group) => group.name)).toEqual([
      'dev-db',
      'dev-mirrors',
      'dev-web',
    ]);
  });

  test('opens to each role exactly what the others say, on both sides', () => {
    const template = firewall(
      groupPlan('front', { roles: [proxy] }),
      groupPlan('web', { roles: [web] }),
      groupPlan('db', { roles: [database], numbers: [0, 1] }),
    );
    expect(template.rules()).toEqual([
      'firewall_db egress tcp 5432-5432 firewall_db',
      'firewall_db ingress tcp 5432-5432 firewall_db',
      'firewall_db ingress tcp 5432-5432 firewall_web',
      'firewall_front egress tcp 80-80 firewall_web',
      'firewall_web egress tcp 5432-5432 firewall_db',
      'firewall_web ingress tcp 80-80 firewall_front',
    ]);
  });

  test('has as many rules for a thousand nodes as for two', () => {
    const rules = (count: number) => {
      const numbers = Array.from({ length: count }, (_, number) => number);
      return firewall(
        groupPlan('web', { roles: [web], numbers }),
        groupPlan('db', { roles: [database], numbers }),
      ).rules();
    };
    expect(rules(1000)).toEqual(rules(2));
  });

  test('has no rules for what a single node says to itself', () => {
    const alone = groupPlan('db', { roles: [database] });
    expect(firewall(alone).rules()).toEqual([]);
    expect(firewall({ ...alone, numbers: [0, 3] }).rules()).toHaveLength(2);
  });

  test('makes one rule of what several roles ask for, and says why', () => {
    const cache = role('cache', { name: 'sync', port: 5432, from: ['web', 'proxy'] });
    const template = firewall(
      groupPlan('front', { roles: [proxy, web], numbers: [0, 1] }),
      groupPlan('db', { roles: [database, cache], numbers: [0, 1] }),
    );
    const ingress = template.resources('networking_secgroup_rule_v2').filter((rule) => rule.direction === 'ingress');
    expect(ingress.map((rule) => rule.description).sort()).toEqual([
      'tcp 5432: database to database sql',
      'tcp 5432: web to database sql; proxy to cache sync; web to cache sync',
      'tcp 80: proxy to web http',
    ]);
  });

  test('makes one rule of ports that touch, over the same ports as before', () => {
    const api = role('api', { name: 'a', port: 81, from: ['proxy'] }, { name: 'b', port: [83, 85], from: ['proxy'] });
    const groups = [groupPlan('front', { roles: [proxy] }), groupPlan('back', { roles: [web, api] })];
    expect(firewall(...groups).rules()).toEqual([
      'firewall_back ingress tcp 80-81 firewall_front',
      'firewall_back ingress tcp 83-85 firewall_front',
      'firewall_front egress tcp 80-81 firewall_back',
      'firewall_front egress tcp 83-85 firewall_back',
    ]);
  });

  test('opens ranges and other protocols', () => {
    const blocks = role('blocks', { name: 'a', port: [7300, 7331], from: ['blocks'] });
    const gossip = role('gossip', { name: 'b', port: 7946, protocol: 'udp', from: ['gossip'] });
    expect(firewall(groupPlan('peers', { roles: [blocks, gossip], numbers: [0, 1] })).rules()).toEqual([
      'firewall_peers egress tcp 7300-7331 firewall_peers',
      'firewall_peers egress udp 7946-7946 firewall_peers',
      'firewall_peers ingress tcp 7300-7331 firewall_peers',
      'firewall_peers ingress udp 7946-7946 firewall_peers',
    ]);
  });

  test('names all rules alike in whatever order groups and roles are given', () => {
    const groups = [groupPlan('web', { roles: [web, proxy] }), groupPlan('db', { roles: [database, proxy] })];
    const turned = [groupPlan('db', { roles: [proxy, database] }), groupPlan('web', { roles: [proxy, web] })];
    const names = (all: NodeGroupPlan[]) => firewall(...all).names('networking_secgroup_rule_v2');
    expect(names(turned)).toEqual(names(groups));
  });

  test('opens public ports to the addresses that the plan names, and to nobody else', () => {
    const template = firewall(groupPlan('web', { roles: [web], publicPorts: [{ port: 443, from: ['192.0.2.0/24'] }] }));
    expect(template.resources('networking_secgroup_rule_v2')).toEqual([
      expect.objectContaining({
        direction: 'ingress',
        protocol: 'tcp',
        port_range_min: 443,
        port_range_max: 443,
        remote_ip_prefix: '192.0.2.0/24',
      }),
    ]);
  });

  test('opens a protocol that has no ports', () => {
    const vrrp = role('vrrp', { name: 'vrrp', protocol: 'vrrp', from: ['vrrp'] });
    const rules = firewall(groupPlan('pair', { roles: [vrrp], numbers: [0, 1] })).resources(
      'networking_secgroup_rule_v2',
    );
    expect(rules.map(({ direction, protocol }) => `${direction} ${protocol}`).sort()).toEqual([
      'egress vrrp',
      'ingress vrrp',
    ]);
    for (const rule of rules) expect(rule).not.toHaveProperty('port_range_min');
  });

  test('fails to find a group that the plan has not', () => {
    synthesize((stack) => {
      const made = new ClusterFirewall(stack, 'firewall', { plan: { name: 'dev', groups: [groupPlan('web')] } });
      expect(() => made.findGroup('wbe')).toThrow('no node group "wbe": there are web');
    });
  });
});
