import { spawn, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { cached, removeUnused } from '../../sandbox/_cache';
import { run, tryRun } from '../../sandbox/_run';
import { SandboxError } from '../../sandbox/errors';
import { withLock } from '../../sandbox/lock';
import { logs } from '../../sandbox/logs';
import { Milestones } from '../../sandbox/milestones';
import { passwords } from '../../sandbox/passwords';
import { recordExtras, recordNodes } from '../../sandbox/running';
import { sandboxSettings } from '../../sandbox/settings';

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'sandbox-test-'));
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

/** A skip says why; in CI it is a failure (scripts/test.js). */
const linux = (name: string, body: () => void): void =>
  process.platform === 'linux' ? describe(name, body) : describe.skip(`${name} (skipped: needs Linux)`, body);

linux('the cache', () => {
  test('a build that fails leaves nothing, and the next one succeeds', async () => {
    const fail = cached(folder, 'box-1', async (unfinished) => {
      fs.writeFileSync(path.join(unfinished, 'half'), '');
      throw new SandboxError('mirror gone');
    });
    await expect(fail).rejects.toThrow('mirror gone');
    expect(fs.readdirSync(folder).filter((name) => name.startsWith('box-'))).toEqual([]);
    const built = await cached(folder, 'box-1', async (unfinished) =>
      fs.writeFileSync(path.join(unfinished, 'all'), ''),
    );
    expect(fs.readdirSync(built)).toEqual(['all']);
  });

  test('what a killed build left is removed, what is complete is not built again', async () => {
    fs.mkdirSync(path.join(folder, 'box-1.unfinished-dead/root'), { recursive: true });
    await cached(folder, 'box-2', async () => undefined);
    await cached(folder, 'box-2', () => Promise.reject(new Error('built twice')));
    expect(fs.readdirSync(folder).sort()).toEqual(['box-2', 'box.lock']);
  });

  test('what nobody asked for in two weeks goes, what a sandbox stands on stays', async () => {
    const old = new Date(Date.now() - 15 * 24 * 3600 * 1000);
    for (const name of ['box-aa', 'box-bb', 'guest-cc', 'archives']) {
      fs.mkdirSync(path.join(folder, name));
      fs.utimesSync(path.join(folder, name), old, old);
    }
    await cached(folder, 'guest-cc', () => Promise.reject(new Error('it is there')));
    removeUnused(folder, [path.join(folder, 'box-bb')]);
    expect(fs.readdirSync(folder).sort()).toEqual(['archives', 'box-bb', 'guest-cc']);
  });

  test('of two at once only one builds', async () => {
    let builds = 0;
    const build = () =>
      cached(folder, 'guest-1', async () => {
        builds += 1;
        await sleep(100);
      });
    await Promise.all([build(), build()]);
    expect(builds).toBe(1);
  });
});

const NAMESPACES = ['--mount', '--pid', '--fork', '--kill-child', '--mount-proc', '--'];
const asRoot = (name: string, body: () => Promise<void>): void =>
  process.getuid?.() === 0 && spawnSync('unshare', [...NAMESPACES, 'true']).status === 0
    ? test(name, body)
    : test.skip(`${name} (skipped: needs root and namespaces of its own)`, body);

asRoot('a build that is stopped in namespaces of its own leaves nothing', async () => {
  const stop = new AbortController();
  const write = 'echo began; while :; do i=$((i+1)); mkdir -p "$0/d$((i%50))"; : >"$0/d$((i%50))/$i"; done 2>/dev/null';
  const build = cached(folder, 'box-1', async (unfinished) => {
    const options = { signal: stop.signal, killSignal: 'SIGKILL', onLine: () => stop.abort() } as const;
    await run('unshare', [...NAMESPACES, 'sh', '-c', write, unfinished], options);
  });
  await expect(build).rejects.toThrow('unshare was stopped');
  expect(fs.readdirSync(folder)).toEqual(['box.lock']);
});

linux('the lock', () => {
  test('keeps the second waiting until the first has ended, also by an error', async () => {
    const order: string[] = [];
    const file = path.join(folder, 'lock');
    let second: Promise<unknown> | undefined;
    const first = withLock(
      file,
      () => undefined,
      async () => {
        second = withLock(
          file,
          () => undefined,
          async () => order.push('second'),
        );
        await sleep(200);
        order.push('first');
        throw new Error('failed');
      },
    );
    await expect(first).rejects.toThrow('failed');
    await second;
    expect(order).toEqual(['first', 'second']);
  });

  test('is free as soon as its holder was killed', async () => {
    const file = path.join(folder, 'lock');
    const script = `require('tsx/cjs'); require(${JSON.stringify(path.resolve('sandbox/lock.ts'))})
      .withLock(${JSON.stringify(file)}, () => {}, () => { console.log('held'); return new Promise(() => setInterval(() => {}, 1000)); });`;
    const holder = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    await new Promise((resolve) => holder.stdout.once('data', resolve));
    holder.kill('SIGKILL');
    await expect(
      withLock(
        file,
        () => undefined,
        async () => 'free',
      ),
    ).resolves.toBe('free');
  }, 30_000);
});

describe('milestones', () => {
  test('are reached once, again for a new version, and never by a failure', async () => {
    const done: string[] = [];
    const reach = (version: string) => new Milestones(folder).once('schema', version, async () => done.push(version));
    await expect(new Milestones(folder).once('schema', '1', () => Promise.reject(new Error('no')))).rejects.toThrow(
      'no',
    );
    await reach('1');
    await reach('1');
    await reach('2');
    expect(done).toEqual(['1', '2']);
  });

  test('reached at the same time are all remembered', async () => {
    const milestones = new Milestones(folder);
    await Promise.all(['a', 'b', 'c'].map((name) => milestones.once(name, '1', () => sleep(5))));
    expect(['a', 'b', 'c'].every((name) => milestones.reached(name, '1'))).toBe(true);
  });
});

test('passwords are random, kept, and their owner’s alone', () => {
  const made = passwords(folder);
  expect(new Set(Object.values(made)).size).toBe(Object.keys(made).length);
  expect(made.admin.length).toBeGreaterThanOrEqual(24);
  expect(passwords(folder)).toEqual(made);
  expect(fs.statSync(path.join(folder, 'passwords.json')).mode & 0o777).toBe(0o600);
});

test('a sandbox of an older version gets the passwords that it lacks, and keeps its own', () => {
  const { designate, rndc, ...old } = passwords(folder);
  fs.writeFileSync(path.join(folder, 'passwords.json'), JSON.stringify(old));
  const now = passwords(folder);
  expect(now).toMatchObject(old);
  expect([now.designate, now.rndc].every((password) => password.length >= 24)).toBe(true);
  expect([designate, rndc]).not.toContain(now.rndc);
});

test('a sandbox that has a service besides keeps it', () => {
  const settings = sandboxSettings({ FIRESTEEL_SANDBOX_DIR: folder });
  expect(recordExtras(settings)).toEqual([]);
  expect(recordExtras(settings, ['dns'])).toEqual(['dns']);
  expect(recordExtras(settings)).toEqual(['dns']);
});

test('a sandbox that has two nodes keeps them', () => {
  const settings = sandboxSettings({ FIRESTEEL_SANDBOX_DIR: folder });
  expect(recordNodes(settings, undefined)).toBe(1);
  expect(recordNodes(settings, 2)).toBe(2);
  expect([recordNodes(settings, undefined), recordNodes(settings, 1)]).toEqual([2, 2]);
});

describe('logs', () => {
  const settings = () => sandboxSettings({ FIRESTEEL_SANDBOX_DIR: folder });
  const write = (text: string) => {
    fs.mkdirSync(path.join(folder, 'logs'), { recursive: true });
    fs.appendFileSync(path.join(folder, 'logs/keystone.log'), text);
  };

  test('the last lines, then what is written later', async () => {
    write('one\ntwo\nthree\n');
    const stop = new AbortController();
    const seen: string[] = [];
    for await (const line of logs('keystone', { lines: 2, follow: true, signal: stop.signal, settings: settings() })) {
      seen.push(line);
      if (line === 'three') write('four\nfi');
      if (line === 'four') write('ve\n');
      if (line === 'five') stop.abort();
    }
    expect(seen).toEqual(['two', 'three', 'four', 'five']);
  });

  test('refuses a service that is not there, and names those that are', async () => {
    write('x\n');
    await expect(logs('keystine', { settings: settings() }).next()).rejects.toThrow(
      'no service "keystine". It has: keystone.',
    );
  });
});

describe('programs', () => {
  test('a failure carries its last lines', async () => {
    const failure = run('sh', ['-c', 'echo out; echo reason >&2; exit 3']);
    await expect(failure).rejects.toMatchObject({
      message: expect.stringContaining('exit status 3'),
      details: ['out', 'reason'],
    });
  });

  test('one that is missing is told from one that fails', async () => {
    expect(await tryRun('no-such-program-at-all', [])).toMatchObject({
      code: 127,
      stderr: expect.stringContaining('not found'),
    });
  });

  test('one that is stopped says so', async () => {
    await expect(run('sleep', ['5'], { signal: AbortSignal.timeout(50) })).rejects.toThrow(/sleep/);
  });

  test('one that is stopped has ended when that is told', async () => {
    const stop = new AbortController();
    const seen: string[] = [];
    const onLine = (line: string) => {
      seen.push(line);
      stop.abort();
    };
    const script = 'trap "sleep 0.2; echo ended; exit 1" TERM; echo began; while :; do sleep 0.05; done';
    await expect(run('sh', ['-c', script], { signal: stop.signal, onLine })).rejects.toThrow('sh was stopped');
    expect(seen).toEqual(['began', 'ended']);
  });
});
