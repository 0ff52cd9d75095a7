import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Http2Server, type IncomingHttpHeaders } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Secret } from '../../operations';
import type { NodeContext } from '../../roles';
import { sparkMaster, sparkWorker } from '../../roles';
import { connectForward } from '../../roles/spark/_connect-client';
import { workerMemoryMiB } from '../../roles/spark/_sizes';
import { sparkConfConflicts } from '../../roles/spark/conf';
import { sparkConnect } from '../../roles/spark/spark-connect';
import { CLUSTER, context, nodeInfo, parsed, SECRET } from './_context';

jest.setTimeout(60_000); // real programs, and the machine may be busy

const connect = nodeInfo('connect-0', { roles: ['node', 'spark-connect'], address: '10.0.0.50' });
const nodes = [...CLUSTER, connect];

function written(of: NodeContext, name: string): string {
  const all = [...sparkConnect.configure!(of), ...sparkConnect.start!(of)];
  const operation = all.find((candidate) => candidate.name === name)!;
  return operation
    .changes(operation.fact.bare)
    .map(({ script }) => script)
    .join('\n');
}

function conf(changes: Parameters<typeof context>[2] = {}): Record<string, string> {
  const script = written(context('connect-0', nodes, changes), '/etc/spark/connect.conf');
  return parsed(new Secret(/printf %s '(.*?)'/s.exec(script)![1]!));
}

test('the server is a driver on the cluster that listens on its own address and asks for a token', () => {
  expect(conf()).toMatchObject({
    'spark.master': 'spark://10.0.0.11:7077',
    'spark.driver.host': '10.0.0.50',
    'spark.connect.grpc.binding.address': '10.0.0.50',
    'spark.connect.grpc.binding.port': '15002',
    'spark.connect.authenticate.token': SECRET,
    'spark.authenticate': 'true',
    'spark.dynamicAllocation.enabled': 'true',
  });
});

test("the user's conf may say how it shares the cluster, and not who is let in", () => {
  const changes = { spark: { conf: { 'spark.dynamicAllocation.enabled': 'false', 'spark.cores.max': '2' } } };
  expect(conf(changes)).toMatchObject({ 'spark.dynamicAllocation.enabled': 'false', 'spark.cores.max': '2' });
  const keys = ['token', 'grpc'].map((part) =>
    part === 'token' ? 'spark.connect.authenticate.token' : 'spark.connect.grpc.binding.port',
  );
  expect(sparkConfConflicts(keys).map(({ key }) => key)).toEqual(keys);
});

test('its secrets are in one file that drivers can read, and in no command line', () => {
  const of = context('connect-0', nodes);
  expect(written(of, '/etc/spark/connect.conf')).toContain("chmod -- '0640'");
  const unit = written(of, 'spark-connect.service');
  expect(unit).toContain(
    '/bin/spark-class org.apache.spark.deploy.SparkSubmit --properties-file /etc/spark/connect.conf',
  );
  expect(unit).not.toContain(SECRET);
  for (const { script } of sparkConnect.health!(of)) expect(script).not.toContain(SECRET);
});

test('drivers on it and executors of workers can reach each other, and the masters know it', () => {
  const reached = (role: typeof sparkConnect, from: string): unknown[] =>
    role.exposes.filter((port) => port.from.includes(from)).map(({ port }) => port);
  expect(reached(sparkConnect, 'spark-worker')).toEqual([
    [7079, 7094],
    [7095, 7110],
  ]);
  expect(reached(sparkWorker, 'spark-connect')).toEqual([[7095, 7126]]);
  expect(reached(sparkMaster, 'spark-connect')).toEqual([7077]);
  expect(reached(sparkConnect, 'jupyter')).toEqual([15002]);
});

test.each(['3.5.9', '4.0.5', '4.0.99'])('refuses Spark %s, which would ask for no token', (version) => {
  const settings = context('connect-0', nodes).settings;
  const of = { settings: { ...settings, spark: { ...settings.spark, version } }, count: () => 1 };
  expect(sparkConnect.fits!(of)).toContain(`needs Spark 4.1.0 or later, and spark.version is ${version}`);
  expect(sparkConnect.fits!({ settings, count: () => 1 })).toBeUndefined();
  expect(sparkConnect.fits!({ settings, count: () => 0 })).toBe('needs a group with the role spark-master');
});

test('a worker beside it leaves room for its driver', () => {
  const alone = nodeInfo('worker-0', { memoryMiB: 8192 });
  const beside = nodeInfo('worker-0', { memoryMiB: 8192, roles: ['node', 'spark-worker', 'spark-connect'] });
  expect(workerMemoryMiB(alone) - workerMemoryMiB(beside)).toBe(768);
});

test('clients find it on their own loopback address, where there is one', () => {
  const [forward] = connectForward(context('master-0', nodes), 'spark');
  const unit = forward!
    .changes(forward!.fact.bare)
    .map(({ script }) => script)
    .join('\n');
  expect(unit).toContain('-l 127.0.0.1:15002 /usr/lib/systemd/systemd-socket-proxyd 10.0.0.50:15002');
  expect(connectForward(context('master-0', CLUSTER), 'spark')).toEqual([]);
});

/** The probe really runs, against something that answers as Spark Connect does. */
describe('the probe', () => {
  let server: Http2Server;
  let folder: string;
  let token: string | undefined = SECRET;
  let version = '4.2.1';
  const heard: IncomingHttpHeaders[] = [];

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'firesteel-connect-'));
    writeFileSync(join(folder, 'connect.conf'), `# x\nspark.connect.authenticate.token ${SECRET}\n`);
    server = createServer();
    server.on('stream', (stream, headers) => {
      heard.push(headers);
      const refused = token !== undefined && headers.authorization !== `Bearer ${token}`;
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': refused ? '16' : '0' }));
      stream.end(refused ? undefined : answerOf(version));
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  });
  afterEach(async () => {
    await new Promise((closed) => server.close(closed));
    rmSync(folder, { recursive: true });
    token = SECRET;
    version = '4.2.1';
  });

  /** AnalyzePlanResponse: the session, the version, the server's session. */
  function answerOf(running: string): Buffer {
    const field = (number: number, data: Buffer): Buffer =>
      Buffer.concat([Buffer.from([(number << 3) | 2, data.length]), data]);
    const id = Buffer.from('00000000-0000-0000-0000-000000000000');
    const body = Buffer.concat([field(1, id), field(8, field(1, Buffer.from(running))), field(15, id)]);
    const head = Buffer.alloc(5);
    head.writeUInt32BE(body.length, 1);
    return Buffer.concat([head, body]);
  }

  function ask(): Promise<string> {
    const { script } = sparkConnect.health!(context('connect-0', nodes)).find(({ name }) => name === 'answers')!;
    const here = script.replace(
      "'10.0.0.50' '15002' '/etc/spark/connect.conf'",
      `127.0.0.1 ${(server.address() as AddressInfo).port} ${folder}/connect.conf`,
    );
    return new Promise((resolve) => {
      const shell = execFile('sh', ['-s'], (error, stdout, stderr) => resolve(error ? stdout.trim() || stderr : ''));
      shell.stdin!.end(`journalctl() { :; }\n${here}`);
    });
  }

  test('one that knows its token and answers nobody else is well', async () => {
    expect(await ask()).toBe('');
    expect(heard.at(-2)).toMatchObject({
      ':path': '/spark.connect.SparkConnectService/AnalyzePlan',
      authorization: `Bearer ${SECRET}`,
    });
    expect(heard.at(-1)!.authorization).toBeUndefined();
  });

  test('another version is told', async () => {
    version = '4.1.4';
    expect(await ask()).toBe('it runs Spark 4.1.4, not 4.2.1');
  });

  test('one with another token is told', async () => {
    token = 'another';
    expect(await ask()).toBe('it refuses its own token');
  });

  test('one that lets in everybody is told', async () => {
    token = undefined;
    expect(await ask()).toBe('it answers everybody, without a token');
  });
});
