import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as openpgp from 'openpgp';
import { downloadOpenTofu, ReleaseUnavailable } from '../../tools/opentofu-release';
import { Answers, Scratch } from './_scratch';

const PLATFORM = { os: 'linux', arch: 'amd64' } as const;
const ARCHIVE = 'tofu_1.10.10_linux_amd64.tar.gz';
const SUMS = 'tofu_1.10.10_SHA256SUMS';

let scratch: Scratch;
let server = new Answers();
let signer: { privateKey: openpgp.PrivateKey; signingKey: string };

beforeAll(async () => {
  signer = await newSigner();
});

beforeEach(() => {
  scratch = new Scratch();
});

afterEach(async () => {
  await server.close();
  scratch.remove();
});

async function newSigner() {
  const { privateKey, publicKey } = await openpgp.generateKey({ userIDs: [{ name: 'test' }], format: 'object' });
  return { privateKey, signingKey: publicKey.armor() };
}

/** A release server like GitHub's, with a release signed by `by`. */
async function release({ by = signer, sum = (archive: Buffer) => sha256(archive) } = {}) {
  scratch.file('tofu', '#!/bin/sh\necho "OpenTofu v1.10.10"\n', 0o755);
  scratch.file('LICENSE', 'MPL-2.0');
  execFileSync('tar', ['-czf', ARCHIVE, 'tofu', 'LICENSE'], { cwd: scratch.dir });
  const archive = execFileSync('cat', [ARCHIVE], { cwd: scratch.dir });
  const sums = `${'0'.repeat(64)}  tofu_1.10.10_windows_amd64.tar.gz\n${sum(archive)}  ${ARCHIVE}\n`;
  server = new Answers({
    [`/v1.10.10/${ARCHIVE}`]: archive,
    [`/v1.10.10/${SUMS}`]: sums,
    [`/v1.10.10/${SUMS}.gpgsig`]: await sign(sums, by.privateKey),
  });
  const folder = join(scratch.dir, 'out');
  mkdirSync(folder);
  const options = { releases: await server.listen(), signingKey: signer.signingKey };
  return { folder, options, download: () => downloadOpenTofu('1.10.10', PLATFORM, folder, options) };
}

async function sign(text: string, signingKeys: openpgp.PrivateKey): Promise<Buffer> {
  const message = await openpgp.createMessage({ binary: new TextEncoder().encode(text) });
  return Buffer.from(await openpgp.sign({ message, signingKeys, detached: true, format: 'binary' }));
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

test('unpacks the program of a signed release, and nothing else', async () => {
  const { folder, download } = await release();
  await download();
  expect(readdirSync(folder)).toEqual(['tofu']);
  expect(execFileSync(join(folder, 'tofu'), { encoding: 'utf8' })).toBe('OpenTofu v1.10.10\n');
});

test('refuses checksums that somebody else signed', async () => {
  const { folder, download } = await release({ by: await newSigner() });
  await expect(download()).rejects.toThrow(`${SUMS} is not signed by OpenTofu`);
  expect(readdirSync(folder)).toEqual([]);
});

test('refuses checksums that were changed after they were signed', async () => {
  const { download } = await release();
  server.answers[`/v1.10.10/${SUMS}`] += ' ';
  await expect(download()).rejects.toThrow(`${SUMS} is not signed by OpenTofu`);
  expect(server.asked).not.toContain(`GET /v1.10.10/${ARCHIVE}`);
});

test('refuses an archive that has another checksum', async () => {
  const { folder, download } = await release({ sum: () => 'f'.repeat(64) });
  await expect(download()).rejects.toThrow(/has sha256 [0-9a-f]{64}, and f{64} is the signed one/);
  expect(existsSync(join(folder, 'tofu'))).toBe(false);
});

test('refuses the page of a captive portal', async () => {
  const { download } = await release();
  server.answers[`/v1.10.10/${SUMS}.gpgsig`] = '<html>Please log in</html>';
  await expect(download()).rejects.toThrow(ReleaseUnavailable);
});

test('fails plainly for a release that is not there', async () => {
  const { folder, options } = await release();
  await expect(downloadOpenTofu('1.10.11', PLATFORM, folder, options)).rejects.toThrow(/tofu_1.10.11_\S+ answered 404/);
});

test('the key kept in the project is the one that OpenTofu publishes', async () => {
  const armoredKey = readFileSync(join(__dirname, '..', '..', 'tools', 'opentofu', 'signing-key.asc'), 'utf8');
  const key = await openpgp.readKey({ armoredKey });
  expect(key.getFingerprint().toUpperCase()).toBe('E3E6E43D84CB852EADB0051D0C0AF313E5FD9F80');
});
