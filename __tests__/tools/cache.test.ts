import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cachedFolder, toolCache } from '../../tools/cache';
import { Scratch } from './_scratch';

let scratch: Scratch;
beforeEach(() => {
  scratch = new Scratch();
});
afterEach(() => scratch.remove());

test('the cache is where the environment says, else in the usual place', () => {
  expect(toolCache({ FIRESTEEL_CACHE: '/a' })).toBe('/a/tools');
  expect(toolCache({ XDG_CACHE_HOME: '/b' })).toBe('/b/firesteel/tools');
  expect(toolCache({})).toMatch(/\/\.cache\/firesteel\/tools$/);
});

test('a folder is made once, even when two want it at the same time', async () => {
  const folder = join(scratch.cache, 'tool');
  let made = 0;
  const make = async (partial: string) => {
    made++;
    expect(existsSync(folder)).toBe(false);
    await new Promise((resolve) => setTimeout(resolve, 100));
    writeFileSync(join(partial, 'program'), 'complete');
  };
  await Promise.all([cachedFolder(folder, make), cachedFolder(folder, make)]);
  await cachedFolder(folder, make);
  expect(made).toBe(1);
  expect(readFileSync(join(folder, 'program'), 'utf8')).toBe('complete');
  expect(readdirSync(scratch.cache)).toEqual(['tool']);
});

test('fails without leaving half of it behind, and the next one may try', async () => {
  const folder = join(scratch.cache, 'tool');
  const half = async (partial: string) => {
    writeFileSync(join(partial, 'program'), 'half');
    throw new Error('no more disk');
  };
  await expect(cachedFolder(folder, half)).rejects.toThrow('no more disk');
  expect(readdirSync(scratch.cache)).toEqual([]);
  await expect(cachedFolder(folder, async () => {})).resolves.toBe(folder);
});

test('fails at once when aborted while another one makes it', async () => {
  const folder = join(scratch.cache, 'tool');
  const abort = new AbortController();
  let finish = (): void => undefined;
  let slow: Promise<string> | undefined;
  await new Promise<void>((begun) => {
    slow = cachedFolder(folder, () => {
      begun();
      return new Promise((resolve) => {
        finish = resolve;
      });
    });
  });
  const waiting = cachedFolder(folder, async () => {}, abort.signal);
  abort.abort(new Error('Ctrl-C'));
  await expect(waiting).rejects.toThrow('Ctrl-C');
  finish();
  await slow;
});
