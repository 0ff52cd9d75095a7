import { Testing } from 'cdktf';
import type { ClusterPlan } from '../../plan/cluster-plan';
import { clusterPlan } from '../../plan/general-cluster';
import { ClusterStack } from '../../stacks/cluster-stack';
import { commonReference } from '../../stacks/common-reference';
import { templateOf } from './_template';

type Dns = NonNullable<Parameters<typeof clusterPlan>[1]['dns']>;

function planOf(dns: Dns): ClusterPlan {
  const broker = { flavor: 's', count: 2, floatingIp: ['new'], hostname: 'kafka-{n}' };
  return clusterPlan('dev', { image: 'debian-12', dns, groups: { broker } });
}

function zonesOf(dns: Dns) {
  const plan = planOf(dns);
  const template = templateOf(new ClusterStack(Testing.app(), 'dev', { plan, common: commonReference('common') }));
  const records = template.resources('dns_recordset_v2').map(({ zone_id: zone, name, records: to, ttl, type }) => {
    const short = String(zone).replace(/^\$\{(data\.)?openstack_dns_zone_v2\.(.*)_[0-9A-F]{8}\.id\}$/, '$1$2');
    const address = String(to).replace(/^.*openstack_networking_(\w+)_v2\.[a-z]+_([a-z]+-\d)_.*$/, '$1 $2');
    return `${short} ${name} ${type} ${ttl} ${address}`;
  });
  return { made: template.resources('dns_zone_v2'), found: template.dataSources('dns_zone_v2'), records, template };
}

describe('the names of a cluster', () => {
  test('lead to its fixed and floating addresses, in zones that are made with it', () => {
    const { made, found, records } = zonesOf({ public: 'iot.example', private: 'lan.example', ttl: 60 });
    const common = { description: 'Nodes of dev', ttl: 60 };
    expect(made).toEqual([
      { ...common, name: 'lan.example.', email: 'hostmaster@lan.example' },
      { ...common, name: 'iot.example.', email: 'hostmaster@iot.example' },
    ]);
    expect(found).toEqual([]);
    expect(records).toEqual([
      'dns_private kafka-0.lan.example. A 60 port broker-0',
      'dns_private kafka-1.lan.example. A 60 port broker-1',
      'dns_public kafka-0.iot.example. A 60 floatingip broker-0',
    ]);
  });

  test('stand in a zone that the project has, which stays', () => {
    const { made, found, records } = zonesOf({ public: { zone: 'iot.example', existing: true } });
    expect(made).toEqual([]);
    expect(found).toEqual([{ name: 'iot.example.' }]);
    expect(records).toEqual(['data.dns_public kafka-0.iot.example. A 300 floatingip broker-0']);
  });

  test('stand in the one that is meant, where the project has two of a name', () => {
    const existing = 'a86dba58-0043-4cc6-a1bb-69d5e86f3ca3';
    const { made, found, records } = zonesOf({ private: { zone: 'iot.example', existing } });
    expect([made, found]).toEqual([[], []]);
    expect(records[0]).toContain(`${existing} kafka-0.iot.example.`);
  });

  test('share one zone, or have two of one name on name servers of their own', () => {
    const shared = zonesOf({ public: 'iot.example', private: 'iot.example' });
    expect(shared.made).toHaveLength(1);
    expect(shared.records).toContain('dns_public internal.kafka-1.iot.example. A 300 port broker-1');
    const split = zonesOf({ public: 'iot.example', private: { zone: 'iot.example', attributes: { view: 'private' } } });
    expect(split.made).toContainEqual(expect.objectContaining({ attributes: { view: 'private' } }));
    expect(split.records.filter((record) => record.includes(' kafka-0.iot.example.'))).toHaveLength(2);
  });

  test('are called in the state after their node, whatever stands before it', () => {
    expect(zonesOf({ private: 'lan.example' }).template.names('dns_recordset_v2')).toEqual([
      expect.stringMatching(/^dns_private_private-broker-0_/),
      expect.stringMatching(/^dns_private_private-broker-1_/),
    ]);
  });
});
