import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConnectError } from '../../configure/errors';
import type { ProgressEvent } from '../../plan/progress';
import { connectTo } from '../_ssh-node';
import { describeSsh, makeKey, type Sshd, startSshd } from '../_sshd';
import { startProxy } from '../_tcp-proxy';

describeSsh('the first script on a new machine', () => {
  let folder: string;
  let key: { file: string; publicKey: string };

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'firesteel-test-'));
    key = makeKey(folder, 'id');
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  describe('waits for cloud-init', () => {
    let sshd: Sshd;
    let finish: string;

    beforeEach(async () => {
      const own = mkdtempSync(join(folder, 'ci-'));
      finish = join(own, 'finish');
      // The node's cloud-init, as far as we speak to it: it waits until the test says that it has finished.
      const program = `#!/bin/sh
until [ -e ${finish} ]; do sleep 0.05; done
mkdir -p /run/cloud-init; : >/run/cloud-init/result.json
exit $(cat ${finish})
`;
      writeFileSync(join(own, 'cloud-init'), program, { mode: 0o755 });
      const setUp = `mount -t tmpfs tmpfs /usr/local/sbin\ncp ${own}/cloud-init /usr/local/sbin/`;
      sshd = await startSshd({ authorizedKeys: [key.publicKey], setUp });
    });
    afterEach(() => sshd.stop());

    test.each([
      ['0', 'done'],
      ['2', 'warn'],
    ])('and goes on when it ended with %s', async (status, state) => {
      const events: ProgressEvent[] = [];
      const connection = await connectTo(sshd, key.file, {
        timeouts: { sshSeconds: 10, cloudInitSeconds: 30 },
        onProgress: (event) => events.push(event),
      });
      let answered = false;
      const reading = connection.read('echo facts').then((text) => {
        answered = true;
        return text;
      });
      await until(() => events.some(({ phase }) => phase === 'cloud-init'));
      expect(answered).toBe(false);
      writeFileSync(finish, status);
      expect(await reading).toBe('facts\n');
      expect(events.filter(({ phase }) => phase === 'cloud-init').map((event) => event.state)).toEqual([
        'start',
        state,
      ]);
      connection.close();
    });

    test('and gives up after its time, with the last lines of the console', async () => {
      const connection = await connectTo(sshd, key.file, {
        timeouts: { sshSeconds: 10, cloudInitSeconds: 1 },
        consoleOf: async () => ['still installing'],
      });
      const reading = connection.read('echo facts');
      await expect(reading).rejects.toBeInstanceOf(ConnectError);
      await expect(reading).rejects.toMatchObject({
        message: expect.stringMatching(/^worker-1: cloud-init did not finish within 1 s/),
        console: ['still installing'],
      });
      connection.close();
    });

    test('and connects anew when cloud-init restarts sshd meanwhile; the script runs once', async () => {
      const proxy = await startProxy('127.0.0.1', sshd.port);
      const events: ProgressEvent[] = [];
      const connection = await connectTo(sshd, key.file, {
        port: proxy.port,
        timeouts: { sshSeconds: 10, cloudInitSeconds: 30 },
        onProgress: (event) => events.push(event),
      });
      const ran = join(folder, 'ran');
      const applying = connection.apply(`echo ran >>${ran}; echo applied`);
      await until(() => events.some(({ phase }) => phase === 'cloud-init'));
      proxy.reset();
      await until(() => proxy.connections() === 2);
      writeFileSync(finish, '0');
      expect(await applying).toBe('applied\n');
      expect(readFileSync(ran, 'utf8')).toBe('ran\n');
      connection.close();
      proxy.close();
    });

    test('and so does a file that is put first', async () => {
      const connection = await connectTo(sshd, key.file, { timeouts: { sshSeconds: 10, cloudInitSeconds: 30 } });
      writeFileSync(join(folder, 'local'), 'content');
      const target = join(folder, 'put-there');
      const putting = connection.put(join(folder, 'local'), target);
      await new Promise((resolve) => setTimeout(resolve, 300));
      expect(existsSync(target)).toBe(false);
      writeFileSync(finish, '0');
      await putting;
      expect(readFileSync(target, 'utf8')).toBe('content');
      connection.close();
    });
  });

  describe('as a login that is not root', () => {
    const withUser = (sudoers: string): string => `
cp /etc/passwd /etc/shadow /etc/group /run/
echo 'debian:x:4242:4242::/tmp:/bin/sh' >>/run/passwd
echo 'debian:*:19000:0:99999:7:::' >>/run/shadow
echo 'debian:x:4242:' >>/run/group
for file in passwd shadow group; do mount --bind /run/$file /etc/$file; done
echo '${sudoers}' >/run/sudoers; chmod 440 /run/sudoers
[ ! -e /etc/sudoers ] || mount --bind /run/sudoers /etc/sudoers
chmod 755 $FOLDER`;

    test('is root by sudo, streams as the login, and puts as root', async () => {
      const sshd = await startSshd({
        authorizedKeys: [key.publicKey],
        setUp: withUser('debian ALL=(ALL) NOPASSWD:ALL'),
      });
      const connection = await connectTo(sshd, key.file, { user: 'debian' });
      expect(await connection.read('id -u')).toBe('0\n');
      const out: Buffer[] = [];
      const listen = { onStdout: (chunk: Buffer) => out.push(chunk), onStderr: () => undefined };
      expect(await connection.stream('id -un', listen)).toBe(0);
      expect(await connection.stream('id -un', { ...listen, root: true })).toBe(0);
      expect(Buffer.concat(out).toString()).toBe('debian\nroot\n');
      mkdirSync(join(folder, 'of-root'), { mode: 0o700, recursive: true });
      writeFileSync(join(folder, 'local'), 'content');
      await connection.put(join(folder, 'local'), join(folder, 'of-root', 'file'));
      expect(readFileSync(join(folder, 'of-root', 'file'), 'utf8')).toBe('content');
      connection.close();
      await sshd.stop();
    });

    test('what it started as root is ended by an abort', async () => {
      const sshd = await startSshd({
        authorizedKeys: [key.publicKey],
        setUp: withUser('debian ALL=(ALL) NOPASSWD:ALL'),
      });
      const connection = await connectTo(sshd, key.file, { user: 'debian' });
      const abort = new AbortController();
      const run = connection.apply('sleep 9421 & echo started; sleep 9422', {
        signal: abort.signal,
        onLine: () => abort.abort(new Error('enough')),
      });
      await expect(run).rejects.toThrow('enough');
      await connection.read('while pgrep -fx "sleep 942[12]"; do sleep 0.05; done', { withinSeconds: 5 });
      connection.close();
      await sshd.stop();
    });

    test('fails where it may not become root, with what to do', async () => {
      const sshd = await startSshd({ authorizedKeys: [key.publicKey], setUp: withUser('root ALL=(ALL) ALL') });
      const connection = await connectTo(sshd, key.file, { user: 'debian' });
      const reading = connection.read('id -u');
      await expect(reading).rejects.toBeInstanceOf(ConnectError);
      await expect(reading).rejects.toThrow(
        /worker-1: the login debian may not become root without a password .*NOPASSWD/,
      );
      connection.close();
      await sshd.stop();
    });
  });
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20));
}
