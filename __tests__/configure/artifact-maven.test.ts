import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fetchJars } from '../../configure/artifact-maven';
import { fetchArtifact } from '../../configure/artifacts';
import type { ProgressEvent } from '../../plan/progress';
import type { Artifact, MavenJar } from '../../roles/role';
import { breakingAfter, FileServer, giving } from './_file-server';

jest.setTimeout(60_000); // real programs, and the machine may be busy

/** By their path in the repository. */
const CONTENTS = new Map(
  ['c', 'a', 'b', 'd', 'e', 'f', 'g', 'h'].map((name) => [
    `/m2/org/${name}/${name}/1.0/${name}-1.0.jar`,
    Buffer.from(`jar ${name}`),
  ]),
);
const jars: readonly MavenJar[] = [...CONTENTS].map(([path, content]) => ({
  coordinates: `org.${path.split('/')[3]}:${path.split('/')[3]}:1.0`,
  sha256: createHash('sha256').update(content).digest('hex'),
}));

const before = process.env.FIRESTEEL_MAVEN_REPOSITORY;
let cacheDir: string;
let server: FileServer;
let artifact: Artifact;

beforeEach(async () => {
  cacheDir = mkdtempSync(join(tmpdir(), 'firesteel-maven-'));
  server = new FileServer((request, response) => {
    const content = CONTENTS.get(request.url!);
    if (content) giving(content)(request, response);
    else response.writeHead(404).end();
  });
  process.env.FIRESTEEL_MAVEN_REPOSITORY = `${await server.start()}/m2`;
  artifact = {
    fileName: 'kafka-4.2.1.tar',
    source: { kind: 'maven', jars },
    installedMarker: '/opt/kafka/.firesteel-1',
  };
});
afterEach(async () => {
  if (before === undefined) delete process.env.FIRESTEEL_MAVEN_REPOSITORY;
  else process.env.FIRESTEEL_MAVEN_REPOSITORY = before;
  await server.stop();
  rmSync(cacheDir, { recursive: true });
});

const listed = (file: string): string[] => execFileSync('tar', ['-tf', file], { encoding: 'utf8' }).trim().split('\n');

test('a tarball of jars holds them all in one folder, and is the same whoever makes it', async () => {
  const events: ProgressEvent[] = [];
  const made = await fetchArtifact(artifact, { cacheDir, onProgress: (event) => events.push(event) });
  expect(listed(made.path)).toEqual(
    ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((name) => `kafka-4.2.1/jars/${name}-1.0.jar`),
  );
  expect(execFileSync('tar', ['-xOf', made.path, 'kafka-4.2.1/jars/a-1.0.jar'], { encoding: 'utf8' })).toBe('jar a');
  expect(events.filter(({ state }) => state === 'done').map(({ phase }) => phase)).toEqual(['fetch', 'pack']);

  const elsewhere = mkdtempSync(join(tmpdir(), 'firesteel-maven-'));
  const source = { kind: 'maven', jars: [...jars].reverse() } as const;
  const again = await fetchArtifact({ ...artifact, source }, { cacheDir: elsewhere });
  expect(again.sha256).toBe(made.sha256);
  rmSync(elsewhere, { recursive: true });
});

test('a jar is fetched once, whatever tarballs hold it', async () => {
  await fetchArtifact(artifact, { cacheDir });
  expect(server.requests).toHaveLength(jars.length);
  await fetchArtifact(artifact, { cacheDir });
  const fewer: Artifact = { ...artifact, fileName: 'other-1.tar', source: { kind: 'maven', jars: jars.slice(0, 2) } };
  expect(listed((await fetchArtifact(fewer, { cacheDir })).path)).toEqual([
    'other-1/jars/a-1.0.jar',
    'other-1/jars/c-1.0.jar',
  ]);
  expect(server.requests).toHaveLength(jars.length);
});

test('several come at a time, and not all at once', async () => {
  let open = 0;
  let most = 0;
  server.answer = (request, response) => {
    most = Math.max(most, ++open);
    setTimeout(() => {
      open--;
      giving(CONTENTS.get(request.url!)!)(request, response);
    }, 50);
  };
  await fetchArtifact(artifact, { cacheDir });
  expect(most).toBe(6);
});

test('goes on where a connection broke', async () => {
  let asked = 0;
  server.answer = (request, response) => {
    const content = CONTENTS.get(request.url!)!;
    (asked++ === 0 ? breakingAfter(2, content) : giving(content))(request, response);
  };
  await fetchJars({ jars: jars.slice(0, 1), cacheDir });
  expect(server.requests.map(({ headers }) => headers.range)).toEqual([undefined, 'bytes=2-']);
});

test('refuses a jar with another digest, by its address and both digests', async () => {
  const wrong: Artifact = {
    ...artifact,
    source: { kind: 'maven', jars: [...jars.slice(1), { ...jars[0]!, sha256: 'ab'.repeat(32) }] },
  };
  const failure = fetchArtifact(wrong, { cacheDir });
  await expect(failure).rejects.toThrow(/c-1\.0\.jar is not the file that was asked for/);
  await expect(failure).rejects.toThrow(jars[0]!.sha256);
});

test('fails by the jar that the repository has not', async () => {
  const missing: Artifact = {
    ...artifact,
    source: { kind: 'maven', jars: [{ coordinates: 'org.none:none:9', sha256: 'ab'.repeat(32) }] },
  };
  await expect(fetchArtifact(missing, { cacheDir })).rejects.toThrow(
    /m2\/org\/none\/none\/9\/none-9\.jar can't be fetched: the server answers 404/,
  );
});

test('refuses two jars of one name', async () => {
  const twins = [jars[0]!, { ...jars[0]!, coordinates: 'com.other:c:1.0' }];
  await expect(fetchJars({ jars: twins, cacheDir })).rejects.toThrow('two of the jars are c-1.0.jar');
  expect(server.requests).toHaveLength(0);
});
