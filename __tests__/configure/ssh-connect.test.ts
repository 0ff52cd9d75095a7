import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ConnectOptions, connectAll, connectNode } from '../../configure/connect';
import { ConnectError, HostKeyError } from '../../configure/errors';
import { HostKeys, type HostKeysOptions } from '../../configure/host-keys';
import { fingerprint, tryParsePublicKey } from '../../configure/ssh-key';
import type { HostKey } from '../../inventory/inventory';
import type { ProgressEvent } from '../../plan/progress';
import { connectOptions, connectTo, deployedNode } from '../_ssh-node';
import { describeSsh, freePort, makeKey, type Sshd, startSshd } from '../_sshd';
import { startProxy } from '../_tcp-proxy';

describeSsh('connecting to real sshds', () => {
  let folder: string;
  let key: { file: string; publicKey: string };
  let sshd: Sshd;
  let otherKey: string;
  const node = deployedNode('worker-1');

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'firesteel-test-'));
    key = makeKey(folder, 'id');
    otherKey = makeKey(folder, 'other').publicKey.split(' ').slice(0, 2).join(' ');
    sshd = await startSshd({
      authorizedKeys: [key.publicKey],
      hostKeyTypes: ['ed25519', 'ecdsa', 'rsa'],
      config: ['LogLevel DEBUG1'],
    });
  });

  afterAll(async () => {
    await sshd?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const options = (hostKeys: Omit<HostKeysOptions, 'environment'>, overrides: Partial<ConnectOptions> = {}) =>
    connectOptions(
      [node],
      key.file,
      {},
      { port: sshd.port, hostKeys: new HostKeys({ environment: 'dev', ...hostKeys }), ...overrides },
    );

  describe('host keys', () => {
    test('a stored key of the server id lets us in, by its own type and the fast exchange', async () => {
      const stored = { [node.serverId]: [hostKey(sshd.hostKeys[1]!, 'console')] };
      const connection = await connectNode(node, await options({ stored }));
      connection.close();
      expect(sshd.log()).toContain('kex: host key algorithm: ecdsa-sha2-nistp256');
      expect(sshd.log()).toMatch(/kex: algorithm: curve25519-sha256/);
    });

    test('fails with another stored key: nothing is sent, and the message says what it can mean and what to do', async () => {
      const stored = { [node.serverId]: [hostKey(otherKey, 'console')] };
      const before = sshd.log().length;
      const error = await connectNode(node, await options({ stored })).then(
        noConnection,
        (reason: HostKeyError) => reason,
      );
      expect(error).toBeInstanceOf(HostKeyError);
      expect(error).toMatchObject({
        node: 'worker-1',
        expected: [`${fingerprint(keyOf(otherKey))} (ssh-ed25519, from its console log)`],
        offered: `${fingerprint(keyOf(sshd.hostKeys[0]!))} (ssh-ed25519)`,
      });
      expect(error.message).toContain(
        'worker-1 (127.0.0.1) showed a wrong SSH host key and was refused; nothing was sent to it.',
      );
      expect(error.message).toContain(`hostKeys: { worker-1: ["${fingerprint(keyOf(sshd.hostKeys[0]!))}"] }`);
      expect(sshd.log().slice(before)).not.toContain('userauth-request');
    });

    test('fails when the server has no key of a known type', async () => {
      const ed25519 = await startSshd({ authorizedKeys: [key.publicKey] });
      try {
        const stored = { [node.serverId]: [hostKey(sshd.hostKeys[2]!, 'console')] };
        const connecting = connectNode(node, await options({ stored }, { port: ed25519.port }));
        await expect(connecting).rejects.toThrow(/offered {3}no key of these types/);
      } finally {
        await ed25519.stop();
      }
    });

    test('a rebuilt server is asked again: its console log confirms the new key, which is stored', async () => {
      const stored = { [node.serverId]: [hostKey(otherKey, 'console')] };
      const saved: unknown[] = [];
      const events: ProgressEvent[] = [];
      const asked: string[] = [];
      const hostKeys: Omit<HostKeysOptions, 'environment'> = {
        stored,
        consoleHostKeys: async (serverId) => {
          asked.push(serverId);
          return sshd.hostKeys;
        },
        save: async (keys) => void saved.push(keys),
        onProgress: (event) => events.push(event),
      };
      const connection = await connectNode(node, await options(hostKeys));
      connection.close();
      expect(asked).toEqual([node.serverId]);
      expect(saved).toEqual([{ [node.serverId]: sshd.hostKeys.map((line) => hostKey(line, 'console')) }]);
      expect(events).toContainEqual(
        expect.objectContaining({ state: 'warn', text: expect.stringContaining('a rebuilt server') }),
      );
    });

    test('fails when the console log of a rebuilt server does not confirm the new key', async () => {
      const stored = { [node.serverId]: [hostKey(otherKey, 'console')] };
      const hostKeys = { stored, consoleHostKeys: async () => [otherKey] };
      await expect(connectNode(node, await options(hostKeys))).rejects.toThrow(HostKeyError);
    });

    test('the plan confirms what the inventory has no longer right', async () => {
      const stored = { [node.serverId]: [hostKey(otherKey, 'console')] };
      const hostKeys = { stored, planned: { 'worker-1': [fingerprint(keyOf(sshd.hostKeys[0]!))] } };
      const connecting = await options(hostKeys);
      (await connectNode(node, connecting)).close();
      expect(connecting.hostKeys.all).toEqual({ [node.serverId]: [hostKey(sshd.hostKeys[0]!, 'plan')] });
    });

    test('refuses a key that was accepted on first use once the plan says another', async () => {
      const stored = { [node.serverId]: [hostKey(sshd.hostKeys[0]!, 'first-use')] };
      const connecting = options({ stored, planned: { [node.name]: [otherKey] } });
      await expect(connectNode(node, await connecting)).rejects.toThrow(HostKeyError);
    });

    test('a fingerprint of any of its keys lets us in, and no other', async () => {
      for (const line of sshd.hostKeys) {
        const planned = { 'worker-1': [fingerprint(keyOf(line))] };
        const connecting = await options({ planned });
        (await connectNode(node, connecting)).close();
        expect(connecting.hostKeys.all).toEqual({ [node.serverId]: [hostKey(line, 'plan')] });
      }
      const planned = { 'worker-1': [fingerprint(keyOf(otherKey))] };
      await expect(connectNode(node, await options({ planned }))).rejects.toThrow(HostKeyError);
    });

    test('the console log is asked until it shows the keys', async () => {
      let asked = 0;
      const hostKeys = { consoleHostKeys: async () => (++asked < 3 ? [] : sshd.hostKeys) };
      const connecting = await options(hostKeys);
      (await connectNode(node, connecting)).close();
      expect(asked).toBe(3);
      expect(connecting.hostKeys.all[node.serverId]).toHaveLength(3);
    }, 15_000);

    test.each([
      ['there is no console log', undefined, 'there is no console log to read it from'],
      [
        'the cloud refuses it',
        () => Promise.reject(new Error('policy forbids it')),
        'the cloud gives no console log of it: policy forbids it',
      ],
      ['it shows no keys', async () => [], 'its console log shows no host keys (waited 0.3 s)'],
    ])('fails when nothing is known and %s, naming both ways out', async (_, consoleHostKeys, why) => {
      const connecting = await options({ consoleHostKeys }, { timeouts: { sshSeconds: 0.3, cloudInitSeconds: 0 } });
      const error = await connectNode(node, connecting).then(noConnection, (reason: Error) => reason);
      expect(error.message).toContain(`worker-1: its SSH host key is not known, and ${why}.`);
      expect(error.message).toContain('environments/dev.yaml');
      expect(error.message).toContain('--trust-on-first-use');
    });

    test('trust on first use is only on request, and warns', async () => {
      const events: ProgressEvent[] = [];
      const connecting = await options({ trustOnFirstUse: true, onProgress: (event) => events.push(event) });
      (await connectNode(node, connecting)).close();
      expect(connecting.hostKeys.all).toEqual({ [node.serverId]: [hostKey(sshd.hostKeys[0]!, 'first-use')] });
      expect(events).toContainEqual(
        expect.objectContaining({ state: 'warn', text: expect.stringContaining('--trust-on-first-use') }),
      );
    });
  });

  describe('waiting', () => {
    test('a node that never answers is named with its last console lines, and the others are finished', async () => {
      const dead = deployedNode('worker-2', { address: '127.0.0.9' });
      const nodes = [node, dead];
      const planned = { 'worker-1': sshd.hostKeys, 'worker-2': sshd.hostKeys };
      const all = await connectOptions(nodes, key.file, planned, {
        port: sshd.port,
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
      const planned: Record<string, readonly string[]> = { 'worker-1': sshd.hostKeys };
      const connecting = connectNode(
        node,
        await connectOptions([node], key.file, planned, { port, onProgress: (event) => events.push(event) }),
      );
      await new Promise((resolve) => setTimeout(resolve, 600));
      const late = await startProxy('127.0.0.1', sshd.port, port);
      (await connecting).close();
      late.close();
      expect(events.map(({ state }) => state)).toEqual(['start', 'update', 'done']);
    });

    test('a server that refuses the login says so at once where it is known', async () => {
      const stranger = makeKey(folder, 'stranger');
      const stored = { [node.serverId]: [hostKey(sshd.hostKeys[0]!, 'console')] };
      const connecting = await connectOptions(
        [node],
        stranger.file,
        {},
        { port: sshd.port, hostKeys: new HostKeys({ environment: 'dev', stored }) },
      );
      await expect(connectNode(node, connecting)).rejects.toThrow(
        /worker-1 \(127\.0\.0\.1\) refused the login root with the key from .*stranger/,
      );
    });

    test('an abort ends the waiting with its reason', async () => {
      const abort = new AbortController();
      const connecting = await connectOptions(
        [node],
        key.file,
        { 'worker-1': sshd.hostKeys },
        { port: await freePort(), signal: abort.signal },
      );
      setTimeout(() => abort.abort(new Error('enough')), 100);
      await expect(connectNode(node, connecting)).rejects.toThrow('enough');
      await expect(connectAll([node], connecting)).rejects.toThrow('enough');
    });

    test('an sshd that drops connections at random lets everybody in at last', async () => {
      const busy = await startSshd({ authorizedKeys: [key.publicKey], config: ['MaxStartups 2:50:4'] });
      try {
        const nodes = Array.from({ length: 16 }, (_, number) => deployedNode(`worker-${number}`));
        const planned = Object.fromEntries(nodes.map(({ name }) => [name, busy.hostKeys]));
        const result = await connectAll(
          nodes,
          await connectOptions(nodes, key.file, planned, {
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
      const proxy = await startProxy('127.0.0.1', sshd.port);
      const broken = await connectTo(sshd, key.file, { port: proxy.port });
      const watching = await connectTo(sshd, key.file);
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
      const narrow = await startSshd({ authorizedKeys: [key.publicKey], config: ['MaxSessions 2'] });
      const connection = await connectTo(narrow, key.file);
      const outputs = await Promise.all(
        Array.from({ length: 12 }, (_, number) => connection.read(`sleep 0.05; echo ${number}`)),
      );
      expect(outputs).toHaveLength(12);
      connection.close();
      await narrow.stop();
    });

    test('fails where an sshd allows no session at all', async () => {
      const closed = await startSshd({ authorizedKeys: [key.publicKey], config: ['MaxSessions 0'] });
      const connection = await connectTo(closed, key.file);
      await expect(connection.read('true')).rejects.toThrow(/it allows no further session/);
      connection.close();
      await closed.stop();
    }, 10_000);
  });
});

function hostKey(line: string, source: HostKey['source']): HostKey {
  return { ...tryParsePublicKey(line)!, source };
}

function keyOf(line: string): string {
  return line.split(' ')[1]!;
}

function noConnection(): never {
  throw new Error('it connected');
}
