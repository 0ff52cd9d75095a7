import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FloatingIp, Port } from '../../cloud/network';
import { ApplyMark } from '../../lifecycle/_apply-mark';
import { type Belongings, findStrays } from '../../lifecycle/_strays';

const SINCE = new Date('2026-11-21T12:00:00Z');
const BEFORE = new Date('2026-11-21T11:00:00Z');
const AFTER = new Date('2026-11-21T12:00:30Z');
const NAMES = new Set(['dev-worker-0', 'firesteel-common']);

const NOTHING: Belongings = { ports: [], floatingIps: [], routers: [], subnets: [], networks: [] };
const PORT: Port = {
  id: 'p-stray',
  name: 'dev-worker-0',
  status: 'DOWN',
  networkId: 'n',
  deviceId: '',
  deviceOwner: '',
  mac: 'fa:16:3e:00:00:01',
  addresses: [],
  securityGroupIds: ['g-other'],
  created: AFTER,
};
const ADDRESS: FloatingIp = {
  id: 'f-stray',
  address: '203.0.113.9',
  fixedAddress: undefined,
  networkId: 'x',
  portId: undefined,
  status: 'DOWN',
  description: 'dev-worker-0',
  created: AFTER,
};
const ROUTER = { id: 'r-stray', name: 'firesteel-common', status: '', externalNetworkId: undefined, created: AFTER };

function found(has: Partial<Belongings>, since: Date | undefined = SINCE): string[] {
  const known = new Set(['p-known', 'g-worker', 'r-known']);
  const options = { names: NAMES, known, ...(since && { since }) };
  return findStrays({ ...NOTHING, ...has }, options).map(({ kind, id }) => `${kind} ${id}`);
}

describe('findStrays', () => {
  test('finds what was made since the run that was cut off, in the order in which it can be deleted', () => {
    const subnet = { id: 's', name: 'firesteel-common', networkId: 'n', cidr: '', ipVersion: 4, gateway: undefined };
    const network = { id: 'n', name: 'firesteel-common', status: '', shared: false, external: false, subnetIds: [] };
    const side: Port = { ...PORT, id: 'i', name: '', deviceOwner: 'network:router_interface', deviceId: 'r-stray' };
    const all: Belongings = {
      ports: [side, PORT],
      floatingIps: [ADDRESS],
      routers: [ROUTER],
      subnets: [{ ...subnet, nameservers: [], dhcp: true, created: AFTER }],
      networks: [{ ...network, projectId: undefined, mtu: undefined, created: AFTER }],
    };
    expect(found(all)).toEqual([
      'port p-stray',
      'floating IP f-stray',
      'router interface i',
      'router r-stray',
      'subnet s',
      'network n',
    ]);
  });

  test('finds the interface of a router that the state knows', () => {
    const side: Port = { ...PORT, id: 'i', deviceOwner: 'network:router_interface', deviceId: 'r-known' };
    expect(found({ ports: [side, { ...side, deviceId: 'r-of-others' }] })).toEqual(['router interface i']);
  });

  test.each<[what: string, difference: Partial<Port>]>([
    ['is in the state', { id: 'p-known' }],
    ['is on a server', { deviceId: 's' }],
    ['has another name', { name: 'mine' }],
    ['was there before', { created: BEFORE }],
    ['is of unknown age', { created: undefined }],
  ])('leaves a port that %s', (_, difference) => {
    expect(found({ ports: [{ ...PORT, ...difference }] })).toEqual([]);
  });

  test.each<[what: string, difference: Partial<FloatingIp>]>([
    ['leads somewhere', { portId: 'p' }],
    ['is described otherwise', { description: '' }],
    ['was there before', { created: BEFORE }],
  ])('leaves a floating IP that %s', (_, difference) => {
    expect(found({ floatingIps: [{ ...ADDRESS, ...difference }] })).toEqual([]);
  });

  test('where no run was cut off, takes ports alone, and only with a group of the state', () => {
    const ours = { ...PORT, id: 'p-ours', securityGroupIds: ['g-other', 'g-worker'], created: BEFORE };
    const options = { ports: [PORT, ours], floatingIps: [ADDRESS], routers: [ROUTER] };
    expect(findStrays({ ...NOTHING, ...options }, { names: NAMES, known: new Set(['g-worker']) })).toEqual([
      { kind: 'port', id: 'p-ours', name: 'dev-worker-0' },
    ]);
  });
});

describe('ApplyMark', () => {
  const folder = mkdtempSync(join(tmpdir(), 'firesteel-mark-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  test('keeps the time of the first run that was cut off, until one ends well', () => {
    const mark = new ApplyMark(join(folder, 'memory'), 'dev');
    expect(mark.since).toBeUndefined();
    const before = Date.now();
    mark.set();
    expect(mark.since!.getTime()).toBeGreaterThanOrEqual(before);
    writeFileSync(join(folder, 'memory', 'dev.applying'), '2026-01-02T03:04:05.000Z\n');
    mark.set();
    expect(mark.since).toEqual(new Date('2026-01-02T03:04:05.000Z'));
    mark.clear();
    mark.clear();
    expect(mark.since).toBeUndefined();
    expect(readdirSync(join(folder, 'memory'))).toEqual([]);
  });
});
