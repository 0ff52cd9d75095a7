import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Server } from '../../cloud/compute';
import type { FloatingIp, Port, SecurityGroup } from '../../cloud/network';
import type { Volume } from '../../cloud/volume';
import { ApplyMark } from '../../lifecycle/_apply-mark';
import {
  type Belongings,
  findStrays,
  forgottenVolumes,
  type StrayOptions,
  undecidedServers,
} from '../../lifecycle/_strays';

const SINCE = new Date('2026-11-21T12:00:00Z');
const BEFORE = new Date('2026-11-21T11:00:00Z');
const AFTER = new Date('2026-11-21T12:00:30Z');
const NAMES = new Set(['dev-worker-0', 'dev-worker', 'dev-worker-0-data', 'firesteel-common']);

const NOTHING: Belongings = {
  servers: [],
  volumes: [],
  ports: [],
  floatingIps: [],
  routers: [],
  subnets: [],
  networks: [],
  securityGroups: [],
  serverGroups: [],
  keyPairs: [],
};
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

const SERVER: Server = {
  id: 's-stray',
  name: 'dev-worker-0',
  status: 'ACTIVE',
  task: undefined,
  created: AFTER.toISOString(),
  keyPair: undefined,
  hostId: '',
  flavorId: undefined,
  imageId: undefined,
  addresses: {},
  metadata: { environment: 'dev' },
  fault: undefined,
  availabilityZone: undefined,
};
/** Of the state, with the stray server on it. */
const ITS_PORT: Port = { ...PORT, id: 'p-known', deviceId: 's-stray', deviceOwner: 'compute:nova', created: BEFORE };
const GROUP: SecurityGroup = { id: 'g-stray', name: 'dev-worker', description: '', rules: [], created: AFTER };
const RULE: SecurityGroup['rules'][number] = {
  id: 'x-stray',
  securityGroupId: 'g-worker',
  direction: 'ingress',
  ethertype: 'IPv4',
  protocol: 'tcp',
  portMin: 22,
  portMax: 22,
  remoteCidr: undefined,
  remoteGroupId: undefined,
  description: 'tcp 22: SSH',
  created: AFTER,
};
const VOLUME: Volume = {
  id: 'v-stray',
  name: 'dev-worker-0-data',
  status: 'available',
  attached: false,
  created: AFTER,
};
const SERVER_GROUP = { id: 'sg-stray', name: 'dev-worker', policy: 'soft-anti-affinity', members: [] };
const KEY_PAIR = { name: 'firesteel-common', fingerprint: '', publicKey: '', created: AFTER };

const OPTIONS: StrayOptions = {
  environment: 'dev',
  names: NAMES,
  ruleDescriptions: new Set(['tcp 22: SSH']),
  known: new Set(['p-known', 'g-worker', 'r-known', 's-known', 'x-known', 'v-known', 'sg-known']),
  configured: new Set(['s-configured']),
  since: SINCE,
};

function found(has: Partial<Belongings>, over: Partial<StrayOptions> = {}): string[] {
  return findStrays({ ...NOTHING, ...has }, { ...OPTIONS, ...over }).map(({ kind, id }) => `${kind} ${id}`);
}

describe('findStrays', () => {
  test('finds what was made since the run that was cut off, in the order in which it can be deleted', () => {
    const subnet = { id: 's', name: 'firesteel-common', networkId: 'n', cidr: '', ipVersion: 4, gateway: undefined };
    const network = { id: 'n', name: 'firesteel-common', status: '', shared: false, external: false, subnetIds: [] };
    const side: Port = { ...PORT, id: 'i', name: '', deviceOwner: 'network:router_interface', deviceId: 'r-stray' };
    const all: Belongings = {
      servers: [SERVER],
      volumes: [VOLUME],
      securityGroups: [GROUP, { ...GROUP, id: 'g-worker', rules: [RULE] }],
      serverGroups: [SERVER_GROUP],
      keyPairs: [KEY_PAIR],
      ports: [side, PORT, ITS_PORT],
      floatingIps: [ADDRESS],
      routers: [ROUTER],
      subnets: [{ ...subnet, nameservers: [], dhcp: true, created: AFTER }],
      networks: [{ ...network, projectId: undefined, mtu: undefined, created: AFTER }],
    };
    expect(found(all)).toEqual([
      'server s-stray',
      'port p-stray',
      'floating IP f-stray',
      'router interface i',
      'router r-stray',
      'security group rule x-stray',
      'security group g-stray',
      'subnet s',
      'network n',
      'server group sg-stray',
      'key pair firesteel-common',
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

  test.each<[what: string, difference: Partial<Server>]>([
    ['is in the state', { id: 's-known' }],
    ['was configured once', { id: 's-configured' }],
    ['has another name', { name: 'mine' }],
    ['was there before', { created: BEFORE.toISOString() }],
    ['is of another environment', { metadata: { environment: 'prod' } }],
    ['says nothing of an environment', { metadata: {} }],
  ])('leaves a server that %s', (_, difference) => {
    const server = { ...SERVER, ...difference };
    expect(found({ servers: [server], ports: [{ ...ITS_PORT, deviceId: server.id }] })).toEqual([]);
  });

  test('leaves a server on a port that is not of the state: it is of another project with the same names', () => {
    expect(found({ servers: [SERVER], ports: [{ ...ITS_PORT, id: 'p-of-others' }] })).toEqual([]);
  });

  test('takes a server that could not be made and is on no port', () => {
    expect(found({ servers: [{ ...SERVER, status: 'ERROR' }] })).toEqual(['server s-stray']);
  });

  test('waits to judge a server that is on no port yet, if it may be ours', () => {
    const building = { ...SERVER, status: 'BUILD' };
    const undecided = (server: Server, ports: readonly Port[] = []) =>
      undecidedServers({ servers: [server], ports }, OPTIONS).length;
    expect(undecided(building)).toBe(1);
    expect(undecided(building, [ITS_PORT])).toBe(0);
    expect(undecided({ ...building, metadata: {} })).toBe(0);
    expect(undecided({ ...building, id: 's-known' })).toBe(0);
    expect(found({ servers: [building] })).toEqual([]);
  });

  test.each<[what: string, difference: Partial<SecurityGroup>]>([
    ['is worn by a port of others', { id: 'g-other' }],
    ['has another name', { name: 'mine' }],
    ['was there before', { created: BEFORE }],
    ['is of unknown age', { created: undefined }],
  ])('leaves a security group that %s', (_, difference) => {
    const ports = [{ ...PORT, name: 'theirs', deviceId: 's' }];
    expect(found({ securityGroups: [{ ...GROUP, ...difference }], ports })).toEqual([]);
  });

  test('takes a security group that only a stray port wears', () => {
    const ports = [{ ...PORT, securityGroupIds: ['g-stray'] }];
    expect(found({ securityGroups: [GROUP], ports })).toEqual(['port p-stray', 'security group g-stray']);
  });

  test.each<[what: string, group: string, difference: Partial<typeof RULE>]>([
    ['is in the state', 'g-worker', { id: 'x-known' }],
    ['is of a group that the state does not know', 'g-other', {}],
    ['is not described as ours are', 'g-worker', { description: 'by hand' }],
    ['was there before', 'g-worker', { created: BEFORE }],
  ])('leaves a rule that %s', (_, id, difference) => {
    const group = { ...GROUP, id, name: 'other', rules: [{ ...RULE, ...difference }] };
    expect(found({ securityGroups: [group] })).toEqual([]);
  });

  test('a volume that was made since is no stray: it is told of', () => {
    expect(forgottenVolumes({ volumes: [VOLUME] }, OPTIONS)).toEqual([VOLUME]);
  });

  test.each<[what: string, difference: Partial<Volume>]>([
    ['is on a server', { attached: true, status: 'in-use' }],
    ['is in the state', { id: 'v-known' }],
    ['was there before', { created: BEFORE }],
    ['has another name', { name: 'mine' }],
  ])('tells nothing of a volume that %s', (_, difference) => {
    expect(forgottenVolumes({ volumes: [{ ...VOLUME, ...difference }] }, OPTIONS)).toEqual([]);
  });

  test('leaves a server group with members, of another name or of the state, and a key pair that was there before', () => {
    const serverGroups = [{ members: ['s'] }, { name: 'mine' }, { id: 'sg-known' }].map((difference) => {
      return { ...SERVER_GROUP, ...difference };
    });
    expect(found({ serverGroups, keyPairs: [{ ...KEY_PAIR, created: BEFORE }] })).toEqual([]);
  });

  test('where no run was cut off, takes ports alone, and only with a group of the state', () => {
    const ours = { ...PORT, id: 'p-ours', securityGroupIds: ['g-other', 'g-worker'], created: BEFORE };
    const nets = { ports: [PORT, ours, ITS_PORT], floatingIps: [ADDRESS], routers: [ROUTER], securityGroups: [GROUP] };
    const rest = { servers: [SERVER], volumes: [VOLUME], serverGroups: [SERVER_GROUP], keyPairs: [KEY_PAIR] };
    const { since: _, ...options } = OPTIONS;
    expect(findStrays({ ...NOTHING, ...nets, ...rest }, options)).toEqual([
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
