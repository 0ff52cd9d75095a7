import { randomBytes } from 'node:crypto';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CommandError, ConnectError } from '../../configure/errors';
import { connectionFixture } from '../_ssh-fixture';
import { connectTo } from '../_ssh-node';
import { describeSsh } from '../_sshd';

describeSsh('a connection to a real sshd', () => {
  const ssh = connectionFixture();

  test('read returns what a script prints', async () => {
    expect(await ssh.connection.read('printf "a\\nb"; echo ü')).toBe('a\nbü\n');
  });

  test('a script may hold quotes, here-documents and read nothing from standard input', async () => {
    const script = `cat <<'END'
it's "here" $HOME
END
cat; wc -c </dev/stdin
case x in x) echo case;; esac # a comment at the end`;
    expect(await ssh.connection.read(script)).toBe('it\'s "here" $HOME\n0\ncase\n');
  });

  test('nothing of a script stands in a process list', async () => {
    const secret = randomBytes(8).toString('hex');
    const seen = await ssh.connection.read(`: ${secret}\ncat /proc/[0-9]*/cmdline | tr '\\0' ' '`);
    expect(seen).toContain('sh -s');
    expect(seen).not.toContain(secret);
  });

  test('fails with the exit status, the action and the last lines of standard error', async () => {
    const run = ssh.connection.apply('echo one >&2; echo two >&2; exit 3', { action: 'installing x' });
    await expect(run).rejects.toMatchObject({
      node: 'worker-1',
      exitCode: 3,
      stderr: 'one\ntwo',
      action: 'installing x',
    });
    await expect(run).rejects.toThrow('installing x failed with exit status 3: one\ntwo');
  });

  test('fails with a syntax error and runs nothing of that script', async () => {
    const file = join(ssh.folder, 'never');
    await expect(ssh.connection.apply(`touch ${file}\nif`)).rejects.toThrow(CommandError);
    expect(() => statSync(file)).toThrow('ENOENT');
  });

  test('large output arrives whole, and line by line', async () => {
    let lines = 0;
    const output = await ssh.connection.read('seq 1 500000', { onLine: () => lines++ });
    expect(output.length).toBe(3_388_895);
    expect(output.endsWith('500000\n')).toBe(true);
    expect(lines).toBe(500_000);
  });

  test('refuses to read without end', async () => {
    await expect(ssh.connection.read('yes')).rejects.toThrow('printed more than 16 MiB and was ended');
    expect(await ssh.connection.read('pgrep -x yes || true')).toBe('');
  });

  test('an apply that prints a lot keeps the end', async () => {
    const output = await ssh.connection.apply('seq 1 3000000; echo the end');
    expect(output.length).toBeLessThanOrEqual(16 * 1024 * 1024);
    expect(output.endsWith('the end\n')).toBe(true);
  });

  test('a script that takes too long is ended with all it started', async () => {
    const run = ssh.connection.apply('sleep 4321 & sleep 4322', { withinSeconds: 0.3, action: 'waiting' });
    await expect(run).rejects.toThrow('waiting did not finish within 0.3 s and was ended');
    expect(await ssh.connection.read('pgrep -f "sleep 432[12]" || true')).toBe('');
  });

  test('an abort ends what runs and rejects with the reason', async () => {
    const abort = new AbortController();
    const run = ssh.connection.apply('sleep 5321', { signal: abort.signal, onLine: () => undefined });
    setTimeout(() => abort.abort(new Error('enough')), 200);
    await expect(run).rejects.toThrow('enough');
    expect(await ssh.connection.read('pgrep -fx "sleep 5321" || true')).toBe('');
  });

  test('an abort also ends what ignores SIGTERM', async () => {
    const abort = new AbortController();
    const run = ssh.connection.apply("trap '' TERM; sleep 6321 & echo started; while :; do sleep 1; done", {
      signal: abort.signal,
      onLine: () => abort.abort(new Error('enough')),
    });
    await expect(run).rejects.toThrow('enough');
    expect(await ssh.connection.read('pgrep -fx "sleep 6321" || true')).toBe('');
  }, 20_000);

  test('refuses to start when aborted before', async () => {
    await expect(ssh.connection.apply('true', { signal: AbortSignal.abort(new Error('before')) })).rejects.toThrow(
      'before',
    );
  });

  test('a daemon that holds the output does not hold us', async () => {
    expect(await ssh.connection.apply('sleep 7321 & echo started')).toBe('started\n');
    await ssh.connection.apply('pkill -f "sleep 7321"');
  });

  test('twenty scripts at once all succeed', async () => {
    const numbers = Array.from({ length: 20 }, (_, number) => number);
    const outputs = await Promise.all(numbers.map((number) => ssh.connection.read(`sleep 0.1; echo ${number}`)));
    expect(outputs).toEqual(numbers.map((number) => `${number}\n`));
  });

  describe('a shell that has read', () => {
    const shell = 'echo $$';

    test('is there for the next script, and an apply is its last', async () => {
      const first = await ssh.connection.read(shell);
      await expect(ssh.connection.read('leak=1; cd /; echo bad >&2; exit 9')).rejects.toThrow('exit status 9: bad');
      expect(await ssh.connection.read(`echo "leak=$leak"; pwd >&2; ${shell}`)).toBe(`leak=\n${first}`);
      expect(await ssh.connection.apply(shell)).toBe(first);
      expect(await ssh.connection.read(shell)).not.toBe(first);
    });

    test('reads the next script whole, however often and however long', async () => {
      const first = await ssh.connection.read(shell);
      const long = 'x'.repeat(300_000);
      for (let round = 0; round < 15; round++) {
        expect(await ssh.connection.read(`printf %s ${long}; echo; ${shell}`)).toBe(`${long}\n${first}`);
      }
    });

    test('is given up when its script had to be ended, or ended it', async () => {
      const first = await ssh.connection.read(shell);
      await expect(ssh.connection.read('sleep 9321', { withinSeconds: 0.2 })).rejects.toThrow('within 0.2 s');
      const second = await ssh.connection.read(shell);
      expect(second).not.toBe(first);
      await expect(ssh.connection.read('kill -KILL $$')).rejects.toThrow(CommandError);
      expect(await ssh.connection.read(shell)).not.toBe(second);
    });
  });

  test('stream passes both outputs on and resolves with the exit status', async () => {
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    const status = await ssh.connection.stream('cat; echo bad >&2; exit 7', {
      stdin: "it's\ninput",
      onStdout: (chunk) => out.push(chunk),
      onStderr: (chunk) => err.push(chunk),
    });
    expect([status, Buffer.concat(out).toString(), Buffer.concat(err).toString()]).toEqual([7, "it's\ninput", 'bad\n']);
  });

  test('stream tells the signal that ended the command', async () => {
    expect(await ssh.connection.stream("exec sh -c 'kill -KILL $$'", { onStdout: noop, onStderr: noop })).toBe(137);
  });

  test('stream runs the cleanup after the command and after an abort', async () => {
    const file = join(ssh.folder, 'cleaned');
    const cleanup = `echo cleaned >>${file}`;
    await ssh.connection.stream('exit 1', { cleanup, onStdout: noop, onStderr: noop });
    expect(readFileSync(file, 'utf8')).toBe('cleaned\n');
    const abort = new AbortController();
    const run = ssh.connection.stream('echo on; exec sleep 8321', {
      cleanup,
      signal: abort.signal,
      onStdout: () => abort.abort(new Error('stop')),
      onStderr: noop,
    });
    await expect(run).rejects.toThrow('stop');
    expect(readFileSync(file, 'utf8')).toBe('cleaned\ncleaned\n');
    expect(await ssh.connection.read('pgrep -fx "sleep 8321" || true')).toBe('');
  });

  describe('put', () => {
    test('writes a file with its mode, and tells how far it is', async () => {
      const local = join(ssh.folder, 'data');
      const content = randomBytes(5_000_000);
      writeFileSync(local, content);
      const remote = join(ssh.folder, 'new folder', "it's here");
      const seen: number[] = [];
      await ssh.connection.put(local, remote, { mode: 0o640, onProgress: (sent, total) => seen.push(sent / total) });
      expect(readFileSync(remote).equals(content)).toBe(true);
      expect(statSync(remote).mode & 0o777).toBe(0o640);
      expect(seen.at(-1)).toBe(1);
      expect(seen.length).toBeGreaterThan(3);
    });

    test('writes an empty file', async () => {
      const local = join(ssh.folder, 'empty');
      writeFileSync(local, '');
      await ssh.connection.put(local, join(ssh.folder, 'empty-there'));
      expect(readFileSync(join(ssh.folder, 'empty-there'), 'utf8')).toBe('');
    });

    test('refuses content that is not what it should be and leaves nothing behind', async () => {
      const local = join(ssh.folder, 'small');
      writeFileSync(local, 'content');
      const target = join(ssh.folder, 'damaged', 'file');
      await expect(ssh.connection.put(local, target, { sha256: '0'.repeat(64) })).rejects.toThrow(
        /putting .*file failed.*arrived damaged or not whole/,
      );
      expect(await ssh.connection.read(`ls ${join(ssh.folder, 'damaged')}`)).toBe('');
    });

    test('fails where it may not write, and when there is no local file', async () => {
      writeFileSync(join(ssh.folder, 'big'), randomBytes(8_000_000));
      await expect(ssh.connection.put(join(ssh.folder, 'big'), '/proc/nothing/here')).rejects.toThrow(
        /No such file|cannot create/,
      );
      await expect(ssh.connection.put(join(ssh.folder, 'none'), '/tmp/none')).rejects.toThrow('none: no such file');
    });

    test('an abort leaves nothing behind', async () => {
      writeFileSync(join(ssh.folder, 'huge'), Buffer.alloc(64_000_000));
      const abort = new AbortController();
      const put = ssh.connection.put(join(ssh.folder, 'huge'), join(ssh.folder, 'cut', 'huge'), {
        signal: abort.signal,
        onProgress: () => abort.abort(new Error('stop')),
      });
      await expect(put).rejects.toThrow('stop');
      expect(await ssh.connection.read(`ls ${join(ssh.folder, 'cut')}`)).toBe('');
    });
  });

  test('a connection that is closed says so', async () => {
    const other = await connectTo(ssh.sshd, ssh.key.file);
    other.close();
    await expect(other.read('true')).rejects.toThrow(ConnectError);
    await expect(other.read('true')).rejects.toThrow(/worker-1: the connection broke while reading the node/);
    await expect(other.forward('127.0.0.1', 1)).rejects.toThrow(/the connection broke/);
  });
});

function noop(): void {}
