import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { archive, directory, file, managedBlock, Secret, symlink } from '../../operations';
import { apply, expectConverges, localShell, readFact } from './_apply';

/** Operations on files, really run by sh in a folder whose name is as bad as a name can be. */
let folder: string;
const owner = userInfo().username;
const group = execFileSync('id', ['-gn'], { encoding: 'utf8' }).trim();

beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'firesteel-')), 'it\'s a $(bad) "name" \\ `x` ünï');
  mkdirSync(folder);
});

afterEach(() => rmSync(join(folder, '..'), { recursive: true, force: true }));

const converge = <F>(operation: Parameters<typeof expectConverges<F>>[1]) => expectConverges(localShell, operation);

describe('file', () => {
  const nasty = 'it\'s $HOME `id` \\n %s\n\ttab "x"\n\n\nends without a line break';

  test('writes content as it is', () => {
    const path = join(folder, 'a file');
    converge(file({ path, content: nasty, owner, group, mode: 0o640 }));
    expect(readFileSync(path, 'utf8')).toBe(nasty);
    expect(statSync(path).mode & 0o7777).toBe(0o640);
    expect(readdirSync(folder)).toEqual(['a file']);
  });

  test('shows what differs, corrects it, and keeps nothing behind', () => {
    const path = join(folder, 'f');
    writeFileSync(path, 'old\nsame\n');
    const [change] = converge(file({ path, content: 'new\nsame\n', owner, group }));
    expect(change!.diff).toContain('\n@@ -1,2 +1,2 @@\n-old\n+new\n same\n');
    expect(readFileSync(path, 'utf8')).toBe('new\nsame\n');
  });

  test('corrects the mode alone', () => {
    const path = join(folder, 'f');
    writeFileSync(path, 'x');
    chmodSync(path, 0o666);
    const changes = converge(file({ path, content: 'x', owner, group }));
    expect(changes.map(({ description }) => description)).toEqual([`set ${path} to 0644 ${owner}:${group}`]);
  });

  test('a secret is neither shown nor read back', () => {
    const path = join(folder, 'f');
    writeFileSync(path, 'the old secret');
    const operation = file({ path, content: new Secret("the new s'ecret"), owner, group });
    expect(JSON.stringify(readFact(localShell, operation))).not.toContain('content');
    const [change] = converge(operation);
    expect(change!.diff).toBeUndefined();
    expect(readFileSync(path, 'utf8')).toBe("the new s'ecret");
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test('replaces a link, not what it points to', () => {
    const path = join(folder, 'link');
    writeFileSync(join(folder, 'target'), 'theirs');
    symlinkSync('target', path);
    converge(file({ path, content: 'ours', owner, group }));
    expect(lstatSync(path).isFile()).toBe(true);
    expect(readFileSync(join(folder, 'target'), 'utf8')).toBe('theirs');
  });

  test('carries half a megabyte', () => {
    const path = join(folder, 'large');
    converge(file({ path, content: "0123456789abcde'\n".repeat(30000), owner, group }));
    expect(statSync(path).size).toBe(17 * 30000);
  });

  test('fails in a directory that is not there, and leaves nothing', () => {
    const operation = file({ path: join(folder, 'missing/f'), content: 'x', owner, group });
    expect(() => apply(localShell, operation)).toThrow(/No such file or directory|Directory nonexistent/);
    expect(readdirSync(folder)).toEqual([]);
  });

  test('refuses a secret that everybody could read', () => {
    expect(() => file({ path: '/etc/key', content: new Secret('x'), mode: 0o644 })).toThrow('0640 or 0600');
  });

  test.each(['etc/hosts', '/etc/', '/etc/../x', '/', ''])('refuses the path %j', (path) => {
    expect(() => file({ path, content: '' })).toThrow('not a plain absolute path');
  });
});

describe('directory', () => {
  test('is made with its parents', () => {
    converge(directory({ path: join(folder, 'a/b c/d'), owner, group, mode: 0o750 }));
    expect(statSync(join(folder, 'a/b c/d')).mode & 0o7777).toBe(0o750);
    expect(statSync(join(folder, 'a')).mode & 0o7777).toBe(0o755);
  });

  test('keeps what is in it', () => {
    mkdirSync(join(folder, 'd'), { mode: 0o700 });
    writeFileSync(join(folder, 'd/f'), 'x');
    converge(directory({ path: join(folder, 'd'), owner, group }));
    expect(readdirSync(join(folder, 'd'))).toEqual(['f']);
  });

  test('fails where a file is', () => {
    writeFileSync(join(folder, 'f'), 'x');
    expect(() => apply(localShell, directory({ path: join(folder, 'f'), owner, group }))).toThrow();
    expect(readFileSync(join(folder, 'f'), 'utf8')).toBe('x');
  });
});

describe('symlink', () => {
  test('is made and switched', () => {
    const path = join(folder, 'link');
    converge(symlink({ path, target: "it's one" }));
    converge(symlink({ path, target: '-two' }));
    expect(readlinkSync(path)).toBe('-two');
    expect(readdirSync(folder)).toEqual(['link']);
  });

  test('switches a link to a directory, not inside it', () => {
    mkdirSync(join(folder, 'one'));
    mkdirSync(join(folder, 'two'));
    symlinkSync('one', join(folder, 'link'));
    converge(symlink({ path: join(folder, 'link'), target: 'two' }));
    expect(readdirSync(join(folder, 'one'))).toEqual([]);
    expect(readlinkSync(join(folder, 'link'))).toBe('two');
  });

  test('fails where a directory is, and keeps it', () => {
    mkdirSync(join(folder, 'link'));
    expect(() => apply(localShell, symlink({ path: join(folder, 'link'), target: 'x' }))).toThrow('directory');
    expect(readdirSync(folder)).toEqual(['link']);
  });
});

describe('managedBlock', () => {
  const block = (content: string, marker = 'one') =>
    managedBlock({ path: join(folder, 'f'), marker, content, owner, group, mode: 0o600 });
  const text = () => readFileSync(join(folder, 'f'), 'utf8');

  test('makes the file', () => {
    converge(block('a\nb'));
    expect(text()).toBe('# BEGIN firesteel one\na\nb\n# END firesteel one\n');
    expect(statSync(join(folder, 'f')).mode & 0o777).toBe(0o600);
  });

  test('keeps the lines, the mode and the other blocks', () => {
    writeFileSync(join(folder, 'f'), "it's\nno line break at the end", { mode: 0o640 });
    converge(block('a'));
    converge(block('x', 'two'));
    converge(block("it's b\n"));
    converge(block(''));
    expect(text()).toBe("it's\nno line break at the end\n# BEGIN firesteel two\nx\n# END firesteel two\n");
    expect(statSync(join(folder, 'f')).mode & 0o777).toBe(0o640);
  });

  test('follows a link', () => {
    writeFileSync(join(folder, 'real'), 'a\n');
    symlinkSync('real', join(folder, 'f'));
    converge(block('b'));
    expect(lstatSync(join(folder, 'f')).isSymbolicLink()).toBe(true);
    expect(readFileSync(join(folder, 'real'), 'utf8')).toContain('b\n');
  });

  test('fails when somebody else wrote meanwhile', () => {
    writeFileSync(join(folder, 'f'), 'a\n');
    const operation = block('ours');
    const [change] = operation.changes(readFact(localShell, operation));
    writeFileSync(join(folder, 'f'), 'theirs\n');
    expect(() => localShell(`set -eu\n(\n${change!.script}\n)`)).toThrow('run this again');
    expect(text()).toBe('theirs\n');
  });

  test('refuses content that holds its own marker', () => {
    expect(() => block('# END firesteel one')).toThrow('lines that mark it');
  });
});

describe('archive', () => {
  const digest = 'ab'.repeat(32);
  const unpacked = (digestOf = digest) =>
    archive({ file: join(folder, 'a.tgz'), directory: join(folder, 'out'), digest: digestOf });

  function pack(name: string): void {
    mkdirSync(join(folder, `top-${name}/bin`), { recursive: true });
    writeFileSync(join(folder, `top-${name}/bin/${name}`), name, { mode: 0o755 });
    execFileSync('tar', ['-czf', 'a.tgz', `top-${name}`], { cwd: folder });
    rmSync(join(folder, `top-${name}`), { recursive: true });
  }

  test('is unpacked without its top folder, and removed', () => {
    pack('one');
    converge(unpacked());
    expect(readFileSync(join(folder, 'out/bin/one'), 'utf8')).toBe('one');
    expect(statSync(join(folder, 'out/bin/one')).mode & 0o777).toBe(0o755);
    expect(readdirSync(folder)).toEqual(['out']);
  });

  test('is left alone where another run has unpacked it since it was looked at', () => {
    pack('one');
    const [change] = unpacked().changes({ unpacked: false });
    converge(unpacked());
    localShell(`set -eu\n${change!.script}`);
    expect(readFileSync(join(folder, 'out/bin/one'), 'utf8')).toBe('one');
  });

  test('another content replaces all of it', () => {
    pack('one');
    converge(unpacked());
    pack('two');
    converge(unpacked('cd'.repeat(32)));
    expect(readdirSync(join(folder, 'out/bin'))).toEqual(['two']);
    expect(readdirSync(folder)).toEqual(['out']);
  });

  test('fails on a broken tarball and keeps what was there', () => {
    pack('one');
    converge(unpacked());
    writeFileSync(join(folder, 'a.tgz'), 'no tarball');
    expect(() => apply(localShell, unpacked('cd'.repeat(32)))).toThrow();
    expect(existsSync(join(folder, 'out/bin/one'))).toBe(true);
    expect(readdirSync(folder).sort()).toEqual(['a.tgz', 'out']);
  });

  test.each(['SIGTERM', 'SIGKILL'] as const)('a run that %s ends leaves nothing that lasts', async (signal) => {
    pack('one');
    const tools = mkdtempSync(join(tmpdir(), 'firesteel-tools-'));
    writeFileSync(join(tools, 'tar'), '#!/bin/sh\nexec sleep 60\n', { mode: 0o755 });
    const { script } = unpacked().changes({ unpacked: false })[0]!;
    const shell = spawn('sh', ['-c', `set -eu\n(\n${script}\n)`], {
      detached: true,
      env: { ...process.env, PATH: `${tools}:${process.env.PATH}` },
    });
    const ended = once(shell, 'close');
    await until(() => readdirSync(folder).some((name) => /^\.out\.firesteel-[0-9a-f-]{36}$/.test(name)));

    process.kill(-shell.pid!, signal);
    await ended;
    if (signal === 'SIGKILL') converge(unpacked());

    await until(() => !readdirSync(folder).some((name) => name.startsWith('.')));
    rmSync(tools, { recursive: true });
  });

  test('fails when the tarball was not brought', () => {
    expect(() => apply(localShell, unpacked())).toThrow('has to be brought first');
  });
});

async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; !holds(); tries++) {
    if (tries > 200) throw new Error(`it did not come to that: ${readdirSync(folder).join(', ')}`);
    await sleep(50);
  }
}
