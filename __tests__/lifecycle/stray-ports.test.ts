import type { Port } from '../../cloud/network';
import { strayPorts } from '../../lifecycle/_stray-ports';
import type { StateResource } from '../../lifecycle/terraform-state';

const STRAY: Port = {
  id: 'p-stray',
  name: 'dev-worker-0',
  status: 'DOWN',
  networkId: 'n',
  deviceId: '',
  deviceOwner: '',
  mac: 'fa:16:3e:00:00:01',
  addresses: [],
  securityGroupIds: ['g-common', 'g-worker'],
};
const inState = (id: string, type: string): StateResource => ({ id, type, name: id, attributes: {}, tainted: false });
const STATE = [
  inState('g-worker', 'openstack_networking_secgroup_v2'),
  inState('p-known', 'openstack_networking_port_v2'),
];

test('a port of a node that no state knows, with a group that is to go, is one that an interrupted run left', () => {
  const ports = [STRAY, { ...STRAY, id: 'p-known' }];
  expect(strayPorts(ports, STATE, new Set(['dev-worker-0'])).map(({ id }) => id)).toEqual(['p-stray']);
});

test.each<[what: string, difference: Partial<Port>]>([
  ['is on a server', { deviceId: 's' }],
  ['has another name', { name: 'mine' }],
  ['has groups of others only', { securityGroupIds: ['g-common'] }],
])('refuses a port that %s', (_, difference) => {
  expect(strayPorts([{ ...STRAY, ...difference }], STATE, new Set(['dev-worker-0']))).toEqual([]);
});
