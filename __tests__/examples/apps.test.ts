import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

jest.setTimeout(60_000); // real programs, and the machine may be busy

const APPS = join(__dirname, '../../examples/apps');

function python(app: string, ...args: readonly string[]): string {
  const state = mkdtempSync(join(tmpdir(), 'firesteel-state-'));
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, STATE_DIRECTORY: state, PYTHONDONTWRITEBYTECODE: '1' };
  const { status, stdout, stderr } = spawnSync(interpreter ?? 'python3', [...args], {
    cwd: join(APPS, app),
    env,
    encoding: 'utf8',
  });
  rmSync(state, { recursive: true });
  if (status !== 0) throw new Error(stderr);
  return stdout + stderr;
}

/** The first Python on PATH may be another than the one that Debian's packages are for. */
const interpreter = ['python3', '/usr/bin/python3'].find(
  (program) => spawnSync(program, ['-c', 'import flask']).status === 0,
);
const hasFlask = interpreter !== undefined;
const withFlask = hasFlask ? describe : describe.skip;
if (!hasFlask && process.env.CI) throw new Error("these tests must run in CI, but need Python's Flask: python3-flask");

withFlask(`the apps of examples/${hasFlask ? '' : ' (skipped: needs python3-flask)'}`, () => {
  test('hello_world says hello, and where', () => {
    const code = 'from app import app; print(app.test_client().get("/").text)';
    expect(python('hello_world', '-c', code)).toMatch(/^Hello World from \S+\n/);
  });

  test('blog passes its own tests: what is listed, created, escaped, and refused', () => {
    expect(python('blog', '-m', 'unittest', '-v')).toMatch(/Ran 12 tests.*\n\nOK\n/);
  });
});
