import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ArtifactError } from '../../configure/artifact-error';
import { fetchArtifact } from '../../configure/artifacts';
import { folderDigest } from '../../roles/folder';
import type { Artifact } from '../../roles/role';

jest.setTimeout(60_000); // real programs, and the machine may be busy

let dir: string;
let app: string;
let cacheDir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'firesteel-folder-'));
  app = join(dir, 'app');
  cacheDir = join(dir, 'cache');
  for (const folder of ['', 'static', '.git', '__pycache__']) mkdirSync(join(app, folder), { recursive: true });
  writeFileSync(join(app, 'app.py'), 'print("héllo")\n');
  writeFileSync(join(app, 'run'), '#!/bin/sh\n');
  chmodSync(join(app, 'run'), 0o700);
  writeFileSync(join(app, 'static', 'empty'), '');
  writeFileSync(join(app, '.git', 'config'), 'x');
  writeFileSync(join(app, '__pycache__', 'app.pyc'), 'x');
  symlinkSync('/etc/shadow', join(app, 'leak'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const artifact = (sha256 = folderDigest(app)): Artifact => ({
  fileName: 'hello-1.tar',
  source: { kind: 'folder', path: app, sha256 },
  installedMarker: '/opt/hello/.firesteel-1',
});

const listed = (file: string): string[] =>
  execFileSync('tar', ['-tvf', file], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((line) => `${line.slice(0, 10)} ${line.split(' ').at(-1)}`);

test('a tarball of a folder holds its files and who may run them, and neither links nor what other tools keep there', async () => {
  const { path } = await fetchArtifact(artifact(), { cacheDir });
  expect(listed(path)).toEqual([
    '-rw-r--r-- hello-1/app.py',
    '-rwxr-xr-x hello-1/run',
    '-rw-r--r-- hello-1/static/empty',
  ]);
  expect(execFileSync('tar', ['-xOf', path, 'hello-1/app.py'], { encoding: 'utf8' })).toBe('print("héllo")\n');
});

test('the same files make the same tarball, whenever they were written', async () => {
  const { sha256 } = await fetchArtifact(artifact(), { cacheDir });
  utimesSync(join(app, 'app.py'), 1, 1);
  expect((await fetchArtifact(artifact(), { cacheDir: join(dir, 'other') })).sha256).toBe(sha256);
});

test('other files make another tarball, under another name', async () => {
  const first = await fetchArtifact(artifact(), { cacheDir });
  writeFileSync(join(app, 'app.py'), 'print("other")\n');
  const second = await fetchArtifact(artifact(), { cacheDir });
  expect(second.path).not.toBe(first.path);
  expect(second.sha256).not.toBe(first.sha256);
});

test('refuses a folder that has changed since the plan was read, and leaves nothing behind', async () => {
  const planned = artifact();
  writeFileSync(join(app, 'app.py'), 'print("later")\n');
  const failure = fetchArtifact(planned, { cacheDir });
  await expect(failure).rejects.toBeInstanceOf(ArtifactError);
  await expect(failure).rejects.toThrow(`${app} has changed since the plan was read`);
  expect(readdirSync(cacheDir)).toEqual([]);
});

test('refuses a folder that is gone', async () => {
  const planned = artifact();
  rmSync(app, { recursive: true });
  await expect(fetchArtifact(planned, { cacheDir })).rejects.toThrow(`${app} can't be read: ENOENT`);
});
