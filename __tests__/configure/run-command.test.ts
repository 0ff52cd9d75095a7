import { runCommand } from '../../configure/run-command';
import { connectionFixture } from '../_ssh-fixture';
import { describeSsh } from '../_sshd';

describeSsh('a command on a node', () => {
  const ssh = connectionFixture();

  test('tells both outputs and how it ended, and reads nothing', async () => {
    expect(await runCommand(ssh.connection, 'cat; echo out; echo bad >&2; exit 7')).toEqual({
      exitCode: 7,
      stdout: 'out\n',
      stderr: 'bad\n',
    });
    expect(await runCommand(ssh.connection, 'kill -KILL $$')).toMatchObject({ exitCode: 137 });
  });

  test('keeps the end of what says too much, and tells how much is missing', async () => {
    const { stdout, omittedBytes } = await runCommand(ssh.connection, 'yes | head -c 17000000; echo the end');
    expect(stdout.endsWith('y\nthe end\n')).toBe(true);
    expect(stdout).toHaveLength(16 * 1024 * 1024);
    expect(omittedBytes).toBe(17_000_008 - 16 * 1024 * 1024);
  });

  test('is ended with all it started', async () => {
    const abort = new AbortController();
    const run = runCommand(ssh.connection, `touch ${ssh.folder}/begun; sleep 4323 & sleep 4323`, {
      signal: abort.signal,
    });
    await ssh.connection.read(`while [ ! -e ${ssh.folder}/begun ]; do sleep 0.1; done`);
    abort.abort(new Error('enough'));
    await expect(run).rejects.toThrow('enough');
    expect(await ssh.connection.read('pgrep -fx "sleep 4323" || true')).toBe('');
  });
});
