import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Cgroups } from '../../sandbox/cgroups';

const FREEZER = '/sys/fs/cgroup/freezer';
const name = `firesteel-test-${process.pid}`;
const guest = path.join(FREEZER, name, 'machine', 'guest');

const here = fs.existsSync(path.join(FREEZER, 'tasks')) && process.getuid?.() === 0;
/** A skip says why; in CI it is a failure (scripts/test.js). */
const frozen = (title: string, body: () => Promise<void>): void =>
  here ? test(title, body) : test.skip(`${title} (skipped: needs root and the freezer of cgroup v1)`, body);

let program: ChildProcess | undefined;
afterEach(async () => {
  const groups = new Cgroups(name);
  groups.thaw();
  if (program && program.exitCode === null && program.signalCode === null) {
    program.kill('SIGKILL');
    await once(program, 'exit');
  }
  await groups.remove();
});

frozen('what was paused ends when it is killed and thawed, and its groups go', async () => {
  fs.mkdirSync(guest, { recursive: true });
  program = spawn('sleep', ['600']);
  fs.writeFileSync(path.join(guest, 'tasks'), String(program.pid));
  const state = path.join(guest, 'freezer.state');
  fs.writeFileSync(state, 'FROZEN');
  while (fs.readFileSync(state, 'utf8').trim() !== 'FROZEN') await sleep(10);

  const ended = once(program, 'exit');
  program.kill('SIGKILL');
  expect(await Promise.race([ended, sleep(200, 'still there')])).toBe('still there');

  const groups = new Cgroups(name);
  groups.thaw();
  expect(await ended).toEqual([null, 'SIGKILL']);
  await groups.remove();
  expect(fs.existsSync(path.join(FREEZER, name))).toBe(false);
});
