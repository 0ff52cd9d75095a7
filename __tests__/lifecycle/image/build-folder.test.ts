import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BuildFolder, type BuildPlace, PACKER_PID } from '../../../lifecycle/image/build-folder';

const PLACE: BuildPlace = { authUrl: 'https://cloud.example/v3', projectId: 'p1', region: 'North' };

let state: string;
let env: NodeJS.ProcessEnv;

beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), 'firesteel-state-'));
  env = { XDG_STATE_HOME: state };
});

afterEach(() => rmSync(state, { recursive: true, force: true }));

/** One whose builder has been killed. */
function left(place = PLACE): BuildFolder {
  const folder = BuildFolder.make(env, place);
  const file = folder.file('build.json');
  const record = JSON.parse(readFileSync(file, 'utf8'));
  writeFileSync(file, JSON.stringify({ ...record, builder: { ...record.builder, pid: spawnSync('true').pid } }));
  return folder;
}

test('each build has a folder and a name of its own, which nobody else can read', () => {
  const [one, other] = [BuildFolder.make(env, PLACE), BuildFolder.make(env, PLACE)];
  expect(one.name).toMatch(/^firesteel-image-[0-9a-f]{8}$/);
  expect(other.name).not.toBe(one.name);
  expect(statSync(one.dir).mode & 0o777).toBe(0o700);
});

test('what a killed builder left is found, in the same project of the same cloud only', () => {
  BuildFolder.make(env, PLACE);
  const dead = left();
  left({ ...PLACE, projectId: 'p2' });
  expect(BuildFolder.left(env, PLACE).map(({ name }) => name)).toEqual([dead.name]);
  dead.remove();
  expect(BuildFolder.left(env, PLACE)).toEqual([]);
});

test('one that was killed before it had written anything is removed, but not while it may still be at it', () => {
  const folder = BuildFolder.make(env, PLACE);
  rmSync(folder.file('build.json'));
  expect(BuildFolder.left(env, PLACE)).toEqual([]);
  expect(existsSync(folder.dir)).toBe(true);
  utimesSync(folder.dir, 1, 1);
  expect(BuildFolder.left(env, PLACE)).toEqual([]);
  expect(existsSync(folder.dir)).toBe(false);
});

test('a Packer that has outlived its builder is ended; another process of its number is not', async () => {
  const folder = left();
  const packer = spawn('sleep', ['600'], { cwd: folder.dir, detached: true, stdio: 'ignore' });
  const ended = new Promise((resolve) => packer.once('exit', (_, signal) => resolve(signal)));
  writeFileSync(folder.file(PACKER_PID), `${process.pid}\n`);
  await folder.stopPacker();
  expect(packer.exitCode).toBeNull();
  writeFileSync(folder.file(PACKER_PID), `${packer.pid}\n`);
  await folder.stopPacker();
  expect(await ended).toBe('SIGINT');
});
