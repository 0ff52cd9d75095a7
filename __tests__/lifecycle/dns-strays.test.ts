import type { CloudRecord, CloudZone } from '../../cloud/dns';
import { findDnsStrays } from '../../lifecycle/_dns-strays';
import { clusterPlan } from '../../plan/general-cluster';

const SINCE = new Date('2026-11-21T12:00:00Z');
const BEFORE = new Date('2026-11-21T11:00:00Z');
const AFTER = new Date('2026-11-21T12:00:30Z');

const plan = clusterPlan('dev', {
  image: 'debian-12',
  dns: { public: { zone: 'iot.example', existing: true }, private: 'lan.example' },
  groups: { web: { flavor: 's', floatingIp: true } },
});

const ZONE: CloudZone = {
  ...{ id: 'z-stray', name: 'lan.example.', description: 'Nodes of dev', status: 'ACTIVE' },
  ...{ attributes: {}, created: AFTER },
};
const RECORD: CloudRecord = {
  ...{ id: 'r-stray', zoneId: 'z-theirs', name: 'dev-web-0.iot.example.', type: 'A' },
  ...{ description: 'web-0 of dev, public address', created: AFTER },
};

function found(zones: readonly CloudZone[], records: readonly CloudRecord[], known: readonly string[] = []): string[] {
  const options = { known: new Set(known), since: SINCE };
  return findDnsStrays({ zones, records }, plan, options).map(({ kind, id }) => `${kind} ${id}`);
}

test('what an interrupted run left in DNS is found, records before zones', () => {
  expect(found([ZONE], [RECORD])).toEqual(['DNS record r-stray', 'DNS zone z-stray']);
});

test('what the state knows is not, by the names that Terraform has for it', () => {
  expect(found([ZONE], [RECORD], ['z-stray', 'z-theirs/r-stray'])).toEqual([]);
});

test('what was there before is not, nor what somebody else wrote', () => {
  expect(found([{ ...ZONE, created: BEFORE }], [{ ...RECORD, created: BEFORE }])).toEqual([]);
  expect(found([{ ...ZONE, description: 'mine' }], [{ ...RECORD, description: '' }])).toEqual([]);
  expect(
    found(
      [],
      [
        { ...RECORD, type: 'TXT' },
        { ...RECORD, name: 'www.iot.example.' },
      ],
    ),
  ).toEqual([]);
});

test('records of a stray zone go with it', () => {
  const inside = {
    ...RECORD,
    zoneId: 'z-stray',
    name: 'dev-web-0.lan.example.',
    description: 'web-0 of dev, private address',
  };
  expect(found([ZONE], [inside])).toEqual(['DNS zone z-stray']);
});

test('nothing is, where no run was cut off', () => {
  expect(findDnsStrays({ zones: [ZONE], records: [RECORD] }, plan, { known: new Set() })).toEqual([]);
});
