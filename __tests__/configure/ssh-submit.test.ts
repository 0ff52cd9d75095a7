import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type SubmitOptions, submit } from '../../configure/submit';
import { uploadPlan } from '../../configure/submit-files';
import { connectionFixture } from '../_ssh-fixture';
import { connectTo } from '../_ssh-node';
import { describeSsh, startSshd } from '../_sshd';

/** A machine as a role leaves it, but with a spark-submit that tells what it was told and runs the job by sh. */
const WITH_SPARK = `
cp /etc/passwd /etc/group /run/
echo 'spark:x:4243:4243::/var/lib/spark:/usr/sbin/nologin' >>/run/passwd
echo 'spark:x:4243:' >>/run/group
for file in passwd group; do mount --bind /run/$file /etc/$file; done
mount -t tmpfs tmpfs /opt
mount -t tmpfs -o mode=755 tmpfs /var/lib
install -d -o 4243 -g 4243 /var/lib/spark
mkdir -p /opt/spark/bin
cat >/opt/spark/bin/spark-submit <<'END'
#!/bin/sh
echo "user $(id -un) in $(pwd) home $HOME conf $SPARK_CONF_DIR"
for word; do echo "word $word"; done
for word; do case $word in *.py) exec sh "$word" ;; esac; done
END
chmod 755 /opt/spark/bin/spark-submit`;

describeSsh('submit', () => {
  const ssh = connectionFixture(() => ({ setUp: WITH_SPARK }));

  const job = (script: string, name = 'job.py'): string => {
    const file = join(ssh.folder, name);
    writeFileSync(file, script);
    return file;
  };
  const run = async (options: Partial<SubmitOptions> & { file: string }) => {
    let [stdout, stderr] = ['', ''];
    const status = await submit(ssh.connection, {
      ...options,
      onStdout: (chunk) => {
        stdout += chunk;
      },
      onStderr: (chunk) => {
        stderr += chunk;
      },
    });
    return { status, stdout, stderr };
  };
  const leftOver = (): Promise<string> => ssh.connection.read('ls /var/lib/spark/submit');

  test('runs the job as spark in a folder of its own and passes on its outputs and exit status', async () => {
    const { status, stdout, stderr } = await run({ file: job('touch written; echo bad >&2; exit 5') });
    expect(status).toBe(5);
    expect(stdout).toMatch(
      /^user spark in \/var\/lib\/spark\/submit\/[-0-9a-f]{36}\/work home \/var\/lib\/spark conf \/etc\/spark\n/,
    );
    expect(stdout).toContain('word --deploy-mode\nword client\n');
    expect(stderr).toBe('bad\n');
    expect(await leftOver()).toBe('');
  });

  test('sends files of this machine along and says where they are', async () => {
    mkdirSync(join(ssh.folder, 'sub'), { recursive: true });
    const helper = job('', 'helper.py.zip');
    const same = job('content of data', 'sub/data it’s.csv');
    const { stdout } = await run({
      file: job('cat "$(dirname "$0")/../2/data it’s.csv"'),
      args: ["it's", '$HOME', '10'],
      sparkArgs: ['--py-files', `${helper},https://example.org/x.py.zip`, `--files=${same}#input.csv`, '--name', 'a b'],
      conf: { 'spark.x': 'a b' },
    });
    const words = [...stdout.matchAll(/^word (.*)$/gm)].map(([, word]) => word);
    const at = /\/var\/lib\/spark\/submit\/[-0-9a-f]{36}\/files/.exec(stdout)![0];
    expect(words).toEqual([
      '--deploy-mode',
      'client',
      '--conf',
      'spark.x=a b',
      '--py-files',
      `${at}/1/helper.py.zip,https://example.org/x.py.zip`,
      `--files=${at}/2/data it’s.csv#input.csv`,
      '--name',
      'a b',
      `${at}/0/job.py`,
      "it's",
      '$HOME',
      '10',
    ]);
    expect(stdout.endsWith('content of data')).toBe(true);
    expect(await leftOver()).toBe('');
  });

  test('an abort ends the job and all it started, even what left its session, and clears away', async () => {
    const abort = new AbortController();
    const submitted = submit(ssh.connection, {
      file: job('setsid sleep 9521 & sleep 9522 & echo running; sleep 9523'),
      onStdout: (chunk) => {
        if (chunk.includes('running')) abort.abort(new Error('Ctrl-C'));
      },
      onStderr: () => undefined,
      signal: abort.signal,
    });
    await expect(submitted).rejects.toThrow('Ctrl-C');
    expect(await ssh.connection.read('pgrep -f "sleep 952[123]" || true')).toBe('');
    expect(await leftOver()).toBe('');
  });

  test('a job ends with the machine that submitted it', async () => {
    const other = await connectTo(ssh.sshd, ssh.key.file);
    const submitted = submit(other, {
      file: job('setsid sleep 9621 & echo running; sleep 9622'),
      onStdout: (chunk) => {
        if (chunk.includes('running')) other.close();
      },
      onStderr: () => undefined,
    });
    await expect(submitted).rejects.toThrow(/connection broke/);
    await ssh.connection.read(
      'while pgrep -f "sleep 962[12]" || [ -n "$(ls /var/lib/spark/submit)" ]; do sleep 0.1; done',
      { withinSeconds: 10 },
    );
  });

  test('a job that doesn’t mind SIGTERM is killed', async () => {
    const abort = new AbortController();
    const submitted = submit(ssh.connection, {
      file: job("trap '' TERM\necho running; while :; do sleep 1; done"),
      onStdout: (chunk) => {
        if (chunk.includes('running')) abort.abort(new Error('Ctrl-C'));
      },
      onStderr: () => undefined,
      signal: abort.signal,
    });
    await expect(submitted).rejects.toThrow('Ctrl-C');
    expect(await ssh.connection.read('pgrep -u spark || true')).toBe('');
    expect(await leftOver()).toBe('');
  });

  test('fails before anything is sent for files that aren’t there', async () => {
    const missing = run({ file: '/nowhere/job.py', sparkArgs: ['--jars', '/nowhere/a.jar'] });
    await expect(missing).rejects.toThrow(
      /\/nowhere\/job\.py: no such file on this machine\n\/nowhere\/a\.jar: no such file/,
    );
    expect(await leftOver()).toBe('');
  });

  test('fails where there is no Spark, with what to do', async () => {
    const bare = await startSshd({ authorizedKeys: [ssh.key.publicKey], setUp: 'mount -t tmpfs tmpfs /opt' });
    const other = await connectTo(bare, ssh.key.file);
    const submitted = submit(other, { file: job(''), onStdout: () => undefined, onStderr: () => undefined });
    await expect(submitted).rejects.toThrow(
      /preparing the job failed .*there is no Spark on worker-1 .*Next: firesteel configure/,
    );
    other.close();
    await bare.stop();
  });
});

test('addresses stay as they are, and a file named twice is sent once', async () => {
  const file = __filename;
  const plan = await uploadPlan('local:/opt/job.py', ['--files', `${file},s3a://b/c,${file}#x`], '/j');
  const there = '/j/files/0/ssh-submit.test.ts';
  expect(plan).toEqual({
    uploads: [{ from: file, to: there }],
    file: 'local:/opt/job.py',
    sparkArgs: ['--files', `${there},s3a://b/c,${there}#x`],
  });
});
