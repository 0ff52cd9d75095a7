import { Testing } from 'cdktf';
import { CommonStack } from '../../stacks/common-stack';
import type { CommonStackProps } from '../../stacks/common-stack-props';
import { PUBLIC_KEY } from '../constructs/_cluster-parts';
import { templateOf } from '../constructs/_template';
import { manifestOf, snapshotOf } from './_snapshot';

const props: CommonStackProps = { publicKey: PUBLIC_KEY, access: ['203.0.113.0/24'] };
const common = (own: Partial<CommonStackProps> = {}) => new CommonStack(Testing.app(), 'common', { ...props, ...own });

describe('CommonStack', () => {
  test('with a network of its own', () => {
    const network = { cidr: '10.9.0.0/16', external: 'public', nameservers: ['192.0.2.53', '192.0.2.54'] };
    expect(snapshotOf(common({ cloud: 'mycloud', region: 'RegionOne', network }))).toMatchSnapshot();
  });

  test('with everything that exists already', () => {
    const network = { existing: 'lan', subnet: 'lan-ipv4', external: 'public' };
    const own = { keyPair: 'team', access: ['203.0.113.0/24', '2001:db8::/32'], network };
    expect(snapshotOf(new CommonStack(Testing.app(), 'common', own))).toMatchSnapshot();
  });

  test('lets SSH in from those who have access, and nodes out to what each of them needs', () => {
    const network = { nameservers: ['192.0.2.53'] };
    expect(templateOf(common({ access: ['203.0.113.0/24', '198.51.100.7/32'], network })).rules()).toEqual([
      'node egress tcp 53-53 192.0.2.53/32',
      'node egress tcp 80-80 169.254.169.254/32',
      'node egress udp 53-53 192.0.2.53/32',
      'ssh ingress tcp 22-22 198.51.100.7/32',
      'ssh ingress tcp 22-22 203.0.113.0/24',
    ]);
  });

  test('has resolvers inside the subnet where none are named', () => {
    const template = templateOf(common());
    expect(template.resource('networking_subnet_v2')).toMatchObject({ cidr: '10.77.0.0/24' });
    expect(template.rules()).toContain('node egress udp 53-53 10.77.0.0/24');
  });

  test('names what it makes by a rule that others know', () => {
    expect(common().reference).toEqual({
      keyPair: 'firesteel-common',
      network: 'firesteel-common',
      subnet: 'firesteel-common',
      router: 'firesteel-common',
      sshGroup: 'firesteel-common-ssh',
      nodeGroup: 'firesteel-common-node',
    });
    expect(CommonStack.fromName('common')).toEqual(common().reference);
  });

  test('tells others the names of what it took over', () => {
    const network = { existing: 'lan', subnet: 'lan-ipv4' };
    const taken = { access: props.access, keyPair: 'team', network };
    const { reference } = new CommonStack(Testing.app(), 'common', taken);
    expect(reference).toMatchObject({ keyPair: 'team', network: 'lan', subnet: 'lan-ipv4' });
    expect(reference).not.toHaveProperty('router');
    expect(CommonStack.fromName('common', { keyPair: 'team', network })).toEqual(reference);
  });

  test('warns of access from anywhere', () => {
    const app = Testing.app();
    new CommonStack(app, 'common', { ...props, access: ['0.0.0.0/0'] });
    const [warning, ...others] = manifestOf(app).common!.annotations;
    expect(others).toEqual([]);
    expect(warning).toMatchObject({
      level: '@cdktf/warn',
      message: 'access holds 0.0.0.0/0: every address there is can try to log in over SSH',
    });
  });

  test.each<[string, CommonStackProps, string]>([
    ['no key', { access: ['203.0.113.0/24'] }, 'no key to log in with: give publicKey'],
    ['two keys', { ...props, keyPair: 'team' }, 'publicKey and keyPair are both given: keep one'],
    ['a key that is none', { ...props, publicKey: 'hello' }, 'publicKey is no SSH public key: "hello"'],
    ['nobody', { ...props, access: [] }, 'access names nobody: give at least one address range'],
    ['a range that is none', { ...props, access: ['home'] }, '"home" is no address range'],
    ['a subnet that is none', { ...props, network: { cidr: '10.0.0.0/64' } }, '"10.0.0.0/64" is no address range'],
  ])('refuses %s', (_what, wrong, message) => {
    expect(() => new CommonStack(Testing.app(), 'common', wrong)).toThrow(message);
  });
});
