import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { copyFrom, copyTo } from '../../configure/copy';
import { localTree } from '../../configure/copy-tree';
import { connectionFixture } from '../_ssh-fixture';
import { connectTo } from '../_ssh-node';
import { describeSsh, startSshd } from '../_sshd';

describeSsh('copying', () => {
  const ssh = connectionFixture();
  /** A folder with a file, an executable one deeper, an empty folder, a link to a file and one to nothing. */
  let source: string;
  let dest: string;

  beforeAll(() => {
    source = join(ssh.folder, 'the source');
    mkdirSync(join(source, 'deep', 'er'), { recursive: true });
    mkdirSync(join(source, 'empty'));
    writeFileSync(join(source, 'plain'), 'plain text');
    writeFileSync(join(source, 'deep', 'er', "it's\nhere"), '#!/bin/sh');
    chmodSync(join(source, 'deep', 'er', "it's\nhere"), 0o750);
    symlinkSync('plain', join(source, 'link'));
    symlinkSync('nowhere', join(source, 'broken'));
  });

  beforeEach(() => {
    dest = mkdtempSync(join(ssh.folder, 'dest-'));
  });

  const expectWhole = (copy: string) => {
    expect(readdirSync(copy).sort()).toEqual(['deep', 'empty', 'link', 'plain']);
    expect(readFileSync(join(copy, 'plain'), 'utf8')).toBe('plain text');
    expect(readFileSync(join(copy, 'link'), 'utf8')).toBe('plain text');
    expect(statSync(join(copy, 'deep', 'er', "it's\nhere")).mode & 0o777).toBe(0o750);
    expect(readdirSync(join(copy, 'empty'))).toEqual([]);
  };

  describe.each([
    ['to a node', async (path: string, to: string) => copyTo(ssh.connection, [await localTree(path)], to)],
    ['from a node', (path: string, to: string) => copyFrom(ssh.connection, [path], to)],
  ])('%s', (_, copy) => {
    test('a folder comes with all that is in it, under another name where there is nothing yet', async () => {
      const outcome = await copy(source, join(dest, 'new'));
      expectWhole(join(dest, 'new'));
      expect(outcome).toEqual({ files: 3, bytes: 29, failures: [], leftOut: [join(source, 'broken')] });
    });

    test('a folder comes into one that is there, and what else is in it stays', async () => {
      mkdirSync(join(dest, 'the source', 'deep'), { recursive: true });
      writeFileSync(join(dest, 'the source', 'deep', 'own'), 'stays');
      writeFileSync(join(dest, 'the source', 'plain'), 'older');
      await copy(source, dest);
      expect(readFileSync(join(dest, 'the source', 'deep', 'own'), 'utf8')).toBe('stays');
      rmSync(join(dest, 'the source', 'deep', 'own'));
      expectWhole(join(dest, 'the source'));
    });

    test('a file takes the name that it is given, or goes into a folder', async () => {
      await copy(join(source, 'plain'), join(dest, 'file'));
      await copy(join(source, 'plain'), join(dest, 'folder/'));
      await copy(join(source, 'plain'), join(dest, 'folder'));
      expect(readFileSync(join(dest, 'file'), 'utf8')).toBe('plain text');
      expect(readdirSync(join(dest, 'folder'))).toEqual(['plain']);
    });

    test('a file that fails keeps no other from being copied', async () => {
      mkdirSync(join(dest, 'the source', 'plain', 'in the way'), { recursive: true });
      const { files, failures } = await copy(source, dest);
      expect(files).toBe(2);
      expect(failures).toEqual([expect.stringMatching(/plain/)]);
      expect(readFileSync(join(dest, 'the source', 'link'), 'utf8')).toBe('plain text');
    });
  });

  test('fails when there is no such file here, or it is a device', async () => {
    await expect(localTree(join(ssh.folder, 'none'))).rejects.toThrow('none: no such file or folder');
    await expect(localTree('/dev/null')).rejects.toThrow('/dev/null is neither a file nor a folder');
  });

  test('tells every source that a node does not have, and brings the others', async () => {
    const paths = [join(ssh.folder, 'none'), join(source, 'plain'), '/dev/null'];
    expect(await copyFrom(ssh.connection, paths, dest)).toMatchObject({
      files: 1,
      failures: [
        expect.stringMatching(/looking at .*none failed.*no such file or folder/),
        expect.stringMatching(/looking at \/dev\/null failed.*it is neither a file nor a folder/),
      ],
    });
    expect(readdirSync(dest)).toEqual(['plain']);
  });

  test('an abort ends it, and no file is there that is not whole', async () => {
    const many = join(ssh.folder, 'many');
    mkdirSync(many);
    for (let number = 0; number < 30; number++) execFileSync('truncate', ['-s', '20M', join(many, `${number}`)]);
    mkdirSync(join(dest, 'many'));
    const abort = new AbortController();
    const run = copyTo(ssh.connection, [await localTree(many)], dest, {
      signal: abort.signal,
      onProgress: () => abort.abort(new Error('stop')),
    });
    await expect(run).rejects.toThrow('stop');
    // A command that had only just begun clears away by itself.
    await ssh.connection.read(`while ls '${dest}/many' | grep -F .; do sleep 0.1; done`);
    const there = readdirSync(join(dest, 'many')).filter((name) => !name.includes('.'));
    expect(there.length).toBeLessThan(30);
    for (const name of there) expect([name, statSync(join(dest, 'many', name)).size]).toEqual([name, 20 << 20]);
  });

  test('refuses a folder that leads back into itself', async () => {
    mkdirSync(join(ssh.folder, 'circle'));
    symlinkSync('..', join(ssh.folder, 'circle', 'back'));
    await expect(localTree(join(ssh.folder, 'circle'))).rejects.toThrow('a copy would have no end');
    const outcome = await copyFrom(ssh.connection, [join(ssh.folder, 'circle')], join(dest, 'new'));
    expect(outcome).toMatchObject({ files: 0, failures: [expect.stringContaining('loop')] });
  });

  test('refuses a node that would write outside of the folder', async () => {
    const lying = await startSshd({
      authorizedKeys: [ssh.key.publicKey],
      setUp: `printf '#!/bin/sh\\nprintf "f 644 4 ../evil\\\\0"\\n' >$FOLDER/find; chmod 755 $FOLDER/find
mount --bind $FOLDER/find /usr/bin/find`,
    });
    const other = await connectTo(lying, ssh.key.file);
    try {
      const { failures } = await copyFrom(other, [source], join(dest, 'new'));
      expect(failures).toEqual([expect.stringContaining('refused: the node names "../evil"')]);
      expect(existsSync(join(dest, 'evil'))).toBe(false);
    } finally {
      other.close();
      await lying.stop();
    }
  });
});
