/** What a sandbox is on its host, through crashes and back to nothing: one of its own, beside that of the other tests. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { sandboxSettings } from '../../sandbox';
import { start } from './_run';

const FIRESTEEL = resolve(__dirname, '..', '..', 'bin', 'firesteel.js');
const NET = '172.24.5.0/24';

let folder: string;
let env: NodeJS.ProcessEnv;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'firesteel-crash-'));
  env = { ...process.env, FIRESTEEL_SANDBOX_DIR: join(folder, 'sandbox'), FIRESTEEL_SANDBOX_NET: NET };
});

afterAll(async () => {
  await sandbox('destroy').ended;
  rmSync(folder, { recursive: true, force: true });
});

const sandbox = (...args: readonly string[]) => start(process.execPath, [FIRESTEEL, 'sandbox', ...args], { env });

/** Which of its two traces are on the host. */
async function traces(): Promise<{ link: boolean; table: boolean }> {
  const { interface: name, natTable } = sandboxSettings(env);
  const [link, table] = await Promise.all([
    start('ip', ['link', 'show', name]).ended,
    start('nft', ['list', 'table', 'ip', natTable]).ended,
  ]);
  return { link: link.status === 0, table: table.status === 0 };
}

test('an up that was killed is finished by the next one', async () => {
  const first = sandbox('up');
  await first.line((line) => line.includes('data bases and APIs'));
  first.kill('SIGKILL');
  await first.ended;

  expect((await sandbox('up').succeeded()).stdout).toContain('the sandbox is up');
  expect((await sandbox('status').ended).status).toBe(0);
  expect(await traces()).toEqual({ link: true, table: true });
});

test('one whose first process was killed is down, and up again after the next up', async () => {
  process.kill(Number(readFileSync(join(folder, 'sandbox', 'box.pid'), 'utf8')), 'SIGKILL');

  expect((await sandbox('status').ended).status).not.toBe(0);
  await sandbox('up').succeeded();
  expect((await sandbox('status').ended).status).toBe(0);
});

test('down takes back what it was on the host, also after a crash, and destroy all the rest', async () => {
  process.kill(Number(readFileSync(join(folder, 'sandbox', 'box.pid'), 'utf8')), 'SIGKILL');

  await sandbox('down').succeeded();
  expect(await traces()).toEqual({ link: false, table: false });
  await sandbox('destroy').succeeded();
  expect(existsSync(join(folder, 'sandbox'))).toBe(false);
});
