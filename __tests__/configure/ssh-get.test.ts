import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CommandError, ConnectError } from '../../configure/errors';
import { connectionFixture } from '../_ssh-fixture';
import { connectTo } from '../_ssh-node';
import { describeSsh, startSshd } from '../_sshd';

describeSsh('get', () => {
  const ssh = connectionFixture();
  let here: string;

  beforeEach(() => {
    here = mkdtempSync(join(ssh.folder, 'here-'));
  });

  test('brings a file whole, with the mode that is asked for, and tells how far it is', async () => {
    const content = randomBytes(20_000_000);
    writeFileSync(join(ssh.folder, "it's here"), content);
    const local = join(here, 'new folder', 'file');
    const seen: number[] = [];
    await ssh.connection.get(join(ssh.folder, "it's here"), local, {
      mode: 0o750,
      onProgress: (bytes) => seen.push(bytes),
    });
    expect(readFileSync(local).equals(content)).toBe(true);
    expect(statSync(local).mode & 0o777).toBe(0o750);
    expect(seen.at(-1)).toBe(content.length);
    expect(seen.length).toBeGreaterThan(3);
    expect(readdirSync(join(here, 'new folder'))).toEqual(['file']);
  });

  test('brings an empty file, for nobody else to read, in the place of another one', async () => {
    writeFileSync(join(ssh.folder, 'empty'), '');
    writeFileSync(join(here, 'file'), 'older', { mode: 0o644 });
    await ssh.connection.get(join(ssh.folder, 'empty'), join(here, 'file'));
    expect(readFileSync(join(here, 'file'), 'utf8')).toBe('');
    expect(statSync(join(here, 'file')).mode & 0o777).toBe(0o600);
  });

  test('brings twenty at once', async () => {
    const contents = Array.from({ length: 20 }, () => randomBytes(100_000));
    for (const [number, content] of contents.entries()) writeFileSync(join(ssh.folder, `part-${number}`), content);
    await Promise.all(
      contents.map((_, number) => ssh.connection.get(join(ssh.folder, `part-${number}`), join(here, `${number}`))),
    );
    expect(contents.every((content, number) => readFileSync(join(here, `${number}`)).equals(content))).toBe(true);
  });

  test.each([
    ['there is no such file', () => '/nowhere/at all', /getting \/nowhere\/at all failed.*no such file$/],
    ['it is a folder', () => ssh.folder, /it is not a file$/],
    ['it can only be read in part', () => '/proc/self/mem', /getting \/proc\/self\/mem failed.*Input\/output error/],
  ])('fails when %s, and leaves nothing behind', async (_, path, message) => {
    await expect(ssh.connection.get(path(), join(here, 'file'))).rejects.toThrow(CommandError);
    await expect(ssh.connection.get(path(), join(here, 'file'))).rejects.toThrow(message);
    expect(readdirSync(here)).toEqual([]);
  });

  test('an abort ends what reads on the node, and leaves what was there', async () => {
    execFileSync('truncate', ['-s', '2G', join(ssh.folder, 'huge')]);
    writeFileSync(join(here, 'file'), 'older');
    const abort = new AbortController();
    const get = ssh.connection.get(join(ssh.folder, 'huge'), join(here, 'file'), {
      signal: abort.signal,
      onProgress: () => abort.abort(new Error('stop')),
    });
    await expect(get).rejects.toThrow('stop');
    expect(await ssh.connection.read('pgrep -x tee || true')).toBe('');
    expect(readdirSync(here)).toEqual(['file']);
    expect(readFileSync(join(here, 'file'), 'utf8')).toBe('older');
  });

  test('fails on a full disk, and leaves nothing on it', async () => {
    writeFileSync(join(ssh.folder, 'much'), randomBytes(3_000_000));
    const disk = join(here, 'disk');
    mkdirSync(disk);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk]);
    try {
      await expect(ssh.connection.get(join(ssh.folder, 'much'), join(disk, 'file'))).rejects.toThrow(/no space left/);
      expect(readdirSync(disk)).toEqual([]);
      expect(await ssh.connection.read('pgrep -x tee || true')).toBe('');
    } finally {
      execFileSync('umount', [disk]);
    }
  });

  test('a connection that breaks says what was being done', async () => {
    const other = await connectTo(ssh.sshd, ssh.key.file);
    execFileSync('truncate', ['-s', '2G', join(ssh.folder, 'huge')]);
    const get = other.get(join(ssh.folder, 'huge'), join(here, 'file'), { onProgress: () => other.close() });
    await expect(get).rejects.toThrow(ConnectError);
    await expect(get).rejects.toThrow(/worker-1: the connection broke while getting .*huge/);
    expect(readdirSync(here)).toEqual([]);
  });

  test('refuses content that is not what the node has read', async () => {
    const wrong = '0'.repeat(64);
    const lying = await startSshd({
      authorizedKeys: [ssh.key.publicKey],
      setUp: `printf '#!/bin/sh\\ncat >/dev/null; echo "${wrong} *stdin"\\n' >$FOLDER/lies; chmod 755 $FOLDER/lies
for program in /usr/bin/openssl /usr/bin/sha256sum; do [ ! -e $program ] || mount --bind $FOLDER/lies $program; done`,
    });
    const other = await connectTo(lying, ssh.key.file);
    try {
      writeFileSync(join(ssh.folder, 'small'), 'content');
      await expect(other.get(join(ssh.folder, 'small'), join(here, 'file'))).rejects.toThrow(
        `getting ${join(ssh.folder, 'small')} failed: it arrived damaged or not whole, SHA-256 ed7002b439e9ac845f22357d822bac1444730fbdb6016d3ec9432297b9ec9f73 instead of ${wrong}`,
      );
      expect(readdirSync(here)).toEqual([]);
    } finally {
      other.close();
      await lying.stop();
    }
  });
});
