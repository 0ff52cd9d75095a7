import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { keptLifelineScript, type LifelineOptions, lifelineScript } from '../../configure/ssh-script';

const SHELLS = ['/bin/sh', '/bin/bash', '/bin/busybox'].filter((shell) => existsSync(shell));

describe.each(SHELLS)('a script on a lifeline, run by %s', (shell) => {
  const start = (text: string): { child: ChildProcess; output: () => string } => {
    const words = shell.endsWith('busybox') ? ['sh', '-s'] : ['-s'];
    const child = spawn(shell, words, { detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout!, child.stderr!]) {
      stream.on('data', (chunk) => {
        output += chunk;
      });
    }
    child.stdin!.on('error', () => undefined);
    child.stdin!.write(text);
    return { child, output: () => output };
  };
  const finished = async (child: ChildProcess): Promise<number | null> =>
    new Promise((resolve) => {
      child.once('close', (status) => resolve(status));
    });
  const run = async (script: string, options?: LifelineOptions): Promise<[number | null, string]> => {
    const { child, output } = start(lifelineScript(script, options));
    const status = await finished(child);
    child.stdin!.destroy();
    return [status, output()];
  };

  test.each([
    ['true', 0, ''],
    ['echo out; exit 7', 7, 'out\n'],
    ['echo err >&2; false', 1, 'err\n'],
    ['set -e\nfalse\necho never', 1, ''],
    ['trap "echo bye" EXIT\necho hi', 0, 'hi\nbye\n'],
    ['cat', 0, ''],
    ['case a in a) echo one;; esac # comment', 0, 'one\n'],
    ["cat <<'END'\n$HOME }\nEND", 0, '$HOME }\n'],
    ['{ sleep 5 & } >/dev/null 2>&1; echo on', 0, 'on\n'],
    ['wait; echo waited', 0, 'waited\n'],
  ])('%j ends as it would alone', async (script, status, output) => {
    expect(await run(script)).toEqual([status, output]);
  });

  test('gives what it is told to standard input, and cleans up afterwards', async () => {
    expect(await run('cat; exit 3', { stdin: "it's\n%s \\n", cleanup: 'echo cleaned' })).toEqual([
      3,
      "it's\n%s \\ncleaned\n",
    ]);
  });

  test('one that the shell is kept for says its end on both outputs, and leaves the next one to the shell', async () => {
    const { child, output } = start(keptLifelineScript('cat; leak=1; exit 4', 'end-of-one'));
    while (output().split('end-of-one 4\n').length < 3) await new Promise((resolve) => setTimeout(resolve, 10));
    child.stdin!.write(lifelineScript('echo "leak=$leak"; exit 5'));
    expect(await finished(child)).toBe(5);
    expect(output()).toBe('end-of-one 4\nend-of-one 4\nleak=\n');
  });

  test('a shell that is kept ends with its lifeline', async () => {
    const { child, output } = start(keptLifelineScript(':', 'end'));
    while (output() !== 'end 0\nend 0\n') await new Promise((resolve) => setTimeout(resolve, 10));
    child.stdin!.end();
    expect(await finished(child)).toBe(0);
  });

  test('half of it never runs', async () => {
    const text = lifelineScript('echo one\necho two\necho three');
    for (const length of [40, text.indexOf('three'), text.length - 2]) {
      const { child, output } = start(text.slice(0, length));
      child.stdin!.end();
      expect(await finished(child)).not.toBe(0);
      expect(output()).not.toMatch(/^(one|two)$/m);
    }
  });

  test('ends with its lifeline, and so does what it started', async () => {
    const { child, output } = start(
      lifelineScript('sleep 4421 & echo $!; sleep 4422; echo never', { cleanup: 'echo cleaned' }),
    );
    await new Promise((resolve) => {
      child.stdout!.once('data', resolve);
    });
    child.stdin!.end();
    await new Promise((resolve) => {
      child.once('exit', resolve);
    });
    const [started] = output().split('\n');
    while (isAlive(Number(started))) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(output()).toMatch(/cleaned/);
    expect(output()).not.toMatch(/never/);
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
