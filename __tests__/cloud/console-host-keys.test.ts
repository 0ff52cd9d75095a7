import { lastConsoleLines, parseHostKeyFingerprints, parseHostKeys, readHostKeys } from '../../cloud/console-host-keys';
import { OpenStack } from '../../cloud/openstack';
import { FakeCloud } from './_fake-cloud';

// Made with ssh-keygen, which also gave the fingerprints; the private halves were thrown away.
const ED25519 = 'AAAAC3NzaC1lZDI1NTE5AAAAINIk3JbNhwiWHxkjqRAjwQtRTjsGigxMorhyJT+zm6aQ';
const ED25519_PRINT = 'SHA256:ICTvur8Jsm9s6i/A259qiNhlWZkL5CcW1PmvI2SUxbk';
const ECDSA =
  'AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBEhgB/MDqECYTQGo2S3FNZHUwwHxtUN67zq53Mi5Dfy2V6yrf0bazNOuQQwiCfYhkEXpFCHn+RgcQTfTXLhIxPY=';
const ECDSA_PRINT = 'SHA256:QJar4WVepyzfFIkbi36yK29eDICtLzaFn3HH7TR9iD8';
const RSA =
  'AAAAB3NzaC1yc2EAAAADAQABAAABgQDEJCIxqxYaegMAo1+jYNWxiDYmG9PvGzwbUbptF9DcFG+L3nLIZg43CqT690HokshpeIWU/bhu1LM3KnFcaxmrbD6wx22XF3BiOKLCR2ax6U86+ccd232A3WDcavYi0fWao/DrJnjALDFYlCUAJ/LgUewPyTaV+pBYpSwZzDWTxUW2k63D+hgki6u548L72OrBFOmZj/0IEqIkUwpCVMJwJWg2to7xu5H90uvW1sLx5Q12G1ojRLkxqz/xPgXUkf7UoNFVDtXNFjo9hWKzii9f5IkkNDI3KGSxSEXh2Uu7XYl3V3F6Xinm3Yd7rLiK3X6Z8hJ8I2QOpcpTP+e6uB4XZ5uUgniDZigAN++qxd1eHvXQISnb/AjNKeocjSLA5rCAtEo5mMdbSP9Law4B7bKGYCrKpNEA7Bi4TQf4g8ON4h7k2Ux2IYiBcGVJVCmDkU5hW7Yp1EUEFk9BOfMz6PEBgA1myMHoh+dQ5G9lXs9MVilZ1gZeo0bhaE6vtxYGbz0=';
const RSA_PRINT = 'SHA256:eOUPuuWVrU6w+0s0aLLBvXcdbTf1W5VmGAwbTfyToH4';
const OLD = 'AAAAC3NzaC1lZDI1NTE5AAAAIFOEohgyAuCzDwbzT8GdKSAwzqlknTeECL8e7QQPLGzh';
const OLD_PRINT = 'SHA256:vZDOzOzaDJ3doA9xXSoueXOzT5Gkj1g+8D2hh+oB9z8';

const prints = `ec2: -----BEGIN SSH HOST KEY FINGERPRINTS-----
ec2: 256 ${ECDSA_PRINT} root@dev-worker-0 (ECDSA)
ec2: 256 ${ED25519_PRINT} root@dev-worker-0 (ED25519)
ec2: 3072 ${RSA_PRINT} root@dev-worker-0 (RSA)
ec2: -----END SSH HOST KEY FINGERPRINTS-----
`;
const keys = `-----BEGIN SSH HOST KEY KEYS-----
ecdsa-sha2-nistp256 ${ECDSA} root@dev-worker-0
ssh-ed25519 ${ED25519} root@dev-worker-0
ssh-rsa ${RSA} root@dev-worker-0
-----END SSH HOST KEY KEYS-----
`;
const earlier = keys
  .replace(/ecdsa[^\n]*\n/, '')
  .replace(/ssh-rsa[^\n]*\n/, '')
  .replace(ED25519, OLD);
const ALL = [
  { type: 'ecdsa-sha2-nistp256', key: ECDSA, fingerprint: ECDSA_PRINT },
  { type: 'ssh-ed25519', key: ED25519, fingerprint: ED25519_PRINT },
  { type: 'ssh-rsa', key: RSA, fingerprint: RSA_PRINT },
];
const withPrefix = (text: string, prefix: string) => text.replace(/^(?=.)/gm, prefix);

describe('parseHostKeys', () => {
  test('whole keys, with the fingerprints that ssh-keygen gives them', () => {
    expect(parseHostKeys(`Debian GNU/Linux 12\n${prints}${keys}login: `)).toEqual(ALL);
  });

  test.each([
    ['CR LF', `${prints}${keys}`.replaceAll('\n', '\r\n')],
    ['CR CR LF', `${prints}${keys}`.replaceAll('\n', '\r\r\n')],
    ['a stamp before each line', withPrefix(`${prints}${keys}`, '[   12.345678] cloud-init[512]: ')],
    ['syslog before each line', withPrefix(`${prints}${keys}`, '<14>Nov 21 05:58:01 cloud-init: ')],
    ['colours', withPrefix(`${prints}${keys}`, '\u001b[0;32m  OK  \u001b[0m ')],
    ['what Nova leaves of colours', withPrefix(`${prints}${keys}`, '[[0;32m  OK  [0m] ')],
    ['other lines between', `${prints}${keys}`.replaceAll('\n', '\n[   13.1] random: crng init done\n')],
    ['fingerprints after the keys', `${keys}${prints}`],
    ['fingerprints amid the keys', keys.replace('ssh-rsa', `${prints}ssh-rsa`)],
    ['no fingerprints', keys],
  ])('with %s', (_, log) => {
    expect(parseHostKeys(log)).toEqual(ALL);
  });

  test('of several boots the last counts', () => {
    expect(parseHostKeys(`${earlier}\n[reboot]\n${prints}${keys}`)).toEqual(ALL);
    expect(parseHostKeys(`${prints}${keys}\n[rebuilt]\n${earlier}`)).toEqual([
      { type: 'ssh-ed25519', key: OLD, fingerprint: OLD_PRINT },
    ]);
  });

  test('a block that is still being written does not count, the complete one before it does', () => {
    const unfinished = keys.slice(0, keys.indexOf('-----END'));
    expect(parseHostKeys(unfinished)).toEqual([]);
    expect(parseHostKeys(`${earlier}${unfinished}`)).toEqual([
      { type: 'ssh-ed25519', key: OLD, fingerprint: OLD_PRINT },
    ]);
  });

  test('a block whose beginning has rolled out of the log does not count', () => {
    expect(parseHostKeys(keys.slice(keys.indexOf('\n') + 1))).toEqual([]);
  });

  test('refuses a key that was torn by another line, and keeps the others', () => {
    const torn = `${prints}${keys}`.replace(ED25519, `${ED25519.slice(0, 30)}[   13.1] eth0: up\n${ED25519.slice(30)}`);
    expect(parseHostKeys(torn).map(({ type }) => type)).toEqual(['ecdsa-sha2-nistp256', 'ssh-rsa']);
  });

  test('refuses a key with a piece missing, also where what remains is base64', () => {
    expect(parseHostKeys(keys.replace(ED25519, ED25519.slice(0, -4)))).toEqual([ALL[0], ALL[2]]);
    expect(parseHostKeys(keys.replace(ED25519, ED25519.replace('INIk', '')))).toEqual([ALL[0], ALL[2]]);
  });

  test('refuses a key that is not of the type that stands before it', () => {
    expect(parseHostKeys(keys.replace('ssh-ed25519', 'ssh-rsa'))).toEqual([ALL[0], ALL[2]]);
  });

  test('refuses a key that the fingerprints do not know, where they know others', () => {
    const swapped = `${prints}${keys.replace(ED25519, OLD)}`;
    expect(parseHostKeys(swapped)).toEqual([ALL[0], ALL[2]]);
  });

  test('fingerprints alone can be had too', () => {
    expect(parseHostKeyFingerprints(prints)).toEqual([
      { algorithm: 'ECDSA', fingerprint: ECDSA_PRINT },
      { algorithm: 'ED25519', fingerprint: ED25519_PRINT },
      { algorithm: 'RSA', fingerprint: RSA_PRINT },
    ]);
    expect(parseHostKeyFingerprints('no block')).toEqual([]);
  });
});

describe('by the API', () => {
  const ACTION = '/compute/v2.1/servers/s1/action';
  let fake: FakeCloud;
  let cloud: OpenStack;

  beforeEach(async () => {
    fake = await FakeCloud.start();
    cloud = await OpenStack.connect(fake.credentials(), { firstPauseSeconds: 0.01, retries: 1 });
  });

  afterEach(async () => {
    await cloud.close();
    await fake.stop();
  });

  test('keys of a server that has booted', async () => {
    fake.on('POST', ACTION, { body: { output: `${prints}${keys}` } });
    expect(await readHostKeys(cloud.compute, 's1')).toEqual({ kind: 'keys', keys: ALL });
    expect(fake.to(ACTION)[0].body).toEqual({ 'os-getConsoleOutput': {} });
  });

  test.each([
    ['an empty log', { body: { output: '' } }],
    ['a hypervisor that does not answer', { status: 500, body: { computeFault: { message: 'MessagingTimeout' } } }],
    ['a torn connection', { torn: true }],
    ['a log without keys', { body: { output: 'Linux version 6.1' } }],
    [
      'a server that is being built',
      { status: 409, body: { conflictingRequest: { message: 'Instance s1 is not ready' } } },
    ],
  ])('not yet for %s', async (_, reply) => {
    fake.on('POST', ACTION, reply);
    expect((await readHostKeys(cloud.compute, 's1')).kind).toBe('notYet');
  });

  test('not yet for a server that exists and has no console', async () => {
    const server = { id: 's1', name: 'dev-worker-0', status: 'BUILD', created: '2026-01-01T00:00:00Z' };
    fake.on('POST', ACTION, {
      status: 404,
      body: { itemNotFound: { message: 'Guest does not have a console available.' } },
    });
    fake.on('GET', '/compute/v2.1/servers/s1', { body: { server } });
    expect((await readHostKeys(cloud.compute, 's1')).kind).toBe('notYet');
  });

  test('fails for a server that does not exist', async () => {
    await expect(readHostKeys(cloud.compute, 's1')).rejects.toMatchObject({ kind: 'notFound' });
  });

  test('unavailable where the cloud gives no console logs, with its reason', async () => {
    fake.on('POST', ACTION, {
      status: 403,
      body: { forbidden: { message: "Policy doesn't allow os-console-output" } },
    });
    expect(await readHostKeys(cloud.compute, 's1')).toMatchObject({
      kind: 'unavailable',
      reason: expect.stringContaining("Policy doesn't allow"),
    });
  });

  test('the last lines, without empty ones, and none where there is no log', async () => {
    fake.on('POST', ACTION, { body: { output: 'one\r\n\r\ntwo\r\nthree\r\n\r\n' } });
    expect(await lastConsoleLines(cloud.compute, 's1', 2)).toEqual(['two', 'three']);
    fake.on('POST', ACTION, { status: 501 });
    expect(await lastConsoleLines(cloud.compute, 's1', 2)).toEqual([]);
  });
});
