import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sealScript } from '../../packer/seal';
import { READY_FILE, RESULT_FILE, waitScript } from '../../packer/wait-script';

test('the script that seals is POSIX sh, and powers off last', () => {
  const script = sealScript({ hostname: 'firesteel-image-0a1b2c3d', note: `{"name":"it's"}` });
  const checked = spawnSync('sh', ['-n'], { input: script, encoding: 'utf8' });
  expect(checked).toMatchObject({ status: 0, stderr: '' });
  expect(script.trimEnd().split('\n').at(-1)).toContain('poweroff --force');
});

describe('what Packer waits for', () => {
  let dir: string;

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'firesteel-wait-'));
  });

  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  const wait = (builder: number) => spawnSync('sh', ['-s'], { cwd: dir, input: waitScript(builder), encoding: 'utf8' });

  test('ends well when our work has, and says that it has begun', () => {
    writeFileSync(join(dir, RESULT_FILE), 'ok');
    expect(wait(process.pid).status).toBe(0);
    expect(spawnSync('test', ['-e', join(dir, READY_FILE)]).status).toBe(0);
  });

  test('fails when our work has', () => {
    writeFileSync(join(dir, RESULT_FILE), 'failed');
    expect(wait(process.pid).status).toBe(1);
  });

  test('fails when we are gone', () => {
    const gone = spawnSync('true').pid;
    expect(wait(gone)).toMatchObject({ status: 1, stderr: 'firesteel image build has ended\n' });
  });
});
