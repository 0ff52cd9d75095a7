import { join } from 'node:path';
import { loadEnvironment } from '../../plan/load-environments';
import { COMMON, issuesOf, project } from './_project';

describe('a broken common environment is refused with its place', () => {
  const cases: [what: string, yaml: string, issue: RegExp][] = [
    [
      'a public key that is none',
      COMMON.replace('ssh-ed25519 AAAA', 'ssh-ed25519 XXXX'),
      /^3:14: ssh\.publicKey: is no SSH public key/,
    ],
    [
      'a public key file that is not there',
      COMMON.replace(/publicKey: .*/, 'publicKey: /nowhere/id.pub'),
      /^3:14: ssh\.publicKey: can't read the public key \/nowhere\/id\.pub: there is no such file$/,
    ],
    ['a public key and a key pair', COMMON.replace('access', '  keyPair: mine\naccess'), /ssh\.keyPair are both given/],
    ['access for nobody', COMMON.replace('[203.0.113.0/24]', '[]'), /^4:9: access: names nobody/],
    [
      'access for everybody, unsaid',
      COMMON.replace('203.0.113.0/24', '0.0.0.0/0'),
      /^4:10: access\.0: 0\.0\.0\.0\/0 is everybody/,
    ],
    ['no access', COMMON.replace(/access.*\n/, ''), /access: is missing: a list is needed here$/],
    [
      'an IPv6 subnet',
      `${COMMON}  cidr: fd00::/64\n`,
      /^7:9: network\.cidr: "fd00::\/64" is no range for a subnet: it must be IPv4 and between \/8 and \/29/,
    ],
    ['a subnet of one address', `${COMMON}  cidr: 10.0.0.0/32\n`, /^7:9: network\.cidr: "10\.0\.0\.0\/32" is no range/],
    [
      'a login that is none',
      COMMON.replace('access', '  user: Cloud User\naccess'),
      /^4:9: ssh\.user: "Cloud User" is no login: lower-case letters/,
    ],
    ['no external network', COMMON.replace('external: public', 'cidr: 10.0.0.0/24'), /network\.external: is missing/],
    [
      'an unknown key of the network',
      `${COMMON}  nameserver: [1.1.1.1]\n`,
      /network\.nameserver: unknown key "nameserver" \(did you mean "nameservers"\?\)/,
    ],
  ];

  test.each(cases)('refuses %s', (_what, yaml, issue) => {
    expect(issuesOf({ 'common.yaml': yaml }, 'common')).toContainEqual(expect.stringMatching(issue));
  });

  test('a login may have what Linux allows; a private key is found from the folder of the project', () => {
    const yaml = COMMON.replace('access', '  user: cloud_user\n  privateKey: ./keys/id\naccess');
    const dir = project({ 'common.yaml': yaml });

    expect(loadEnvironment(dir, 'common')).toMatchObject({
      plan: { ssh: { user: 'cloud_user', privateKeyFile: join(dir, 'keys', 'id') } },
    });
  });

  test('warns of access for everybody, said', () => {
    const yaml = `${COMMON.replace('203.0.113.0/24', '0.0.0.0/0')}accessFromAnywhere: true\n`;

    expect(loadEnvironment(project({ 'common.yaml': yaml }), 'common').warnings).toEqual([
      'access holds 0.0.0.0/0: every address there is can try to log in over SSH',
    ]);
  });
});
