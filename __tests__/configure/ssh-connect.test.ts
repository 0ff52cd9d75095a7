import { connectAll, connectNode } from '../../configure/connect';
import { ConnectError } from '../../configure/errors';
import { HostKeys } from '../../configure/host-keys';
import type { ProgressEvent } from '../../plan/progress';
import { sshdFixture } from '../_ssh-fixture';
import { connectOptions, connectTo, deployedNode, hostKey } from '../_ssh-node';
import { describeSsh, freePort, makeKey, startSshd } from '../_sshd';
import { startProxy } from '../_tcp-proxy';

describeSsh('connecting to real sshds', () => {
  const ssh = sshdFixture();
  const node = deployedNode('worker-1');

  describe('waiting', () => {
    test('a node that never answers is named with its last console lines, and the others are finished', async () => {
      const dead = deployedNode('worker-2', { address: '127.0.0.9' });
      const nodes = [node, dead];
      const planned = { 'worker-1': ssh.sshd.hostKeys, 'worker-2': ssh.sshd.hostKeys };
      const all = await connectOptions(nodes, ssh.key.file, planned, {
        port: ssh.sshd.port,
        timeouts: { sshSeconds: 1, cloudInitSeconds: 0 },
        consoleOf: async (serverId) => [`${serverId}: kernel panic`],
      });
      const { connections, failures, close } = await connectAll(nodes, all);
      expect([...connections.keys()]).toEqual(['worker-1']);
      expect(await connections.get('worker-1')!.read('echo alive')).toBe('alive\n');
      const failure = failures.get('worker-2') as ConnectError;
      expect(failure).toBeInstanceOf(ConnectError);
      expect(failure.message).toMatch(
        /^worker-2 \(127\.0\.0\.9\) could not be reached by SSH within 1 s: connect ECONNREFUSED/,
      );
      expect(failure.console).toEqual(['server-of-worker-2: kernel panic']);
      close();
    });

    test('a server that is still booting is waited for', async () => {
      const port = await freePort();
      const events: ProgressEvent[] = [];
      const planned: Record<string, readonly string[]> = { 'worker-1': ssh.sshd.hostKeys };
      const connecting = connectNode(
        node,
        await connectOptions([node], ssh.key.file, planned, { port, onProgress: (event) => events.push(event) }),
      );
      await new Promise((resolve) => setTimeout(resolve, 600));
      const late = await startProxy('127.0.0.1', ssh.sshd.port, port);
      (await connecting).close();
      late.close();
      expect(events.map(({ state }) => state)).toEqual(['start', 'update', 'done']);
    });

    test('a server that refuses the login says so at once where it is known', async () => {
      const stranger = makeKey(ssh.folder, 'stranger');
      const stored = { [node.serverId]: [hostKey(ssh.sshd.hostKeys[0]!)] };
      const connecting = await connectOptions(
        [node],
        stranger.file,
        {},
        { port: ssh.sshd.port, hostKeys: new HostKeys({ environment: 'dev', stored }) },
      );
      await expect(connectNode(node, connecting)).rejects.toThrow(
        /worker-1 \(127\.0\.0\.1\) refused the login root with the key from .*stranger/,
      );
    });

    test('an abort ends the waiting with its reason', async () => {
      const abort = new AbortController();
      const connecting = await connectOptions(
        [node],
        ssh.key.file,
        { 'worker-1': ssh.sshd.hostKeys },
        { port: await freePort(), signal: abort.signal },
      );
      setTimeout(() => abort.abort(new Error('enough')), 100);
      await expect(connectNode(node, connecting)).rejects.toThrow('enough');
      await expect(connectAll([node], connecting)).rejects.toThrow('enough');
    });

    test('an sshd that drops connections at random lets everybody in at last', async () => {
      const busy = await startSshd({ authorizedKeys: [ssh.key.publicKey], config: ['MaxStartups 2:50:4'] });
      try {
        const nodes = Array.from({ length: 16 }, (_, number) => deployedNode(`worker-${number}`));
        const planned = Object.fromEntries(nodes.map(({ name }) => [name, busy.hostKeys]));
        const result = await connectAll(
          nodes,
          await connectOptions(nodes, ssh.key.file, planned, {
            port: busy.port,
            timeouts: { sshSeconds: 30, cloudInitSeconds: 0 },
          }),
        );
        expect([...result.failures.values()]).toEqual([]);
        expect(result.connections.size).toBe(16);
        result.close();
      } finally {
        await busy.stop();
      }
    }, 40_000);
  });

  describe('trouble later', () => {
    test('a connection that breaks in the middle names its node, and the script on it is ended', async () => {
      const proxy = await startProxy('127.0.0.1', ssh.sshd.port);
      const broken = await connectTo(ssh.sshd, ssh.key.file, { port: proxy.port });
      const watching = await connectTo(ssh.sshd, ssh.key.file);
      const run = broken.apply('sleep 9321', { action: 'installing x', onLine: () => undefined });
      await watching.read('until pgrep -fx "sleep 9321"; do sleep 0.05; done');
      proxy.reset();
      await expect(run).rejects.toThrow(/^worker-1: the connection broke while installing x: /);
      await expect(run).rejects.toBeInstanceOf(ConnectError);
      await watching.read('while pgrep -fx "sleep 9321"; do sleep 0.05; done', { withinSeconds: 5 });
      watching.close();
      proxy.close();
    });

    test('fewer sessions than usual only take longer', async () => {
      const narrow = await startSshd({ authorizedKeys: [ssh.key.publicKey], config: ['MaxSessions 2'] });
      const connection = await connectTo(narrow, ssh.key.file);
      const outputs = await Promise.all(
        Array.from({ length: 12 }, (_, number) => connection.read(`sleep 0.05; echo ${number}`)),
      );
      expect(outputs).toHaveLength(12);
      connection.close();
      await narrow.stop();
    });

    test('fails where an sshd allows no session at all', async () => {
      const closed = await startSshd({ authorizedKeys: [ssh.key.publicKey], config: ['MaxSessions 0'] });
      const connection = await connectTo(closed, ssh.key.file);
      await expect(connection.read('true')).rejects.toThrow(/it allows no further session/);
      connection.close();
      await closed.stop();
    }, 10_000);
  });
});
