import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ownPublicKey } from '../../lifecycle/_public-key';

const mockHome = { dir: '' };
jest.mock('node:os', () => ({ ...jest.requireActual('node:os'), homedir: () => mockHome.dir }));

beforeEach(() => {
  mockHome.dir = mkdtempSync(join(tmpdir(), 'firesteel-key-'));
});
afterEach(() => rmSync(mockHome.dir, { recursive: true, force: true }));

test('of several who need a key at once one makes it, and all have the same', async () => {
  const keys = await Promise.all([ownPublicKey(), ownPublicKey(), ownPublicKey()]);
  expect(keys.map(({ made }) => made).sort()).toEqual([false, false, true]);
  expect(new Set(keys.map(({ path }) => path))).toEqual(new Set(['~/.ssh/id_ed25519.pub']));
  expect(readdirSync(join(mockHome.dir, '.ssh')).sort()).toEqual(['id_ed25519', 'id_ed25519.pub']);
  const half = execFileSync('ssh-keygen', ['-y', '-f', join(mockHome.dir, '.ssh', 'id_ed25519')], { encoding: 'utf8' });
  expect(readFileSync(join(mockHome.dir, '.ssh', 'id_ed25519.pub'), 'utf8')).toBe(half);
});
