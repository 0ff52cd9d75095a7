import { spawnSync } from 'node:child_process';
import type { NodeInfo } from '../../roles';
import { keepalived } from '../../roles/keepalived/keepalived';
import { describeOnMachine } from '../operations/_scratch-machine';
import { context, nodeInfo } from './_context';
import { fileText, operationsOf, unitChanges, written } from './_written';

const CONF = '/etc/keepalived/keepalived.conf';
const VIRTUAL_IP = '10.0.0.100';
const balancer = (name: string, address: string, changes: Partial<NodeInfo> = {}) =>
  nodeInfo(name, { roles: ['node', 'haproxy', 'keepalived'], address, virtualIp: VIRTUAL_IP, ...changes });
const PAIR = [balancer('balancer-0', '10.0.0.5'), balancer('balancer-1', '10.0.0.6')];
const conf = (name: string, nodes: readonly NodeInfo[] = PAIR) => fileText(keepalived, context(name, nodes), CONF);
const lines = (...args: Parameters<typeof conf>) =>
  conf(...args)
    .split('\n')
    .map((line) => line.trim());

test('the first node is preferred, and none takes the address from one that works', () => {
  expect(lines('balancer-0')).toEqual(expect.arrayContaining(['state BACKUP', 'nopreempt', 'priority 200']));
  expect(lines('balancer-1')).toEqual(expect.arrayContaining(['state BACKUP', 'nopreempt', 'priority 199']));
});

test('the nodes speak to each other alone, from their own addresses', () => {
  expect(conf('balancer-1')).toContain('unicast_src_ip 10.0.0.6\n    unicast_peer {\n        10.0.0.5\n    }\n');
  expect(keepalived.exposes).toEqual([{ name: 'vrrp', protocol: 'vrrp', from: ['keepalived'] }]);
});

test('a silent node is replaced in less than 3 s', () => {
  const [, every] = /advert_int ([\d.]+)/.exec(conf('balancer-0'))!;
  expect(4 * Number(every)).toBeLessThan(3);
});

test('nodes agree on a number that follows from the address', () => {
  const number = (virtualIp: string) =>
    lines('balancer-0', [balancer('balancer-0', '10.0.0.5', { virtualIp })]).find((line) =>
      line.startsWith('virtual_r'),
    );
  expect(lines('balancer-1')).toContain('virtual_router_id 101');
  expect(number('10.0.0.255')).toBe('virtual_router_id 1');
  expect(number('10.0.1.0')).toBe('virtual_router_id 2');
});

test('a group of its own shares another address', () => {
  const others = [balancer('other-0', '10.0.0.7', { group: 'other', virtualIp: '10.0.0.101' })];
  expect(conf('balancer-0', [...PAIR, ...others])).not.toContain('10.0.0.7');
});

test('a node whose haproxy does not answer gives the address up', () => {
  expect(conf('balancer-0')).toContain('track_script {\n        haproxy\n');
  expect(fileText(keepalived, context('balancer-0', PAIR), '/etc/keepalived/haproxy-answers')).toContain(
    '/dev/tcp/10.0.0.5/8404',
  );
});

test('without haproxy on the node it asks for none', () => {
  const nodes = PAIR.map((node) => ({ ...node, roles: ['node', 'keepalived'] }));
  expect(conf('balancer-0', nodes)).not.toContain('haproxy');
  expect(operationsOf(keepalived, context('balancer-0', nodes)).map(({ name }) => name)).not.toContain(
    '/etc/keepalived/haproxy-answers',
  );
});

test('fails where the group shares no address', () => {
  const nodes = [balancer('balancer-0', '10.0.0.5', { virtualIp: undefined })];
  expect(() => conf('balancer-0', nodes)).toThrow(
    'keepalived: balancer-0 shares no address: say virtualIp: true of the group balancer',
  );
});

test('what it asks by is run as a user that owns nothing', () => {
  expect(lines('balancer-0')).toEqual(
    expect.arrayContaining(['script_user keepalived_script', 'enable_script_security']),
  );
  const unit = written(keepalived, context('balancer-0', PAIR), 'keepalived.service');
  expect(unit).toContain('\nCapabilityBoundingSet=CAP_NET_ADMIN CAP_NET_RAW');
  expect(unit).toContain('\nProtectSystem=strict\n');
});

test('another peer is read without a restart', () => {
  const three = [...PAIR, balancer('balancer-2', '10.0.0.8')];
  const [two, more] = [context('balancer-0', PAIR), context('balancer-0', three)];
  expect(unitChanges(keepalived, 'keepalived.service', two, more)).toEqual(['reload keepalived.service']);
});

/** Two machines on one wire, each in a network of its own. */
const WIRE = `
ip link add name here type veth peer name there
unshare --net sleep 60 & peer=$!
trap 'kill $peer' EXIT
until [ "$(readlink /proc/$peer/ns/net)" != "$(readlink /proc/$$/ns/net)" ]; do sleep 0.1; done
there() { nsenter --net=/proc/$peer/ns/net "$@"; }
ip link set there netns $peer
ip address add 10.0.0.5/24 dev here
ip link set here up
there ip address add 10.0.0.6/24 dev there
there ip link set there up
`;

describeOnMachine('the probe', () => {
  jest.setTimeout(60_000); // real programs, and the machine may be busy

  const [, probe] = keepalived.health!(context('balancer-0', PAIR));
  const HERE = `ip address add ${VIRTUAL_IP}/32 dev here`;
  const THERE = `there ip address add ${VIRTUAL_IP}/32 dev there`;

  function ask(...setUp: readonly string[]): string {
    const input = `set -e\njournalctl() { :; }\n${WIRE}${setUp.join('\n')}\n( ${probe!.script} )`;
    const { status, stdout, stderr } = spawnSync('unshare', ['--net', 'sh', '-s'], { input, encoding: 'utf8' });
    return status === 0 ? '' : stdout.trim() || stderr;
  }

  test('is content with the active node', () => {
    expect(ask(HERE)).toBe('');
  });

  test('is content with a node that stands by', () => {
    expect(ask(THERE)).toBe('');
  });

  test('tells of two nodes that have the address', () => {
    expect(ask(HERE, THERE)).toBe('10.0.0.100 is here and at 10.0.0.6 too: VRRP does not get through between them');
  });

  test('tells of an address that nobody has', () => {
    expect(ask()).toBe('no node has 10.0.0.100');
  });
});
