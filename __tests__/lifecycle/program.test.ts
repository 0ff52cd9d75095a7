import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runProgram } from '../../lifecycle/_program';

const ROOT = join(__dirname, '..', '..');

jest.setTimeout(120_000); // a whole program is started, and the machine may be busy

describe('programs', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'firesteel-program-'));
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  const shell = (script: string, more: Partial<Parameters<typeof runProgram>[2]> = {}) =>
    runProgram('/bin/sh', ['-c', script], { cwd: dir, env: process.env, outputDir: dir, ...more });

  test('status and both outputs come back, and no file stays', async () => {
    expect(await shell('echo out; echo err >&2; exit 3')).toEqual({ status: 3, stdout: 'out\n', stderr: 'err\n' });
    expect(readdirSync(dir)).toEqual([]);
  });

  test('lines come while it runs, the last one without its newline too', async () => {
    const lines: string[] = [];
    await shell('echo ä1; until [ -e seen ]; do sleep 0.05; done; rm seen; echo 2; printf 3', {
      onLine: (line) => {
        lines.push(line);
        if (line === 'ä1') writeFileSync(join(dir, 'seen'), '');
      },
    });
    expect(lines).toEqual(['ä1', '2', '3']);
  });

  test('an abort is one SIGINT, and the end is waited for', async () => {
    const abort = new AbortController();
    const lines: string[] = [];
    const script = 'trap "echo INT; sleep 0.3; echo saved; exit 7" INT; echo ready; while :; do sleep 0.05; done';
    const running = shell(script, {
      signal: abort.signal,
      onLine: (line) => {
        lines.push(line);
        if (line === 'ready') abort.abort();
      },
    });
    expect((await running).status).toBe(7);
    expect(lines).toEqual(['ready', 'INT', 'saved']);
  });

  test('fails when there is no such program', async () => {
    const missing = runProgram('/no/such/program', [], { cwd: dir, env: {}, outputDir: dir });
    await expect(missing).rejects.toThrow(/ENOENT/);
    expect(readdirSync(dir)).toEqual([]);
  });

  test('what a killed run has left is removed by the next one; what is of another that is at work, or of nobody known, stays', async () => {
    const others = ['.run-1--elsewhere-abcdef', '.run-abcdef', '.run-1-2', 'run-1-2-x-abcdef'];
    for (const name of others) mkdirSync(join(dir, name));
    const script = `
      require('tsx/cjs');
      const { runProgram } = require('./lifecycle/_program.ts');
      const dir = ${JSON.stringify(dir)};
      const onLine = (line) => console.log(line);
      runProgram('/bin/sh', ['-c', 'echo runs; while [ -e "$PWD" ]; do sleep 0.05; done'], { cwd: dir, env: process.env, outputDir: dir, onLine });`;
    const child = spawn(process.execPath, ['-e', script], { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    const [folder] = readdirSync(dir).filter((name) => !others.includes(name));

    await shell('true');
    expect(readdirSync(dir).sort()).toEqual([folder, ...others].sort());

    child.kill('SIGKILL');
    await once(child, 'exit');
    await shell('true');
    expect(readdirSync(dir).sort()).toEqual([...others].sort());
  });
});
