import { type ConnectOptions, connectNode } from '../../configure/connect';
import { HostKeyError } from '../../configure/errors';
import { HostKeys, type HostKeysOptions } from '../../configure/host-keys';
import { fingerprint } from '../../configure/ssh-key';
import type { ProgressEvent } from '../../plan/progress';
import { sshdFixture } from '../_ssh-fixture';
import { connectOptions, deployedNode, hostKey } from '../_ssh-node';
import { describeSsh, makeKey, startSshd } from '../_sshd';

describeSsh('host keys of real sshds', () => {
  const ssh = sshdFixture(() => ({ hostKeyTypes: ['ed25519', 'ecdsa', 'rsa'], config: ['LogLevel DEBUG1'] }));
  const node = deployedNode('worker-1');
  let otherKey: string;

  beforeAll(() => {
    otherKey = makeKey(ssh.folder, 'other').publicKey.split(' ').slice(0, 2).join(' ');
  });

  const options = (hostKeys: Omit<HostKeysOptions, 'environment'>, overrides: Partial<ConnectOptions> = {}) =>
    connectOptions(
      [node],
      ssh.key.file,
      {},
      { port: ssh.sshd.port, hostKeys: new HostKeys({ environment: 'dev', ...hostKeys }), ...overrides },
    );

  test('a stored key of the server id lets us in, by its own type and the fast exchange', async () => {
    const stored = { [node.serverId]: [hostKey(ssh.sshd.hostKeys[1]!)] };
    const connection = await connectNode(node, await options({ stored }));
    connection.close();
    expect(ssh.sshd.log()).toContain('kex: host key algorithm: ecdsa-sha2-nistp256');
    expect(ssh.sshd.log()).toMatch(/kex: algorithm: curve25519-sha256/);
  });

  test('fails with another stored key: nothing is sent, and the message says what it can mean and what to do', async () => {
    const stored = { [node.serverId]: [hostKey(otherKey)] };
    const before = ssh.sshd.log().length;
    const error = await connectNode(node, await options({ stored })).then(
      noConnection,
      (reason: HostKeyError) => reason,
    );
    expect(error).toBeInstanceOf(HostKeyError);
    expect(error).toMatchObject({
      node: 'worker-1',
      expected: [`${fingerprint(keyOf(otherKey))} (ssh-ed25519, from its console log)`],
      offered: `${fingerprint(keyOf(ssh.sshd.hostKeys[0]!))} (ssh-ed25519)`,
    });
    expect(error.message).toContain(
      'worker-1 (127.0.0.1) showed a wrong SSH host key and was refused; nothing was sent to it.',
    );
    expect(error.message).toContain(`hostKeys: { worker-1: ["${fingerprint(keyOf(ssh.sshd.hostKeys[0]!))}"] }`);
    expect(ssh.sshd.log().slice(before)).not.toContain('userauth-request');
  });

  test('fails when the server has no key of a known type', async () => {
    const ed25519 = await startSshd({ authorizedKeys: [ssh.key.publicKey] });
    try {
      const stored = { [node.serverId]: [hostKey(ssh.sshd.hostKeys[2]!)] };
      const connecting = connectNode(node, await options({ stored }, { port: ed25519.port }));
      await expect(connecting).rejects.toThrow(/offered {3}no key of these types/);
    } finally {
      await ed25519.stop();
    }
  });

  test('a rebuilt server is asked again: its console log confirms the new key, which is stored', async () => {
    const stored = { [node.serverId]: [hostKey(otherKey)] };
    const saved: unknown[] = [];
    const events: ProgressEvent[] = [];
    const asked: string[] = [];
    const hostKeys: Omit<HostKeysOptions, 'environment'> = {
      stored,
      consoleHostKeys: async (serverId) => {
        asked.push(serverId);
        return ssh.sshd.hostKeys;
      },
      save: async (keys) => void saved.push(keys),
      onProgress: (event) => events.push(event),
    };
    const connection = await connectNode(node, await options(hostKeys));
    connection.close();
    expect(asked).toEqual([node.serverId]);
    expect(saved).toEqual([{ [node.serverId]: ssh.sshd.hostKeys.map((line) => hostKey(line)) }]);
    expect(events).toContainEqual(
      expect.objectContaining({ state: 'warn', text: expect.stringContaining('a rebuilt server') }),
    );
  });

  test('fails when the console log of a rebuilt server does not confirm the new key', async () => {
    const stored = { [node.serverId]: [hostKey(otherKey)] };
    const hostKeys = { stored, consoleHostKeys: async () => [otherKey] };
    await expect(connectNode(node, await options(hostKeys))).rejects.toThrow(HostKeyError);
  });

  test('the plan confirms what the inventory has no longer right', async () => {
    const stored = { [node.serverId]: [hostKey(otherKey)] };
    const hostKeys = { stored, planned: { 'worker-1': [fingerprint(keyOf(ssh.sshd.hostKeys[0]!))] } };
    const connecting = await options(hostKeys);
    (await connectNode(node, connecting)).close();
    expect(connecting.hostKeys.all).toEqual({ [node.serverId]: [hostKey(ssh.sshd.hostKeys[0]!, 'plan')] });
  });

  test('refuses a key that was accepted on first use once the plan says another', async () => {
    const stored = { [node.serverId]: [hostKey(ssh.sshd.hostKeys[0]!, 'first-use')] };
    const connecting = options({ stored, planned: { [node.name]: [otherKey] } });
    await expect(connectNode(node, await connecting)).rejects.toThrow(HostKeyError);
  });

  test('a fingerprint of any of its keys lets us in, and no other', async () => {
    for (const line of ssh.sshd.hostKeys) {
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
    const hostKeys = { consoleHostKeys: async () => (++asked < 3 ? [] : ssh.sshd.hostKeys) };
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
    expect(connecting.hostKeys.all).toEqual({ [node.serverId]: [hostKey(ssh.sshd.hostKeys[0]!, 'first-use')] });
    expect(events).toContainEqual(
      expect.objectContaining({ state: 'warn', text: expect.stringContaining('--trust-on-first-use') }),
    );
  });
});

function keyOf(line: string): string {
  return line.split(' ')[1]!;
}

function noConnection(): never {
  throw new Error('it connected');
}
