import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { InterruptedError, RefusedError } from '../../lifecycle/errors';
import { readEvents, recorded } from '../../lifecycle/events';
import { Workspace } from '../../lifecycle/workspace';
import { COMMON, DEV, project } from '../plan/_project';

const ROOT = join(__dirname, '..', '..');

jest.setTimeout(120_000); // a whole program is started, and the machine may be busy

let projectDir: string;
let workspace: Workspace;

beforeEach(() => {
  projectDir = project({ 'common.yaml': COMMON, 'dev.yaml': DEV });
  workspace = new Workspace({ projectDir, env: {} });
});
afterEach(() => rmSync(projectDir, { recursive: true }));

const journal = (name = 'dev') => join(projectDir, '.firesteel', `${name}.events.jsonl`);
const fails = (error: Error) => () => Promise.reject(error);

test('what is done is written down, with its outcome, by whom and how long it took', async () => {
  const failure = (count: number) => (count === 0 ? undefined : `${count} nodes failed`);
  expect(await recorded(workspace, 'dev', { verb: 'up' }, async () => 'made')).toBe('made');
  await recorded(workspace, 'dev', { verb: 'configure', detail: 'worker-0', failure }, async () => 0);
  await recorded(workspace, 'dev', { verb: 'configure', failure }, async () => 2);
  const thrown: [string, Error][] = [
    ['down', new RefusedError('refused: it is in use', ['a server'])],
    ['up', new Error(`the quota is too small\nsecond line`)],
    ['up', new InterruptedError()],
  ];
  for (const [verb, error] of thrown) {
    await expect(recorded(workspace, 'dev', { verb }, fails(error))).rejects.toBe(error);
  }

  const common = {
    at: expect.stringMatching(/^\d{4}-.*Z$/),
    by: expect.stringContaining(`@${hostname()}`),
    seconds: expect.any(Number),
  };
  expect(readEvents(workspace, 'dev')).toEqual([
    { ...common, verb: 'up', outcome: 'ok' },
    { ...common, verb: 'configure', outcome: 'ok', detail: 'worker-0' },
    { ...common, verb: 'configure', outcome: 'failed', error: '2 nodes failed' },
    { ...common, verb: 'down', outcome: 'refused', error: 'refused: it is in use' },
    { ...common, verb: 'up', outcome: 'failed', error: 'the quota is too small' },
    { ...common, verb: 'up', outcome: 'interrupted' },
  ]);
  expect(statSync(journal()).mode & 0o777).toBe(0o600);
});

test('what is done as a part of something else is no event, unless it is to another environment', async () => {
  await recorded(workspace, 'dev', { verb: 'up' }, async () => {
    await recorded(workspace, 'common', { verb: 'up' }, async () => undefined);
    await recorded(workspace, 'dev', { verb: 'configure' }, async () => undefined);
  });
  await recorded(workspace, 'dev', { verb: 'configure' }, async () => undefined);

  expect(readEvents(workspace, 'dev').map(({ verb }) => verb)).toEqual(['up', 'configure']);
  expect(readEvents(workspace, 'common').map(({ verb }) => verb)).toEqual(['up']);
});

test('one that is cut off is told from one that still runs, even where another process has its number', async () => {
  const script = `
    require('tsx/cjs');
    const { recorded } = require('./lifecycle/events.ts');
    const { Workspace } = require('./lifecycle/workspace.ts');
    const workspace = new Workspace({ projectDir: ${JSON.stringify(projectDir)}, env: {} });
    recorded(workspace, 'dev', { verb: 'up' }, () => new Promise(() => setInterval(() => console.log('works'), 100)));`;
  const child = spawn(process.execPath, ['-e', script], { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  const outcome = () => readEvents(workspace, 'dev').map((event) => [event.verb, event.outcome, event.seconds]);
  expect(outcome()).toEqual([['up', 'running', undefined]]);

  child.kill('SIGKILL');
  await once(child, 'exit');

  expect(outcome()).toEqual([['up', 'cut off', undefined]]);
  const line = JSON.parse(readFileSync(journal(), 'utf8')) as { process: { pid: number } };
  line.process.pid = process.pid;
  writeFileSync(journal(), `${JSON.stringify(line)}\n`);
  expect(outcome()).toEqual([['up', 'cut off', undefined]]);
  const elsewhere = { ...line, process: { pid: process.pid, host: 'another machine' } };
  writeFileSync(journal(), `${JSON.stringify(elsewhere)}\n`);
  expect(outcome()).toEqual([['up', 'unknown', undefined]]);
});

test('a line that was torn is no event, and spoils none after it', async () => {
  await recorded(workspace, 'dev', { verb: 'up' }, async () => undefined);
  appendFileSync(journal(), '{"event":"begin","id":"x","at":"2026-');
  expect(readEvents(workspace, 'dev').map(({ verb }) => verb)).toEqual(['up']);

  await recorded(workspace, 'dev', { verb: 'down' }, async () => undefined);

  expect(readEvents(workspace, 'dev').map(({ verb, outcome }) => [verb, outcome])).toEqual([
    ['up', 'ok'],
    ['down', 'ok'],
  ]);
});

test('events of an environment whose file is gone are kept, and unknown ones are refused', async () => {
  await recorded(workspace, 'dev', { verb: 'down' }, async () => undefined);
  rmSync(join(projectDir, 'environments', 'dev.yaml'));

  expect(readEvents(workspace, 'dev')).toHaveLength(1);
  expect(readEvents(workspace, 'common')).toEqual([]);
  expect(() => readEvents(workspace, '../dev')).toThrow(
    'there is no environment "../dev": events are kept of common, dev',
  );
});

test('what is asked of an environment that there is not is no event, and makes no file', async () => {
  for (const name of ['nosuch', '../escaped']) {
    await expect(recorded(workspace, name, { verb: 'down' }, fails(new Error('no such')))).rejects.toThrow('no such');
  }
  expect(existsSync(join(projectDir, '.firesteel'))).toBe(false);
  expect(existsSync(join(projectDir, 'escaped.events.jsonl'))).toBe(false);
});

test('a journal that can not be written is told, and keeps nobody from working', async () => {
  const told: unknown[] = [];
  workspace = new Workspace({ projectDir, env: {}, onProgress: ({ state, text }) => told.push([state, text]) });
  mkdirSync(journal(), { recursive: true });

  expect(await recorded(workspace, 'dev', { verb: 'up' }, async () => 'made')).toBe('made');
  expect(told[0]).toEqual(['warn', expect.stringContaining("what is done can't be written down in")]);
  expect(existsSync(journal())).toBe(true);
});
