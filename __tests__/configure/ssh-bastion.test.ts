import { Connector, connectAll, connectNode } from '../../configure/connect';
import { HostKeys } from '../../configure/host-keys';
import { wayTo } from '../../configure/ssh-way';
import { sshdFixture } from '../_ssh-fixture';
import { connectOptions, deployedNode } from '../_ssh-node';
import { describeSsh, type Sshd, startSshd } from '../_sshd';
import { startWall } from '../_wall';

test.each([
  ['a floating IP', deployedNode('w', { floatingIp: '192.0.2.7' }), { host: '192.0.2.7' }],
  [
    'a bastion',
    deployedNode('w', { address: '10.0.0.5' }),
    { host: '10.0.0.5', through: expect.objectContaining({ name: 'bastion-0' }) },
  ],
])('the way to a node leads by %s', (_, node, way) => {
  const bastion = deployedNode('bastion-0', { roles: ['node', 'bastion'], floatingIp: '192.0.2.1' });
  const notDeployed = deployedNode('bastion-1', { roles: ['node', 'bastion'] });
  expect(wayTo(node, [notDeployed, node, bastion])).toEqual(way);
});

test('where there is no bastion a node is reached by its fixed address', () => {
  const node = deployedNode('w', { address: '10.0.0.5' });
  expect(wayTo(node, [node, deployedNode('m', { floatingIp: '192.0.2.1' })])).toEqual({ host: '10.0.0.5' });
});

describeSsh('nodes behind a bastion', () => {
  const ssh = sshdFixture(() => ({ address: '127.0.0.3' }));
  const bastion = deployedNode('bastion-0', {
    roles: ['node', 'bastion'],
    address: '10.0.0.2',
    floatingIp: '127.0.0.2',
  });
  const worker = deployedNode('worker-0', { address: '127.0.0.3' });
  let port: number;
  beforeAll(() => {
    port = ssh.sshd.port;
  });

  let outer: Sshd;
  const startBastion = async (config: readonly string[] = []): Promise<void> => {
    outer = await startSshd({ address: '127.0.0.2', port, authorizedKeys: [ssh.key.publicKey], config });
  };
  afterEach(() => outer.stop());
  const optionsFor = (nodes = [bastion, worker], sshSeconds = 20) => {
    const planned = Object.fromEntries(
      nodes.map(({ name }) => [name, name === 'bastion-0' ? outer.hostKeys : ssh.sshd.hostKeys]),
    );
    return connectOptions(nodes, ssh.key.file, planned, { port, timeouts: { sshSeconds, cloudInitSeconds: 0 } });
  };

  test('are reached over its connection, each with its own host key checked', async () => {
    await startBastion(['LogLevel DEBUG1']);
    const connection = await connectNode(worker, await optionsFor());
    expect(await connection.read('echo $SSH_CONNECTION')).toContain(`127.0.0.3 ${port}`);
    expect(outer.log()).toContain(`originator 127.0.0.1 port 0, target 127.0.0.3 port ${port}`);
    connection.close();
  });

  test('thirty nodes use one connection of it, fewer log-ins at a time than an sshd takes', async () => {
    await startBastion();
    const before = ssh.sshd.log().length;
    const workers = Array.from({ length: 30 }, (_, number) =>
      deployedNode(`worker-${number}`, { address: '127.0.0.3' }),
    );
    const nodes = [bastion, ...workers];
    const { connections, failures, close } = await connectAll(nodes, await optionsFor(nodes));
    expect([...failures.values()]).toEqual([]);
    const outputs = await Promise.all([...connections.values()].map((connection) => connection.read('echo $PPID')));
    expect(new Set(outputs).size).toBe(31);
    expect(outer.log().match(/Accepted publickey/g)).toHaveLength(1);
    const atOnce = logInsAtOnce(ssh.sshd.log().slice(before));
    expect(atOnce).toBeGreaterThan(1);
    expect(atOnce).toBeLessThan(10);
    close();
  });

  test('a bastion that forbids forwarding is named, with what to do', async () => {
    await startBastion(['AllowTcpForwarding no']);
    const connecting = connectNode(worker, await optionsFor());
    await expect(connecting).rejects.toThrow(
      /worker-0 \(127\.0\.0\.3 through bastion-0\) could not be reached by SSH: .*the sshd of bastion-0 forbids it \(AllowTcpForwarding/,
    );
  });

  test('a bastion that is dead is named for every node behind it', async () => {
    await startBastion();
    await outer.stop();
    const { failures } = await connectAll([worker], await optionsFor([bastion, worker], 0.5));
    expect(failures.get('worker-0')!.message).toMatch(
      /^worker-0 is reached through bastion-0, which failed: bastion-0 \(127\.0\.0\.2\) could not be reached/,
    );
  });

  test('say that it is off where its server is to be, without a try', async () => {
    await startBastion();
    const off = new Set(['bastion-0']);
    const { failures } = await connectAll([worker], { ...(await optionsFor()), off });
    expect(failures.get('worker-0')!.message).toBe(
      'worker-0 is reached through bastion-0, which is off: "firesteel start dev bastion-0" starts it',
    );
    expect(outer.log()).not.toContain('Accepted');
  });

  describe('of which there are two', () => {
    const dead = deployedNode('bastion-1', { roles: ['node', 'bastion'], floatingIp: '127.0.0.4' });
    const silent = deployedNode('bastion-2', { roles: ['node', 'bastion'], floatingIp: '127.0.0.9' });

    test('are reached through the other when the first is dead', async () => {
      await startBastion();
      const connection = await connectNode(worker, await optionsFor([dead, bastion, worker], 2));
      expect(await connection.read('echo $SSH_CONNECTION')).toContain(`127.0.0.3 ${port}`);
      connection.close();
    });

    test('are reached through the other when the first says nothing, which is not waited for any longer', async () => {
      await startBastion();
      const wall = await startWall('127.0.0.9', port);
      try {
        const connection = await connectNode(worker, await optionsFor([silent, bastion, worker], 600));
        expect(await connection.read('echo $SSH_CONNECTION')).toContain(`127.0.0.3 ${port}`);
        connection.close();
      } finally {
        wall.stop();
      }
    });

    test('are both connected to, but for the one that says nothing', async () => {
      await startBastion();
      const wall = await startWall('127.0.0.9', port);
      const connector = new Connector(await optionsFor([silent, bastion], 600));
      try {
        const connections = await connector.connectAnswering([silent, bastion]);
        expect(connections.map(({ node }) => node)).toEqual(['bastion-0']);
      } finally {
        connector.close();
        wall.stop();
      }
    });

    test('do not try the one whose server is to be off', async () => {
      await startBastion();
      const { failures } = await connectAll([worker], {
        ...(await optionsFor([dead, bastion, worker], 0.5)),
        off: new Set(['bastion-0']),
      });
      expect(failures.get('worker-0')!.message).toMatch(/^worker-0 is reached through bastion-1, which failed: /);
      expect(outer.log()).not.toContain('Accepted');
    });

    test('are told with both reasons when neither answers', async () => {
      await startBastion();
      await outer.stop();
      const { failures } = await connectAll([worker], await optionsFor([dead, bastion, worker], 0.5));
      expect(failures.get('worker-0')!.message).toMatch(
        /^worker-0 is reached through bastion-1 or bastion-0, which failed: bastion-1 \(127\.0\.0\.4\).*; bastion-0 \(127\.0\.0\.2\)/,
      );
    });
  });

  test('a node behind it that says nothing at all is given up in time', async () => {
    await startBastion();
    const silent = deployedNode('worker-9', { address: '127.0.0.9' });
    const wall = await startWall('127.0.0.9', port);
    try {
      const { failures, close } = await connectAll([silent], await optionsFor([bastion, silent], 4));
      expect(failures.get('worker-9')!.message).toContain(`127.0.0.9:${port} does not answer bastion-0`);
      close();
    } finally {
      wall.stop();
    }
  });

  test('a node behind it that ends while it works is told at once', async () => {
    await startBastion();
    const mortal = await startSshd({ address: '127.0.0.4', port, authorizedKeys: [ssh.key.publicKey] });
    const node = deployedNode('worker-4', { address: '127.0.0.4' });
    const options = { ...(await optionsFor()), cluster: { environment: 'dev', nodes: [bastion, node] } };
    const hostKeys = new HostKeys({
      environment: 'dev',
      planned: { 'bastion-0': outer.hostKeys, 'worker-4': mortal.hostKeys },
    });
    const connection = await connectNode(node, { ...options, hostKeys });
    const onLine = () => void mortal.stop();
    const run = connection.apply('echo begun; sleep 4325', { onLine });

    await expect(run).rejects.toThrow('worker-4: the connection broke while changing the node');
    connection.close();
  }, 20_000);

  test('a node behind it that is dead is told apart from the bastion', async () => {
    await startBastion();
    const dead = deployedNode('worker-9', { address: '127.0.0.9' });
    const nodes = [bastion, worker, dead];
    const { connections, failures, close } = await connectAll(nodes, await optionsFor(nodes, 1));
    expect([...connections.keys()].sort()).toEqual(['bastion-0', 'worker-0']);
    expect(failures.get('worker-9')!.message).toMatch(
      /^worker-9 \(127\.0\.0\.9 through bastion-0\) could not be reached by SSH within 1 s: .*Connection refused/,
    );
    close();
  });
});

/**
 * How many log-ins an sshd carried at most at a time, from its log. sshd itself counts each a little longer
 * (MaxStartups): on a busy machine its first process learns late that another one's log-in is done.
 */
function logInsAtOnce(log: string): number {
  const open = new Set<string>();
  let most = 0;
  for (const [, what, port] of log.matchAll(/^(Connection from|Accepted publickey for).*? port (\d+)/gm)) {
    if (what === 'Connection from') open.add(port!);
    else open.delete(port!);
    most = Math.max(most, open.size);
  }
  return most;
}
