import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cluster } from './_cluster';

/** Files to the nodes and from them; what it has put there is gone afterwards. The cluster has a master and two workers. */
export function describeCopy(cluster: () => Cluster): void {
  const firesteel = (verb: string, ...args: readonly string[]) => cluster().firesteel(verb, ...args);
  const sudo = (node: string, script: string) => cluster().sudo(node, script);
  const onAll = (script: string) => cluster().onAll(script);

  describe('copy', () => {
    const content = randomBytes(3_000_000);
    const digest = createHash('sha256').update(content).digest('hex');

    test('brings a folder to all nodes, whole and with its modes', async () => {
      const folder = cluster().project.file('to copy');
      mkdirSync(join(folder, 'deep', 'empty'), { recursive: true });
      writeFileSync(join(folder, 'deep', 'data'), content);
      writeFileSync(join(folder, 'tool'), '#!/bin/sh\n');
      chmodSync(join(folder, 'tool'), 0o750);

      const { status, stdout } = await firesteel('copy', 'to copy', 'key.pub', ':/srv/new/');

      expect(stdout).toMatch(/✔ master-0: 3 files, 3 MB[\s\S]*✔ worker-1: 3 files, 3 MB\n\S+: copied to 3 of 3 nodes/);
      expect(status).toBe(0);
      const listing = await onAll(`cd '/srv/new/to copy'
stat -c '%A %U' tool deep/data; ls deep/empty; sha256sum <deep/data; ls -A .. deep`);
      const expected = `-rwxr-x--- root\n-rw-r--r-- root\n${digest}  -\n..:\nkey.pub\nto copy\n\ndeep:\ndata\nempty`;
      expect(listing).toEqual([expected, expected, expected]);
    });

    test('brings from several nodes into a folder for each, and from one where it is told', async () => {
      const { project, name } = cluster();
      const { status } = await firesteel(
        'copy',
        '--role',
        'spark-worker',
        ':/srv/new/to copy',
        ':/etc/hostname',
        'got',
      );

      expect(status).toBe(0);
      expect(readdirSync(project.file('got')).sort()).toEqual(['worker-0', 'worker-1']);
      for (const node of ['worker-0', 'worker-1']) {
        expect(readFileSync(project.file('got', node, 'hostname'), 'utf8')).toBe(`${name}-${node}\n`);
        expect(readFileSync(project.file('got', node, 'to copy', 'deep', 'data')).equals(content)).toBe(true);
        expect(statSync(project.file('got', node, 'to copy', 'tool')).mode & 0o777).toBe(0o750);
        expect(readdirSync(project.file('got', node, 'to copy', 'deep', 'empty'))).toEqual([]);
      }

      expect((await firesteel('copy', 'master-0:/etc/hostname', 'name')).status).toBe(0);
      expect(readFileSync(project.file('name'), 'utf8')).toBe(`${name}-master-0\n`);
    });

    test('a node where it fails is told, and the others get it', async () => {
      await sudo('worker-1', 'mkdir -p /srv/one/key.pub/taken');

      const { status, stdout } = await firesteel('copy', 'key.pub', ':/srv/one/');

      expect(status).toBe(1);
      expect(stdout).toMatch(
        /✔ worker-0: 1 file, .*\n✖ worker-1: 0 files, 0 bytes\n {4}putting \/srv\/one\/key\.pub failed/,
      );
      expect(await sudo('worker-0', 'cat /srv/one/key.pub')).toBe(
        readFileSync(cluster().project.file('key.pub'), 'utf8').trim(),
      );
    });

    test('refuses files that are not there before it goes to a node', async () => {
      const { status, stderr } = await firesteel('copy', 'none', 'neither', ':/srv/');

      expect(status).toBe(2);
      expect(stderr).toMatch(/none: no such file or folder\n.*neither: no such file or folder/);
      expect((await firesteel('copy', 'key.pub')).status).toBe(2);
    });

    afterAll(() => onAll('rm -rf /srv/new /srv/one'));
  });
}
