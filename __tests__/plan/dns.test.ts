import type { ClusterPlan } from '../../plan/cluster-plan';
import type { ClusterSpec } from '../../plan/cluster-spec';
import { infrastructureDigest } from '../../plan/digest';
import { dnsRecords } from '../../plan/dns-records';
import type { DnsSpec } from '../../plan/dns-spec';
import { clusterPlan } from '../../plan/general-cluster';
import { sparkClusterPlan } from '../../plan/spark-cluster';
import { webClusterPlan } from '../../plan/web-cluster';
import { issuesOf } from './_project';

const BROKERS: ClusterSpec['groups'] = { broker: { flavor: 's', count: 2, floatingIp: ['new'] } };

const planOf = (dns: DnsSpec, groups: ClusterSpec['groups'] = BROKERS) =>
  clusterPlan('dev', { image: 'debian-12', dns, groups });

const recordsOf = (plan: ClusterPlan) =>
  dnsRecords(plan).map(({ side, name, group, number = 'shared' }) => `${side} ${name} ${group}-${number}`);

describe('records', () => {
  test('are of every private name, and of a public one where there is a floating IP', () => {
    const fqdn = { public: 'kafka-{n}.iot.example', private: 'kafka-{n}.internal.iot.example' };
    const groups = { broker: { ...BROKERS.broker!, fqdn } };
    expect(recordsOf(planOf({ public: 'iot.example', private: 'internal.iot.example.' }, groups))).toEqual([
      'public kafka-0.iot.example. broker-0',
      'private kafka-0.internal.iot.example. broker-0',
      'private kafka-1.internal.iot.example. broker-1',
    ]);
  });

  test('are of the host names where the plan gives no full ones, which all nodes then know', () => {
    const plan = planOf({ public: 'iot.example', private: 'lan.example' });
    expect(recordsOf(plan)).toEqual([
      'public dev-broker-0.iot.example. broker-0',
      'private dev-broker-0.lan.example. broker-0',
      'private dev-broker-1.lan.example. broker-1',
    ]);
    expect(plan.groups[0]!.names).toEqual({
      privateFqdn: 'dev-broker-{n}.lan.example',
      publicFqdn: 'dev-broker-{n}.iot.example',
    });
    const named = planOf({ private: 'lan.example' }, { broker: { flavor: 's', hostname: 'kafka-{n}' } });
    expect(recordsOf(named)).toEqual(['private kafka-0.lan.example. broker-0']);
  });

  test('of both sides may be in one zone, under names of their own', () => {
    expect(recordsOf(planOf({ public: 'iot.example', private: 'iot.example' }))).toEqual([
      'public dev-broker-0.iot.example. broker-0',
      'private internal.dev-broker-0.iot.example. broker-0',
      'private internal.dev-broker-1.iot.example. broker-1',
    ]);
  });

  test('have one name for two addresses where two zones of a name are on name servers of their own', () => {
    const inside = { zone: 'iot.example', attributes: { view: 'private' } };
    const fqdn = { public: 'kafka-{n}.iot.example', private: 'kafka-{n}.iot.example' };
    const groups = { broker: { flavor: 's', floatingIp: true, fqdn } };
    expect(recordsOf(planOf({ public: 'iot.example', private: inside }, groups))).toEqual([
      'public kafka-0.iot.example. broker-0',
      'private kafka-0.iot.example. broker-0',
    ]);
  });

  test('lead to the address that a group shares, by the name of the group or one of its own', () => {
    const balancer = { flavor: 's', count: 2, floatingIp: false, roles: ['keepalived'] };
    const dns = { public: 'shop.example', private: 'lan.example' };
    const groups = { balancer: { ...balancer, virtualIp: { floatingIp: true } } };
    expect(recordsOf(planOf(dns, groups)).filter((record) => record.endsWith('shared'))).toEqual([
      'public dev-balancer.shop.example. balancer-shared',
      'private dev-balancer.lan.example. balancer-shared',
    ]);
    const fqdn = { public: 'shop.example' };
    const named = { balancer: { ...balancer, virtualIp: { floatingIp: true, fqdn } } };
    expect(recordsOf(planOf(dns, named))).toContain('public shop.example. balancer-shared');
  });

  test('are of clusters of other kinds too', () => {
    const sizes = { master: { flavor: 's' }, workers: { flavor: 's', count: 1 } };
    const spark = sparkClusterPlan('dev', { image: 'x', dns: { private: 'lan.example' }, ...sizes });
    expect(recordsOf(spark)).toEqual([
      'private dev-master-0.lan.example. master-0',
      'private dev-worker-0.lan.example. worker-0',
    ]);
    const web = webClusterPlan('dev', {
      ...{ image: 'x', app: 'examples/apps/hello_world', dns: { public: 'shop.example' } },
      ...{ servers: { flavor: 's', count: 1 }, balancers: { flavor: 's' } },
      virtualIp: { fqdn: { public: 'www.shop.example' } },
    });
    expect(recordsOf(web)).toContain('public www.shop.example. balancer-shared');
  });

  test('are none, and the digest of what is deployed stays, where the plan has no zones', () => {
    const plan = clusterPlan('dev', { image: 'debian-12', groups: BROKERS });
    expect(dnsRecords(plan)).toEqual([]);
    expect(plan).not.toHaveProperty('dns');
    expect(infrastructureDigest(planOf({ private: 'a.example' }))).not.toBe(infrastructureDigest(plan));
    expect(infrastructureDigest({ ...plan })).toBe(infrastructureDigest(plan));
  });
});

test('what is not said of a zone has a default', () => {
  expect(planOf({ public: 'iot.example', ttl: '10m' }).dns).toEqual({
    ttlSeconds: 600,
    public: { name: 'iot.example.', existing: false, email: 'hostmaster@iot.example', attributes: {} },
  });
});

const PLAN = `kind: cluster
image: debian-12
groups:
  broker:
    flavor: m1.small
    count: 2
    fqdn: { public: "kafka-{n}.iot.example" }
`;
const issuesWith = (dns: string, plan = PLAN) => issuesOf({ 'dev.yaml': `${plan}dns: ${dns}\n` });

describe('what is wrong is told where it stands', () => {
  test.each([
    [
      '{ public: example.org }',
      '7:21: groups.broker.fqdn.public: "kafka-{n}.iot.example" is outside of the public zone example.org.: end it in .example.org, or name another zone as dns.public',
    ],
    [
      '{ public: notiot.example }',
      '7:21: groups.broker.fqdn.public: "kafka-{n}.iot.example" is outside of the public zone notiot.example.: end it in .notiot.example, or name another zone as dns.public',
    ],
    ['{ ttl: 60 }', '8:6: dns: names no zone: say "public:", "private:" or both, such as iot.example'],
    [
      '{ private: { zone: iot.example, existing: true, attributes: { view: x } } }',
      expect.stringContaining('dns.private.attributes: choose the name servers of a new zone, and this one exists'),
    ],
  ])('%s', (dns, issue) => expect(issuesWith(dns)).toEqual([issue]));

  test('refuses what is no zone', () => {
    expect(issuesWith('{ public: example }')).toEqual([expect.stringContaining('8:16: dns.public')]);
    expect(issuesWith('{ public: { zone: "a_b..c" } }')).toEqual([expect.stringContaining('is no zone')]);
  });

  test('refuses one name for two addresses in one zone', () => {
    const same = PLAN.replace('" }', '", private: "kafka-{n}.iot.example" }');
    const [issue] = issuesWith('{ public: iot.example, private: iot.example }', same);
    expect(issue).toContain('is given at groups.broker.fqdn.private already: give another');
  });

  test('refuses one name for a node and the address that its group shares', () => {
    const shared = PLAN.replace('count: 2', 'roles: [keepalived]\n    floatingIp: true').replace(
      '"kafka-{n}.iot.example" }',
      'one.iot.example }\n    virtualIp: { floatingIp: true, fqdn: { public: one.iot.example } }',
    );
    expect(issuesWith('{ public: iot.example }', shared)).toEqual([
      expect.stringContaining('"one.iot.example" is given at groups.broker.fqdn.public already: give another'),
    ]);
  });

  test('refuses a name that the zone gives to one node and the plan to another', () => {
    const other = PLAN.replace(
      /fqdn:.*\n/,
      'floatingIp: true\n  other: { flavor: s, floatingIp: [new], fqdn: { public: dev-broker-1.iot.example } }\n',
    );
    expect(issuesWith('{ public: iot.example }', other)).toEqual([
      '8:10: groups.other: dev-broker-1.iot.example. is the name of broker-1 already: give it another as fqdn.public',
    ]);
  });

  test('refuses a name of a shared address without a zone, and one with a number', () => {
    const shared = (name: string) =>
      PLAN.replace('count: 2', `count: 2\n    roles: [keepalived]\n    virtualIp: { fqdn: { private: "${name}" } }`);
    expect(issuesOf({ 'dev.yaml': shared('vip.iot.example') })).toEqual([
      expect.stringContaining('groups.broker.virtualIp.fqdn: has no zone that it could be in: say "dns:"'),
    ]);
    expect(issuesWith('{ private: iot.example }', shared('vip-{n}.iot.example'))).toEqual([
      expect.stringContaining('has a {n}, and the address is that of the whole group'),
    ]);
  });
});
