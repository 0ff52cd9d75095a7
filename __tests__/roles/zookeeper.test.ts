import { execFile } from 'node:child_process';
import { createServer } from 'node:net';
import type { NodeContext, NodeInfo } from '../../roles';
import { sparkMaster, zookeeper } from '../../roles';
import { daemonConf } from '../../roles/spark/_conf-files';
import { workerMemoryMiB } from '../../roles/spark/_sizes';
import { zookeeperConf } from '../../roles/zookeeper/_conf';
import { CLUSTER, context, HA_CLUSTER, nodeInfo, parsed, SECRET } from './_context';

jest.setTimeout(60_000); // real programs, and the machine may be busy

const server = (name: string, changes: Partial<NodeInfo> = {}) =>
  nodeInfo(name, { roles: ['node', 'zookeeper'], ...changes });

/** What an operation of the role would write on a bare machine. */
function written(role: typeof zookeeper, at: NodeContext, name: string): string {
  const all = [...(role.install?.(at) ?? []), ...(role.configure?.(at) ?? []), ...(role.start?.(at) ?? [])];
  const operation = all.find((candidate) => candidate.name === name)!;
  return operation
    .changes(operation.fact.bare)
    .map(({ script }) => script)
    .join('\n');
}

describe('a server', () => {
  const conf = (at: NodeContext) => zookeeperConf(at).split('\n');

  test('knows all others by numbers that stay theirs', () => {
    const nodes = [server('zookeeper-0', { address: '10.0.0.5' }), server('zookeeper-4', { address: '10.0.0.9' })];
    expect(conf(context('zookeeper-4', nodes)).filter((line) => line.startsWith('server.'))).toEqual([
      'server.1=10.0.0.5:2888:3888',
      'server.5=10.0.0.9:2888:3888',
    ]);
    expect(written(zookeeper, context('zookeeper-4', nodes), '/var/lib/zookeeper/myid')).toContain("printf %s '5\n'");
  });

  test('listens on its own address, to clients and peers with a login, and to no administrator', () => {
    expect(conf(context('master-1', HA_CLUSTER))).toEqual(
      expect.arrayContaining([
        'clientPortAddress=10.0.0.12',
        'sessionRequireClientSASLAuth=true',
        'quorum.auth.serverRequireSasl=true',
        'quorum.auth.learnerRequireSasl=true',
        'admin.enableServer=false',
        '4lw.commands.whitelist=srvr',
      ]),
    );
  });

  test('that is alone has no peers', () => {
    expect(zookeeperConf(context('zookeeper-0', [server('zookeeper-0')]))).not.toMatch(/^server\./m);
  });

  test('refuses a number that another one has', () => {
    const nodes = [server('a-0'), server('b-0'), server('b-1')];
    expect(() => zookeeperConf(context('b-1', nodes))).toThrow(
      'a-0 and b-0 have the role zookeeper and the same number',
    );
  });

  test('runs as a user of its own, and may write its data alone', () => {
    const unit = written(zookeeper, context('master-1', HA_CLUSTER), 'zookeeper.service');
    for (const line of [
      'User=zookeeper',
      'ProtectSystem=strict',
      'ReadWritePaths=/var/lib/zookeeper',
      'Restart=always',
    ])
      expect(unit).toContain(`\n${line}\n`);
  });

  test.each([
    [1024, '-Xmx128m'],
    [4096, '-Xmx256m'],
  ])('on a node of %i MiB takes %s', (memoryMiB, heap) => {
    const at = context('zookeeper-0', [server('zookeeper-0', { memoryMiB })]);
    expect(written(zookeeper, at, 'zookeeper.service')).toContain(heap);
  });

  test('is left room beside a worker', () => {
    const alone = nodeInfo('worker-0', { memoryMiB: 8192 });
    const beside = nodeInfo('worker-0', { memoryMiB: 8192, roles: ['node', 'zookeeper', 'spark-worker'] });
    expect(workerMemoryMiB(alone) - workerMemoryMiB(beside)).toBe(256);
  });

  test('is open to masters, and to its like, on these ports alone', () => {
    expect(zookeeper.exposes.map(({ port, from }) => [port, from])).toEqual([
      [2181, ['spark-master']],
      [2888, ['zookeeper']],
      [3888, ['zookeeper']],
    ]);
  });
});

describe('a master', () => {
  test('finds who leads in the ZooKeeper of its cluster, after that has started', () => {
    expect(sparkMaster.after).toEqual(['zookeeper']);
    expect(parsed(daemonConf(context('master-0', HA_CLUSTER)))).toMatchObject({
      'spark.deploy.recoveryMode': 'ZOOKEEPER',
      'spark.deploy.zookeeper.url': '10.0.0.11:2181,10.0.0.12:2181,10.0.0.13:2181',
      'spark.deploy.zookeeper.dir': '/spark/dev',
    });
  });

  test('shows its login there, which is in a file that is its own', () => {
    const at = context('master-0', HA_CLUSTER);
    const unit = written(sparkMaster, at, 'spark-master.service');
    const [, path = ''] = /-Djava\.security\.auth\.login\.config=(\S+)/.exec(unit) ?? [];
    expect(written(sparkMaster, at, path)).toContain(`password="${SECRET}"`);
    expect(unit).not.toContain(SECRET);
  });

  test('has none of it where there is no ZooKeeper', () => {
    const at = context('master-0', CLUSTER);
    expect(daemonConf(at).reveal()).not.toContain('ookeeper');
    expect(written(sparkMaster, at, 'spark-master.service')).not.toContain('SPARK_MASTER_OPTS');
  });

  test('a worker is restarted by no change of the ZooKeeper', () => {
    const without = HA_CLUSTER.map((node) => ({ ...node, roles: node.roles.filter((role) => role !== 'zookeeper') }));
    const own = { spark: { conf: { 'spark.deploy.zookeeper.url': 'a:1', 'spark.deploy.recoveryMode': 'ZOOKEEPER' } } };
    const worker = (nodes: readonly NodeInfo[]) => daemonConf(context('worker-0', nodes)).reveal();
    expect(daemonConf(context('master-0', without, own)).reveal()).toContain('a:1');
    expect(worker(HA_CLUSTER)).toBe(worker(without));
  });
});

/** The probe really runs, against something that answers as ZooKeeper does. */
describe('the probe', () => {
  const ADDRESS = '127.0.0.31';
  const three = ['zookeeper-0', 'zookeeper-1', 'zookeeper-2'].map((name) => server(name, { address: ADDRESS }));
  const closing: (() => void)[] = [];
  afterEach(() => {
    for (const close of closing.splice(0)) close();
  });

  async function serve(answer: string): Promise<void> {
    const listener = createServer((socket) => void socket.once('data', () => socket.end(answer)));
    await new Promise<void>((resolve) => listener.listen(2181, ADDRESS, resolve));
    closing.push(() => listener.close());
  }

  function ask(nodes: readonly NodeInfo[]): Promise<string> {
    const { script } = zookeeper.health!(context('zookeeper-0', nodes)).find(({ name }) => name === 'in a quorum')!;
    return new Promise((resolve) => {
      const shell = execFile('sh', ['-s'], (error, stdout, stderr) => resolve(error ? stdout.trim() || stderr : ''));
      shell.stdin!.end(`journalctl() { echo '26/11/28 10:00:00 WARN QuorumPeer: why'; }\n${script}`);
    });
  }

  test.each(['leader', 'follower'])('a %s is well', async (mode) => {
    await serve(`Zookeeper version: 3.9.5\nMode: ${mode}\nNode count: 5\n`);
    expect(await ask(three)).toBe('');
  });

  test('one that is alone is well alone', async () => {
    await serve('Mode: standalone\n');
    expect(await ask(three.slice(0, 1))).toBe('');
    expect(await ask(three)).toContain('it is standalone, and should be one of 3');
  });

  test('one without a quorum is told, with what its journal says', async () => {
    await serve('This ZooKeeper instance is not currently serving requests\n');
    expect(await ask(three)).toBe(
      'it is in no quorum: This ZooKeeper instance is not currently serving requests\n' +
        '26/11/28 10:00:00 WARN QuorumPeer: why',
    );
  });

  test('no answer is told', async () => {
    expect(await ask(three)).toContain(`${ADDRESS}:2181 does not answer`);
  });
});
