import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runProgram } from '../../cli/program';
import { recordedConsole } from './_console';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'firesteel-cluster-'));
});
afterEach(() => rmSync(home, { recursive: true }));

async function cluster(...args: readonly string[]) {
  const console = recordedConsole({ env: { HOME: home }, cwd: home });
  const exitCode = await runProgram(console, ['cluster', ...args]);
  return { exitCode, out: console.out(), err: console.err() };
}

const folderOf = (name: string) => join(home, '.local', 'state', 'firesteel', 'clusters', name);

test('refuses a cluster of which too little is said, and leaves nothing behind', async () => {
  expect(await cluster('start', '--name', 'demo', '--slaves', '2')).toMatchObject({
    exitCode: 2,
    err: expect.stringContaining('to make it, say also --flavor, --image, --network, --key'),
  });
  expect((await cluster('list')).out).toBe('there are none\n');
});

test.each(['status', 'delete'])('%s refuses a cluster that there is not', async (verb) => {
  expect(await cluster(verb, '--name', 'demo')).toMatchObject({
    exitCode: 2,
    err: expect.stringContaining('there is no cluster "demo"'),
  });
});

test('a start that was cut off before anything was made is told, listed, and deleted without a cloud', async () => {
  mkdirSync(folderOf('demo'), { recursive: true });

  expect(await cluster('status', '--name', 'demo')).toMatchObject({
    exitCode: 1,
    err: expect.stringContaining('its start was cut off or failed'),
  });
  expect((await cluster('list')).out).toMatch(/^CLUSTER +CLOUD +DEPLOYED +FOLDER\ndemo +- +no +/);
  expect(await cluster('delete', '--name', 'demo')).toMatchObject({
    exitCode: 0,
    out: 'demo is destroyed (0 resources)\n',
  });
  expect((await cluster('delete', '--name', 'demo')).exitCode).toBe(2);
});

test('a deletion that was cut off at its very end is finished', async () => {
  mkdirSync(folderOf('.demo.leaving'), { recursive: true });

  expect(await cluster('delete', '--name', 'demo')).toMatchObject({ exitCode: 0, out: 'demo is gone\n' });
  expect((await cluster('delete', '--name', 'demo')).exitCode).toBe(2);
});
