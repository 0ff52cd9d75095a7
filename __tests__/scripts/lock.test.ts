import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir, uptime } from 'node:os';
import { join } from 'node:path';

const { withLock } = require('../../scripts/_lock') as {
  withLock: <T>(folder: string, action: () => T | Promise<T>) => Promise<T>;
};

let dir: string;
let lock: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'firesteel-lock-'));
  lock = join(dir, 'lock');
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function leaveLock(pid: number): void {
  mkdirSync(lock);
  writeFileSync(join(lock, 'pid'), String(pid));
}

test('one after the other, and nothing is left', async () => {
  let inside = 0;
  let most = 0;
  const action = async () => {
    most = Math.max(most, ++inside);
    await new Promise((resolve) => setTimeout(resolve, 50));
    return inside--;
  };
  await Promise.all([1, 2, 3].map(() => withLock(lock, action)));
  expect(most).toBe(1);
  expect(readdirSync(dir)).toEqual([]);
});

test('is given back when the action fails', async () => {
  await expect(withLock(lock, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(existsSync(lock)).toBe(false);
});

test('the lock of a process that was killed is taken over', async () => {
  const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
  await new Promise((resolve) => child.once('exit', resolve));
  leaveLock(child.pid!);
  await expect(withLock(lock, () => 'mine')).resolves.toBe('mine');
});

test('a lock from before the last boot is taken over, whoever has its process id now', async () => {
  leaveLock(process.pid);
  const before = Date.now() / 1000 - uptime() - 60;
  utimesSync(lock, before, before);
  await expect(withLock(lock, () => 'mine')).resolves.toBe('mine');
});

test('waits for a living process', async () => {
  leaveLock(process.pid);
  const order: string[] = [];
  setTimeout(() => {
    order.push('theirs ends');
    rmSync(lock, { recursive: true });
  }, 500);
  await withLock(lock, () => order.push('mine begins'));
  expect(order).toEqual(['theirs ends', 'mine begins']);
});
