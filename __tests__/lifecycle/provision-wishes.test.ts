import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findApp, provisionName } from '../../lifecycle/provision-wishes';

const cwd = mkdtempSync(join(tmpdir(), 'firesteel-apps-'));
for (const folder of ['shop', 'apps/blog', 'examples/apps/hello_world'])
  mkdirSync(join(cwd, folder), { recursive: true });

test.each([
  ['shop', 'shop'],
  ['apps/blog', 'apps/blog'],
  ['blog', 'apps/blog'],
  ['hello_world', 'examples/apps/hello_world'],
])('%s is the folder %s', (name, folder) => {
  expect(findApp(name, cwd)).toBe(join(cwd, folder));
});

test('a folder that is not there is told with where it was looked for', () => {
  expect(() => findApp('wiki', cwd)).toThrow('there is no folder "wiki" here, nor in apps or examples/apps');
});

test('clusters are called after the application and the environment', () => {
  expect(provisionName('/srv/Hello_World', 'dev')).toBe('hello-world-dev');
});
