import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { browsers, showInBrowser } from '../../cli/browser';

const URL = 'http://localhost:8080/';

test.each<[NodeJS.ProcessEnv, NodeJS.Platform, string[][]]>([
  [{ BROWSER: 'firefox' }, 'linux', [['firefox', URL]]],
  [
    { BROWSER: 'firefox --new-window %s:w3m' },
    'darwin',
    [
      ['firefox', '--new-window', URL],
      ['w3m', URL],
    ],
  ],
  [{}, 'darwin', [['open', URL]]],
  [{ DISPLAY: ':0' }, 'linux', [['xdg-open', URL]]],
  [{ WAYLAND_DISPLAY: 'wayland-0' }, 'linux', [['xdg-open', URL]]],
  [{}, 'linux', []],
])('%j on %s means %j', (env, platform, commands) => expect(browsers(URL, env, platform)).toEqual(commands));

test('the first browser that is there gets the address, and goes on by itself', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'firesteel-browser-'));
  const browser = join(folder, 'browser');
  writeFileSync(browser, '#!/bin/sh\nprintf %s "$*" >"$0.part" && mv "$0.part" "$0.shown"\n');
  chmodSync(browser, 0o755);

  expect(await showInBrowser(URL, { PATH: process.env.PATH, BROWSER: `/nowhere/firefox:${browser} --tab` })).toBe(true);
  while (!existsSync(`${browser}.shown`)) await sleep(20);
  expect(readFileSync(`${browser}.shown`, 'utf8')).toBe(`--tab ${URL}`);
  expect(await showInBrowser(URL, { BROWSER: '/nowhere/firefox' })).toBe(false);
  rmSync(folder, { recursive: true });
});
