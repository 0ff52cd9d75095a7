import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ArtifactSpread, type Guest } from '../../configure/artifact-spread';
import type { Artifact } from '../../roles/role';
import { LocalTransport } from './_local-transport';

jest.setTimeout(60_000); // real programs, and the machine may be busy

/**
 * Nodes are this machine with loopback addresses of their own; what each would keep in the folder of artifacts it keeps in
 * `files` of its working folder, which is relative so that the very same scripts run. systemd's two commands are
 * replaced by programs that start and stop the same process.
 */
const content = Buffer.alloc(2_000_000, 'spark');
const sha256 = createHash('sha256').update(content).digest('hex');
const artifact: Artifact = {
  fileName: 'spark-4.2.1.tar',
  source: { kind: 'pyspark', version: '4.2.1', sha256: 'ab' },
  installedMarker: '/opt/spark/.firesteel',
};

let base: string;
let port: number;
let guests: (Guest & { connection: LocalTransport })[];
let transfers: string[];
let warnings: string[];

beforeEach(async () => {
  base = mkdtempSync(join(tmpdir(), 'firesteel-spread-'));
  writeFileSync(join(base, 'spark.tar'), content);
  writeProgram(
    'systemd-run',
    'while case $1 in --*) :;; *) false;; esac; do shift; done\n"$@" >/dev/null 2>&1 &\necho $! > serving',
  );
  writeProgram('systemctl', 'case $1 in stop) [ ! -e serving ] || kill "$(cat serving)"; rm -f serving;; esac');
  writeProgram('journalctl', 'echo journal');
  port = await freePort();
  guests = [];
  transfers = [];
  warnings = [];
});
afterEach(() => {
  for (const { connection } of guests) connection.dispose();
  rmSync(base, { recursive: true });
});

function writeProgram(name: string, text: string): void {
  writeFileSync(join(base, name), `#!/bin/sh\n${text}\n`);
  chmodSync(join(base, name), 0o755);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port: free } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return free;
}

function addGuests(count: number): void {
  for (let index = 0; index < count; index++) {
    const connection = new LocalTransport(`worker-${index}`);
    mkdirSync(join(connection.dir, 'files'));
    connection.env.PATH = `${base}:${process.env.PATH}`;
    guests.push({ connection, address: `127.0.0.${index + 2}` });
  }
}

function spreadOf(options: { fetch?: () => Promise<never> } = {}): ArtifactSpread {
  return new ArtifactSpread({
    nodes: guests.length,
    fetch: async () => ({ path: join(base, 'spark.tar'), sha256, bytes: content.length }),
    directory: 'files',
    port,
    onTransfer: (node, _artifact, from) => transfers.push(`${node} from ${from}`),
    onWarning: (node, text) => warnings.push(`${node}: ${text}`),
    ...options,
  });
}

const has = ({ connection }: { connection: LocalTransport }): boolean => {
  const path = join(connection.dir, 'files', artifact.fileName);
  return existsSync(path) && readFileSync(path).equals(content);
};
const serving = (): string[] =>
  guests
    .filter(({ connection }) => existsSync(join(connection.dir, 'serving')))
    .map(({ connection }) => connection.node);

test('one node gets it from here, all others from nodes; then nobody serves any more', async () => {
  addGuests(9);
  const spread = spreadOf();
  await Promise.all(guests.map((guest) => spread.provide(guest, artifact)));
  expect(guests.every(has)).toBe(true);
  expect(transfers.filter((text) => text.endsWith('this machine'))).toHaveLength(1);
  expect(transfers).toHaveLength(9);
  expect(serving()).not.toEqual([]);
  expect((await spread.close()).size).toBe(0);
  expect(serving()).toEqual([]);
  expect(warnings).toEqual([]);
});

test('a single node needs no server', async () => {
  addGuests(1);
  const spread = spreadOf();
  await spread.provide(guests[0]!, artifact);
  expect(has(guests[0]!)).toBe(true);
  expect(guests[0]!.connection.applies).toHaveLength(0);
  await spread.close();
  expect(guests[0]!.connection.applies).toHaveLength(0);
});

test('a node that comes late, and one after a run that broke off, get it from a node that has it', async () => {
  addGuests(3);
  writeFileSync(join(guests[0]!.connection.dir, 'files', artifact.fileName), content);
  const spread = spreadOf();
  await spread.provide(guests[0]!, artifact, sha256);
  await spread.provide(guests[1]!, artifact, 'a digest of something else');
  await spread.provide(guests[2]!, artifact);
  expect(guests.every(has)).toBe(true);
  expect(transfers).toEqual(['worker-1 from worker-0', 'worker-2 from worker-0']);
  await spread.close();
});

test('a node that has unpacked and removed it still gives it to one that comes late', async () => {
  addGuests(3);
  const spread = spreadOf();
  await spread.provide(guests[0]!, artifact);
  rmSync(join(guests[0]!.connection.dir, 'files', artifact.fileName));
  await spread.provide(guests[1]!, artifact);
  expect(has(guests[1]!)).toBe(true);
  expect(transfers).toEqual(['worker-0 from this machine', 'worker-1 from worker-0']);
  await spread.close();
  expect(readdirSync(join(guests[0]!.connection.dir, 'files'))).toEqual([]);
});

test('where nodes can not reach each other it comes from here, with a warning', async () => {
  addGuests(3);
  for (const guest of guests) guest.connection.env.http_proxy = 'http://127.0.0.1:1';
  writeProgram('curl', 'echo "no route to host" >&2; exit 7');
  const spread = spreadOf();
  await Promise.all(guests.map((guest) => spread.provide(guest, artifact)));
  expect(guests.every(has)).toBe(true);
  expect(warnings).toHaveLength(2);
  expect(warnings[0]).toMatch(
    /worker-\d: fetch spark-4\.2\.1\.tar from worker-0 failed.*no route to host.*sent from this machine instead/s,
  );
  await spread.close();
  expect(serving()).toEqual([]);
});

test('a server that has gone is asked no more, and another one serves', async () => {
  addGuests(12);
  writeProgram('curl', 'case "$*" in *127.0.0.2:*) echo "no answer" >&2; exit 28;; esac; exec /usr/bin/curl "$@"');
  const spread = spreadOf();
  await Promise.all(guests.map((guest) => spread.provide(guest, artifact)));
  expect(guests.every(has)).toBe(true);
  const tries = transfers.filter((text) => text.endsWith('from worker-0'));
  expect(tries.length).toBeLessThanOrEqual(3);
  expect(transfers.filter((text) => text.endsWith('this machine'))).toHaveLength(1 + tries.length);
  await spread.close();
});

test('where a node can not serve, the next one tries', async () => {
  addGuests(3);
  const [first] = guests;
  const own = join(first!.connection.dir, 'bin');
  mkdirSync(own);
  writeFileSync(join(own, 'systemd-run'), '#!/bin/sh\necho "no systemd here" >&2\nexit 1\n');
  chmodSync(join(own, 'systemd-run'), 0o755);
  first!.connection.env.PATH = `${own}:${first!.connection.env.PATH}`;
  const spread = spreadOf();
  await Promise.all(guests.map((guest) => spread.provide(guest, artifact)));
  expect(guests.every(has)).toBe(true);
  expect(transfers).toEqual(['worker-0 from this machine', 'worker-1 from this machine', 'worker-2 from worker-1']);
  expect(warnings).toEqual([expect.stringContaining('no systemd here')]);
  await spread.close();
});

test('a node whose upload fails says so, and the others still get it', async () => {
  addGuests(3);
  guests[0]!.connection.put = () => Promise.reject(new Error('disk full'));
  const spread = spreadOf();
  const results = await Promise.allSettled(guests.map((guest) => spread.provide(guest, artifact)));
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
  expect(guests.slice(1).every(has)).toBe(true);
  await spread.close();
});

test('what comes damaged never gets its name', async () => {
  addGuests(2);
  writeProgram('curl', 'echo not the file');
  guests[1]!.connection.put = () => Promise.reject(new Error('not from here either'));
  const spread = spreadOf();
  await spread.provide(guests[0]!, artifact);
  await expect(spread.provide(guests[1]!, artifact)).rejects.toThrow('not from here either');
  expect(warnings[0]).toContain('did not come whole');
  expect(existsSync(join(guests[1]!.connection.dir, 'files', artifact.fileName))).toBe(false);
  await spread.close();
});

test('every node says why where it can not be fetched at all', async () => {
  addGuests(2);
  const spread = spreadOf({ fetch: () => Promise.reject(new Error('PyPI is away')) });
  const results = await Promise.allSettled(guests.map((guest) => spread.provide(guest, artifact)));
  expect(results.map((result) => (result as PromiseRejectedResult).reason.message)).toEqual([
    'PyPI is away',
    'PyPI is away',
  ]);
  await spread.close();
});
