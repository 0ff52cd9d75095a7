import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const script = join(__dirname, '..', '..', 'scripts', 'bootstrap.js');

test('a ready checkout is left as it is', () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [script], { encoding: 'utf8' });
  expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
});

test.each([
  ['18.20.0', 1],
  ['20.18.3', 1],
  ['20.19.0', 0],
  ['22.1.0', 0],
])('Node.js %s ends with %d', (version, status) => {
  const fake = `Object.defineProperty(process.versions, 'node', { value: '${version}' }); process.argv[1] = ${JSON.stringify(script)}; require('node:module').runMain()`;
  const result = spawnSync(process.execPath, ['-e', fake, script], { encoding: 'utf8' });
  expect(result.status).toBe(status);
  expect(result.stderr).toBe(
    status === 0
      ? ''
      : `Firesteel needs Node.js 20.19 or newer; this is ${version} (${process.execPath}). Get a newer one from https://nodejs.org or your distribution.\n`,
  );
});
