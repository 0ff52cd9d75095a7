import { execFile } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import { connect, createServer as createTcpServer } from 'node:net';
import type { NodeContext, Role } from '../../roles';
import { sparkHistory, sparkMaster, sparkWorker } from '../../roles';
import { context, nodeInfo } from './_context';

/** Probes really run, against pages that answer as Spark does. */
const ADDRESS = '127.0.0.21';
const VERSION = '4.2.1';
const page = `<span class="version me-3">${VERSION}</span>`;
const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

async function serve(port: number, answers: Record<string, string>): Promise<void> {
  const server: Server = createServer((request, response) => {
    const answer = answers[request.url!];
    response.statusCode = answer === undefined ? 404 : 200;
    response.end(answer);
  });
  await new Promise<void>((resolve) => server.listen(port, ADDRESS, resolve));
  closing.push(() => server.close());
}

/** Keeps a connection open to something that listens there. */
async function connectTo(address: string, port: number): Promise<void> {
  const server = createTcpServer().listen(port, address);
  closing.push(() => server.close());
  await new Promise((resolve) => server.once('listening', resolve));
  const socket = connect(port, address);
  closing.push(() => socket.destroy());
  await new Promise((resolve) => socket.once('connect', resolve));
}

/** What a probe says; empty = healthy. The unit and its journal need systemd, so a stand-in answers. */
function ask(role: Role, name: string, at: NodeContext): Promise<string> {
  const { script } = role.health!(at).find((probe) => probe.name === name)!;
  return new Promise((resolve) => {
    const shell = execFile('sh', ['-s'], (error, stdout, stderr) =>
      resolve(error ? stdout.trim() || stderr.trim() : ''),
    );
    shell.stdin!.end(`journalctl() { echo '26/11/21 WARN Worker: why'; }\n${script}`);
  });
}

const at = context('master-0', [nodeInfo('master-0', { address: ADDRESS })]);

describe('master', () => {
  const alive = () => ask(sparkMaster, 'alive', at);

  test('ALIVE is well', async () => {
    await serve(8080, { '/json/': '{"status": "ALIVE"}', '/': page });
    expect(await alive()).toBe('');
  });

  test('STANDBY is told where there is no other', async () => {
    await serve(8080, { '/json/': '{"status": "STANDBY"}', '/': page });
    expect(await alive()).toContain('the master is STANDBY');
  });

  test('STANDBY is well among several that hear from ZooKeeper', async () => {
    const ZOOKEEPER = '127.0.0.23';
    const several = context('master-0', [
      nodeInfo('master-0', { address: ADDRESS }),
      nodeInfo('master-1'),
      nodeInfo('zookeeper-0', { address: ZOOKEEPER, roles: ['node', 'zookeeper'] }),
    ]);
    await serve(8080, { '/json/': '{"status": "STANDBY"}', '/': page });
    expect(await ask(sparkMaster, 'alive', several)).toContain(`STANDBY without a connection to ${ZOOKEEPER}:2181`);
    await connectTo(ZOOKEEPER, 2181);
    expect(await ask(sparkMaster, 'alive', several)).toBe('');
  });

  test('RECOVERING is not', async () => {
    await serve(8080, { '/json/': '{"status": "RECOVERING"}', '/': page });
    expect(await alive()).toBe('the master is RECOVERING\n26/11/21 WARN Worker: why');
  });

  test('another version is told', async () => {
    await serve(8080, { '/json/': '{"status": "ALIVE"}', '/': page.replace(VERSION, '3.5.9') });
    expect(await alive()).toContain('it runs Spark 3.5.9, not 4.2.1');
  });

  test('no answer is told', async () => {
    expect(await alive()).toContain(`http://${ADDRESS}:8080/json/ does not answer: [Errno 111] Connection refused`);
  });

  test('nonsense is told', async () => {
    await serve(8080, { '/json/': '<html>' });
    expect(await alive()).toContain('something else than JSON');
  });

  test('an open REST server is told', async () => {
    expect(await ask(sparkMaster, 'REST server off', at)).toBe('');
    await serve(6066, {});
    expect(await ask(sparkMaster, 'REST server off', at)).toContain('port 6066 is open');
  });
});

describe('worker', () => {
  const MASTER = '127.0.0.22';
  const worker = context('worker-0', [
    nodeInfo('master-0', { address: MASTER }),
    nodeInfo('worker-0', { address: ADDRESS }),
  ]);
  const registered = () => ask(sparkWorker, 'registered with the master', worker);
  const tells = (masterurl: string) => serve(8081, { '/json/': JSON.stringify({ masterurl }), '/': page });

  test('with a connection to the master that took it in is well', async () => {
    await connectTo(MASTER, 7077);
    await tells(`spark://${MASTER}:7077`);
    expect(await registered()).toBe('');
  });

  test('that no master took in is told, with what its journal says', async () => {
    await tells('');
    expect(await registered()).toBe('no master has taken this worker in\n26/11/21 WARN Worker: why');
  });

  test('whose master is gone is told', async () => {
    await tells(`spark://${MASTER}:7077`);
    expect(await registered()).toContain(`the connection to spark://${MASTER}:7077 is gone`);
  });

  test('of another master is told', async () => {
    await tells('spark://10.9.9.9:7077');
    expect(await registered()).toContain(`it belongs to spark://10.9.9.9:7077, not to ${MASTER}:7077`);
  });
});

describe('history server', () => {
  test('that lists applications is well', async () => {
    await serve(18080, { '/api/v1/applications?limit=1': '[]', '/api/v1/version': `{"spark": "${VERSION}"}` });
    expect(await ask(sparkHistory, 'answers', at)).toBe('');
  });

  test('of another version is told', async () => {
    await serve(18080, { '/api/v1/applications?limit=1': '[]', '/api/v1/version': '{"spark": "3.5.9"}' });
    expect(await ask(sparkHistory, 'answers', at)).toContain('it runs Spark 3.5.9, not 4.2.1');
  });
});
