import { Testing } from 'cdktf';
import type { ClusterOutput } from '../../plan/cluster-output';
import type { ClusterPlan, NodeGroupPlan } from '../../plan/cluster-plan';
import type { Role } from '../../roles/role';
import { ClusterStack } from '../../stacks/cluster-stack';
import { commonReference } from '../../stacks/common-reference';
import { groupPlan, role } from '../constructs/_cluster-parts';
import { planOf as planIn } from './_plan';
import { snapshotOf } from './_snapshot';

const database: Role = {
  ...role('database'),
  exposes: [
    { name: 'sql', port: 3306, from: ['web'], across: ['database'] },
    { name: 'group', port: 4567, from: ['database'] },
  ],
};
const web = role('web', { name: 'http', port: 8080, from: ['web'] });

function group(name: string, region: string, changes: Partial<NodeGroupPlan>): NodeGroupPlan {
  return { ...groupPlan(name, changes), region };
}

function planOf(groups: readonly NodeGroupPlan[]): ClusterPlan {
  const { settings, ...plan } = planIn(groups);
  return {
    ...plan,
    cloud: 'mycloud',
    common: 'us',
    regions: [
      { name: 'us-east', common: 'us' },
      { name: '2.eu', common: 'eu' },
    ],
    settings: { ...settings, egress: 'open' },
  };
}

const GROUPS = [
  group('usdb', 'us-east', { roles: [database], floatingIps: 'new' }),
  group('usweb', 'us-east', { roles: [web], numbers: [0, 1] }),
  group('eudb', '2.eu', { roles: [database], numbers: [0, 3] }),
];

interface Synthesized {
  readonly provider: { readonly openstack: readonly Record<string, unknown>[] };
  readonly resource: Readonly<Record<string, Readonly<Record<string, Record<string, unknown>>>>>;
  readonly data: Readonly<Record<string, Readonly<Record<string, Record<string, unknown>>>>>;
  readonly output: { readonly cluster: { readonly value: unknown } };
}

function synth(commons: Record<string, ReturnType<typeof commonReference>> = COMMONS): Synthesized {
  const stack = new ClusterStack(Testing.app(), 'shop', { plan: planOf(GROUPS), common: commons });
  return JSON.parse(Testing.synth(stack)) as Synthesized;
}

const COMMONS = { us: commonReference('us'), eu: commonReference('eu') };

const everything = ({ resource, data }: Synthesized) =>
  [...Object.values(resource), ...Object.values(data)].flatMap((named) => Object.entries(named));

describe('a cluster in several regions', () => {
  test('has a provider for each, and all that is in a region names it', () => {
    const stack = synth();
    expect(stack.provider.openstack).toEqual([
      { cloud: 'mycloud', region: 'us-east', alias: 'us-east' },
      { cloud: 'mycloud', region: '2.eu', alias: 'r-2-eu' },
    ]);
    for (const [name, { provider }] of everything(stack)) {
      const expected = name.startsWith('us-east_') ? 'openstack.us-east' : 'openstack.r-2-eu';
      expect([name, provider]).toEqual([name, expected]);
    }
  });

  test("stands on each region's own common environment", () => {
    const networks = Object.values(synth().data.openstack_networking_network_v2!);
    const named = networks.filter(({ name }) => name !== undefined);
    expect(named.map(({ name, provider }) => `${name} ${provider}`).sort()).toEqual([
      'firesteel-eu openstack.r-2-eu',
      'firesteel-us openstack.us-east',
    ]);
  });

  test('lets in from other regions what roles say, by the address of each node, on both ends', () => {
    const rules = Object.entries(synth().resource.openstack_networking_secgroup_rule_v2!);
    const across = rules
      .filter(([, { remote_ip_prefix: prefix }]) => String(prefix).includes('${'))
      .map(([name, rule]) => {
        const address = String(rule.remote_ip_prefix).replaceAll(/_[0-9A-F]{8}/g, '');
        return `${name.replace(/_[0-9A-F]{8}$/, '')}: ${rule.port_range_min} ${address}`;
      });
    const own = across.filter((line) => !line.includes('subnet'));
    const floating = '${openstack_networking_floatingip_v2.us-east_usdb_usdb-0_floating-ip.address}/32';
    const fixed = (node: string) =>
      `\${element(openstack_networking_port_v2.r-2-eu_eudb_${node}_port.all_fixed_ips, 0)}/32`;
    expect(own.sort()).toEqual([
      `r-2-eu_firewall_eudb_egress-tcp-3306-to-shop-usdb-0: 3306 ${floating}`,
      `r-2-eu_firewall_eudb_ingress-tcp-3306-from-shop-usdb-0: 3306 ${floating}`,
      `us-east_firewall_usdb_egress-tcp-3306-to-shop-eudb-0: 3306 ${fixed('eudb-0')}`,
      `us-east_firewall_usdb_egress-tcp-3306-to-shop-eudb-3: 3306 ${fixed('eudb-3')}`,
      `us-east_firewall_usdb_ingress-tcp-3306-from-shop-eudb-0: 3306 ${fixed('eudb-0')}`,
      `us-east_firewall_usdb_ingress-tcp-3306-from-shop-eudb-3: 3306 ${fixed('eudb-3')}`,
    ]);
    expect(rules.filter(([, { port_range_min: port }]) => port === 4567)).toHaveLength(2 * 1);
  });

  test('tells the region of every node', () => {
    const { value } = synth().output.cluster;
    const { nodes } = value as Pick<ClusterOutput, 'nodes'>;
    expect(nodes.map(({ name, region }) => `${name} ${region}`)).toEqual([
      'usdb-0 us-east',
      'usweb-0 us-east',
      'usweb-1 us-east',
      'eudb-0 2.eu',
      'eudb-3 2.eu',
    ]);
  });

  test('is what the provider takes', () => {
    expect(
      snapshotOf(new ClusterStack(Testing.app(), 'shop', { plan: planOf(GROUPS), common: COMMONS })),
    ).toMatchSnapshot();
  });

  test('names the common environment that is missing', () => {
    expect(() => synth({ us: commonReference('us') })).toThrow('no common environment "eu" is given: there are us');
  });
});
