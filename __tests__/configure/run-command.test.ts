import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from '../../configure/run-command';
import type { Connection } from '../../configure/transport';
import { connectTo } from '../_ssh-node';
import { describeSsh, makeKey, type Sshd, startSshd } from '../_sshd';

describeSsh('a command on a node', () => {
  let folder: string;
  let sshd: Sshd;
  let connection: Connection;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'firesteel-test-'));
    const key = makeKey(folder, 'id');
    sshd = await startSshd({ authorizedKeys: [key.publicKey] });
    connection = await connectTo(sshd, key.file);
  });

  afterAll(async () => {
    connection?.close();
    await sshd?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test('tells both outputs and how it ended, and reads nothing', async () => {
    expect(await runCommand(connection, 'cat; echo out; echo bad >&2; exit 7')).toEqual({
      exitCode: 7,
      stdout: 'out\n',
      stderr: 'bad\n',
    });
    expect(await runCommand(connection, 'kill -KILL $$')).toMatchObject({ exitCode: 137 });
  });

  test('keeps the end of what says too much, and tells how much is missing', async () => {
    const { stdout, omittedBytes } = await runCommand(connection, 'yes | head -c 17000000; echo the end');
    expect(stdout.endsWith('y\nthe end\n')).toBe(true);
    expect(stdout).toHaveLength(16 * 1024 * 1024);
    expect(omittedBytes).toBe(17_000_008 - 16 * 1024 * 1024);
  });

  test('is ended with all it started', async () => {
    const abort = new AbortController();
    const run = runCommand(connection, `touch ${folder}/begun; sleep 4323 & sleep 4323`, { signal: abort.signal });
    await connection.read(`while [ ! -e ${folder}/begun ]; do sleep 0.1; done`);
    abort.abort(new Error('enough'));
    await expect(run).rejects.toThrow('enough');
    expect(await connection.read('pgrep -fx "sleep 4323" || true')).toBe('');
  });
});
