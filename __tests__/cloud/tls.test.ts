import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import type { CloudCredentials } from '../../cloud/cloud-credentials';
import { SecretText } from '../../cloud/secret-text';
import { Session } from '../../cloud/session';

let folder: string;
let server: Server;
/** Common names of the certificates that clients showed. */
let shown: unknown[];
const at = (name: string) => join(folder, name);

/** A self-signed certificate made on the spot, so that none in the checkout ever expires. */
function makeCertificate(name: string, subjectAltName: string): void {
  const subject = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=${subjectAltName}`];
  const files = ['-keyout', at(`${name}.key`), '-out', at(`${name}.pem`)];
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  execFileSync('openssl', ['req', '-x509', ...key, '-days', '2', ...subject, ...files], { stdio: 'ignore' });
}

function connect(over: Partial<CloudCredentials>): Promise<Session> {
  return Session.connect(
    {
      source: 'cloud "dev" in clouds.yaml',
      authUrl: `https://127.0.0.1:${(server.address() as AddressInfo).port}/v3`,
      auth: { kind: 'token', token: new SecretText('t') },
      interface: 'public',
      verify: true,
      warnings: [],
      ...over,
    },
    { retries: 0 },
  );
}

const TOKEN = { token: { user: { id: 'u' }, project: { id: 'p', name: 'p' }, catalog: [] } };

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'firesteel-tls-'));
  makeCertificate('keystone', 'IP:127.0.0.1');
  makeCertificate('elsewhere', 'DNS:elsewhere.example.org');
  makeCertificate('client', 'DNS:client');
  const certificate = { cert: readFileSync(at('keystone.pem')), key: readFileSync(at('keystone.key')) };
  server = createServer({ ...certificate, requestCert: true, rejectUnauthorized: false }, (request, response) => {
    shown.push((request.socket as TLSSocket).getPeerCertificate().subject?.CN);
    response.end(JSON.stringify(TOKEN));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

beforeEach(() => {
  shown = [];
});

afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true });
});

test('refuses a certificate that this machine does not know, with what to do, before anything secret is sent', async () => {
  await expect(connect({})).rejects.toMatchObject({
    kind: 'tls',
    message: expect.stringMatching(
      /The certificate of 127\.0\.0\.1:\d+ is not trusted: it is self-signed\..*cacert.*cloud "dev"/,
    ),
  });
  expect(shown).toEqual([]);
});

test('cacert makes it known', async () => {
  const session = await connect({ caFile: at('keystone.pem') });
  expect(session.projectId).toBe('p');
  await session.close();
});

test('refuses another certificate than that of cacert', async () => {
  await expect(connect({ caFile: at('elsewhere.pem') })).rejects.toMatchObject({ kind: 'tls' });
});

test('verify: false takes any', async () => {
  const session = await connect({ verify: false });
  await session.close();
});

test('a client certificate is shown', async () => {
  const session = await connect({ caFile: at('keystone.pem'), certFile: at('client.pem'), keyFile: at('client.key') });
  await session.close();
  expect(shown).toEqual(['client']);
});

test('fails for a cacert that does not exist, naming it', async () => {
  await expect(connect({ caFile: at('none.pem') })).rejects.toMatchObject({
    kind: 'badConfiguration',
    message: expect.stringContaining(`CA file ${at('none.pem')} can't be read (ENOENT)`),
  });
});
