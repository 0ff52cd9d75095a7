import { execFileSync } from 'node:child_process';
import { createHash, createPrivateKey, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, createServer } from 'node:tls';
import { Secret } from '../../operations';
import { clusterAuthority } from '../../roles/_cluster-authority';
import { SECRET } from './_context';

const made = clusterAuthority(new Secret(SECRET), 'kafka.dev');
const other = clusterAuthority(new Secret(`${SECRET}x`), 'kafka.dev');

test('follows from the secret and the purpose, the same every time', () => {
  const again = clusterAuthority(new Secret(SECRET), 'kafka.dev');
  const text = ({ authority, certificate, key }: typeof made): string => authority + certificate + key.reveal();
  expect(text(again)).toBe(text(made));
  for (const one of [other, clusterAuthority(new Secret(SECRET), 'kafka.prod')]) {
    expect(one.authority).not.toBe(made.authority);
    expect(one.certificate).not.toBe(made.certificate);
    expect(one.key.reveal()).not.toBe(made.key.reveal());
  }
});

test('stays what it is in later versions: clusters that run know each other by it', () => {
  expect(
    createHash('sha256')
      .update(made.authority + made.certificate)
      .digest('hex'),
  ).toBe('bc4b9e60602df8ab40785ebe4cc1485d75be8a2a449497917c095bad7bcb69c9');
});

test('the certificate is signed by the authority, which is neither its key nor made of it', () => {
  const [authority, certificate] = [made.authority, made.certificate].map((pem) => new X509Certificate(pem));
  expect(authority!.ca).toBe(true);
  expect(certificate!.ca).toBe(false);
  expect(certificate!.verify(authority!.publicKey)).toBe(true);
  expect(certificate!.checkPrivateKey(createPrivateKey(made.key.reveal()))).toBe(true);
  expect(certificate!.publicKey.asymmetricKeyDetails).toEqual({ namedCurve: 'prime256v1' });
  expect(authority!.publicKey.asymmetricKeyType).toBe('ed25519');
});

test('OpenSSL finds nothing wrong with it at its strictest', () => {
  const folder = mkdtempSync(join(tmpdir(), 'firesteel-authority-'));
  const write = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const [trusted, shown] = [write('trusted', made.authority), write('shown', made.certificate)];
  const args = ['verify', '-x509_strict', '-check_ss_sig', '-purpose', 'sslserver', '-CAfile', trusted, shown];
  expect(execFileSync('openssl', args, { encoding: 'utf8' })).toContain('OK');
  rmSync(folder, { recursive: true });
});

/** What a client that trusts some certificate gets from a server with ours. */
async function handshake(trusted: string, version: 'TLSv1.2' | 'TLSv1.3'): Promise<string> {
  const server = createServer({ cert: made.certificate, key: made.key.reveal() }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const versions = { minVersion: version, maxVersion: version };
  const client = connect({ port, host: '127.0.0.1', ca: trusted, checkServerIdentity: () => undefined, ...versions });
  server.on('tlsClientError', () => undefined);
  try {
    await once(client, 'secureConnect');
    return client.getProtocol()!;
  } finally {
    client.destroy();
    server.close();
  }
}

test.each(['TLSv1.2', 'TLSv1.3'] as const)('a client that trusts the authority comes in over %s', async (version) => {
  expect(await handshake(made.authority, version)).toBe(version);
});

test('refuses a server that shows the certificate of another secret', async () => {
  await expect(handshake(other.authority, 'TLSv1.3')).rejects.toThrow(/certificate|signature/);
});

test('the keys are secrets', () => {
  expect(JSON.stringify(made)).not.toContain('PRIVATE');
});
