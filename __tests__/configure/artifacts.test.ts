import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { artifactCacheDir } from '../../configure/artifact-cache';
import { fetchArtifact } from '../../configure/artifacts';
import type { ProgressEvent } from '../../plan/progress';
import type { Artifact } from '../../roles/role';
import { FileServer, giving } from './_file-server';

jest.setTimeout(60_000); // real programs, and the machine may be busy

const content = Buffer.from('a tarball of sorts');
let cacheDir: string;
let server: FileServer;
let artifact: Artifact;

beforeEach(async () => {
  cacheDir = mkdtempSync(join(tmpdir(), 'firesteel-artifacts-'));
  server = new FileServer(giving(content));
  const url = `${await server.start()}/spark-4.2.1-bin-hadoop3.tgz`;
  const sha512 = createHash('sha512').update(content).digest('hex');
  artifact = {
    fileName: 'spark-4.2.1.tgz',
    source: { kind: 'url', url, sha512 },
    installedMarker: '/opt/spark/RELEASE',
  };
});
afterEach(async () => {
  await server.stop();
  rmSync(cacheDir, { recursive: true });
});

test('an artifact is fetched once, and known by its content', async () => {
  const events: ProgressEvent[] = [];
  const fetched = await fetchArtifact(artifact, { cacheDir, onProgress: (event) => events.push(event) });
  expect(readFileSync(fetched.path).equals(content)).toBe(true);
  expect(fetched.sha256).toBe(createHash('sha256').update(content).digest('hex'));
  expect(fetched.bytes).toBe(content.length);
  expect(events.map(({ phase, state }) => `${phase} ${state}`)).toEqual(['fetch start', 'fetch update', 'fetch done']);

  expect(await fetchArtifact(artifact, { cacheDir })).toEqual(fetched);
  expect(server.requests).toHaveLength(1);
});

test('many that want it at once wait for the one that fetches it', async () => {
  const all = await Promise.all([1, 2, 3].map(() => fetchArtifact(artifact, { cacheDir })));
  expect(new Set(all.map(({ path }) => path)).size).toBe(1);
  expect(server.requests).toHaveLength(1);
});

test('what has gone bad in the cache is fetched again', async () => {
  const { path } = await fetchArtifact(artifact, { cacheDir });
  writeFileSync(path, 'rot');
  expect(readFileSync((await fetchArtifact(artifact, { cacheDir })).path).equals(content)).toBe(true);
  writeFileSync(`${path}.json`, 'no JSON');
  expect(readFileSync((await fetchArtifact(artifact, { cacheDir })).path).equals(content)).toBe(true);
});

test('refuses what has another digest', async () => {
  const other: Artifact = {
    ...artifact,
    source: { ...artifact.source, sha512: '0'.repeat(128) } as Artifact['source'],
  };
  await expect(fetchArtifact(other, { cacheDir })).rejects.toThrow('is not the file that was asked for');
});

test('the cache is where the user wants it', () => {
  expect(artifactCacheDir({ FIRESTEEL_CACHE: '/fs' })).toBe('/fs/artifacts');
  expect(artifactCacheDir({ XDG_CACHE_HOME: '/xdg' })).toBe('/xdg/firesteel/artifacts');
  expect(artifactCacheDir({})).toMatch(/\/\.cache\/firesteel\/artifacts$/);
});
