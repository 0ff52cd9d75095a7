import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { addClusterOptions, type ClusterOptions, inFolder, wishesOf } from '../../cli/cluster-options';
import type { Session } from '../../cli/session';

function wishes(...args: readonly string[]) {
  const command = addClusterOptions(new Command().exitOverride().configureOutput({ writeErr: () => undefined }));
  command.option('--yes');
  return wishesOf({ cwd: __dirname }, command.parse(args, { from: 'user' }).opts<ClusterOptions>());
}

test('every option comes under the name that the library has for it, and nothing else does', () => {
  expect(
    wishes(
      ...[
        '--yes',
        '--masters',
        '3',
        '--slaves',
        '2',
        '--master-ips',
        'new,none,203.0.113.9',
        '--slave-ips',
        '10.0.0.5',
      ],
      ...[
        '--flavor',
        'm',
        '--slave-flavor',
        'l',
        '-i',
        'debian-12',
        '-n',
        'lab',
        '--subnet',
        'a',
        '--external',
        'public',
      ],
      ...['-s', 'web,db', '-s', 'ops', '--key', 'ada', '--private-key', 'cluster-options.test.ts'],
      ...['--access', '203.0.113.0/24', '--spark-version', '3.5.9', '--cloud', 'mine'],
    ),
  ).toEqual({
    ...{ masters: 3, slaves: 2, masterIps: ['new', 'none', '203.0.113.9'], slaveIps: ['10.0.0.5'] },
    ...{ flavor: 'm', slaveFlavor: 'l', image: 'debian-12', network: 'lab', subnet: 'a', external: 'public' },
    ...{ securityGroups: ['web', 'db', 'ops'], key: 'ada', privateKeyFile: __filename },
    ...{ access: ['203.0.113.0/24'], sparkVersion: '3.5.9', cloud: 'mine' },
  });
  expect(wishes()).toEqual({});
});

test('the names of old mean the same', () => {
  expect(
    wishes(
      ...[
        '--nummasters',
        '1',
        '--numslaves',
        '2',
        '--ipmasters',
        'none',
        '--ipslaves',
        '10.0.0.5',
        '--security',
        'web',
      ],
    ),
  ).toEqual({ masters: 1, slaves: 2, masterIps: ['none'], slaveIps: ['10.0.0.5'], securityGroups: ['web'] });
});

test.each([
  [['--master-ips', 'neu'], '"neu" is none: each must be new, none, or an IPv4 address'],
  [['--slave-ips', 'new'], '"new" is none: each must be an IPv4 address'],
  [['--slave-ips', '10.0.0.5,10.0.0.5'], '10.0.0.5 is given twice'],
  [['--slaves', '0'], 'whole number of at least 1'],
  [['--access', '0.0.0.0/0'], '0.0.0.0/0'],
  [['--private-key', 'nosuch'], 'nosuch: there is no such file'],
])('refuses %j', (args, message) => {
  expect(() => wishes(...args)).toThrow(message);
});

test("the caller's folder still says which clouds there are", () => {
  const cwd = mkdtempSync(join(tmpdir(), 'firesteel-cwd-'));
  const session = { cwd, dir: cwd, env: { OS_CLIENT_SECURE_FILE: 'my/secure.yaml' } } as unknown as Session;
  expect(inFolder(session, '/kept')).toMatchObject({
    dir: '/kept',
    env: { OS_CLIENT_SECURE_FILE: join(cwd, 'my/secure.yaml') },
  });
  expect(inFolder(session, '/kept').env.OS_CLIENT_CONFIG_FILE).toBeUndefined();

  writeFileSync(join(cwd, 'clouds.yaml'), '');
  expect(inFolder(session, '/kept').env.OS_CLIENT_CONFIG_FILE).toBe(join(cwd, 'clouds.yaml'));
  rmSync(cwd, { recursive: true });
});
