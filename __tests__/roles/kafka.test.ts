import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Secret } from '../../operations';
import type { NodeContext, NodeInfo } from '../../roles';
import { clusterId, controllers, heapMiB, kafkaConf } from '../../roles/kafka/_conf';
import { notInClear } from '../../roles/kafka/_in-clear';
import { KAFKA_BROKER_SECRET } from '../../roles/kafka/_login';
import { kafkaStorage } from '../../roles/kafka/_storage';
import { kafkaTopics } from '../../roles/kafka/_topics';
import { kafkaVotes } from '../../roles/kafka/_votes';
import { KAFKA_JARS } from '../../roles/kafka/jars';
import { kafka } from '../../roles/kafka/kafka';
import { node } from '../../roles/node';
import type { Role } from '../../roles/role';
import { sparkServices } from '../../roles/spark/_services';
import { context, nodeInfo, SECRET } from './_context';

const broker = (number: number, changes: Partial<NodeInfo> = {}): NodeInfo =>
  nodeInfo(`kafka-${number}`, { roles: ['node', 'kafka'], address: `10.0.0.${30 + number}`, ...changes });
const brokers = (count: number): NodeInfo[] => Array.from({ length: count }, (_, number) => broker(number));

function at(number: number, count = 3, settings: object = {}, nodes = brokers(count)): NodeContext {
  return context(`kafka-${number}`, nodes, { roles: { kafka: settings } });
}

/** What people see of all that is done on a bare machine. */
function shown(of: NodeContext): string {
  const changes = operationsOf(kafka, of).flatMap((operation) => operation.changes(operation.fact.bare));
  return changes.map(({ description, diff }) => `${description}${diff}`).join('\n');
}

function entries(of: NodeContext): Record<string, string> {
  const lines = kafkaConf(of).reveal().split('\n');
  return Object.fromEntries(
    lines
      .filter((line) => line.includes('='))
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
}

const operationsOf = (role: Role, of: NodeContext) => [
  ...(role.install?.(of) ?? []),
  ...(role.configure?.(of) ?? []),
  ...(role.start?.(of) ?? []),
];

/** What an operation of the role would do on a bare machine. */
function written(of: NodeContext, name: string): string {
  const operation = operationsOf(kafka, of).find((candidate) => candidate.name === name)!;
  return operation
    .changes(operation.fact.bare)
    .map(({ script }) => script)
    .join('\n');
}

describe('membership', () => {
  test.each([
    [1, 1],
    [2, 1],
    [3, 3],
    [4, 3],
    [5, 5],
    [9, 5],
  ])('of %i brokers %i are controllers', (count, expected) => {
    expect(controllers(at(0, count)).map(({ name }) => name)).toEqual(
      Array.from({ length: expected }, (_, number) => `kafka-${number}`),
    );
  });

  test('a node has an id that stays its own, and roles by its place among them', () => {
    expect(entries(at(0))).toMatchObject({ 'node.id': '1', 'process.roles': 'broker,controller' });
    expect(entries(at(3, 4))).toMatchObject({
      'node.id': '4',
      'process.roles': 'broker',
      listeners: 'CLIENT://10.0.0.33:9092,BROKER://10.0.0.33:9093',
      'controller.quorum.bootstrap.servers': '10.0.0.30:9094,10.0.0.31:9094,10.0.0.32:9094',
    });
    const without = [broker(2), broker(4)];
    expect(entries(at(4, 0, {}, without))['node.id']).toBe('5');
    expect(controllers(at(4, 0, {}, without)).map(({ name }) => name)).toEqual(['kafka-2']);
  });

  test('the cluster has an id of its own by its name and region, as Kafka takes it', () => {
    const ids = [clusterId('dev'), clusterId('prod'), clusterId('dev', 'One'), clusterId('dev', 'Two')];
    expect(new Set(ids).size).toBe(4);
    for (const id of ids) expect(id).toMatch(/^[A-Za-z0-9_][A-Za-z0-9_-]{21}$/);
    expect(clusterId('dev', 'One')).toBe(ids[2]);
    expect(clusterId('dev')).toBe('YC-aO32NxZmcZLWLk8IQ-Q');
  });

  test('refuses two nodes of one number', () => {
    const nodes = [broker(0), nodeInfo('other-0', { roles: ['kafka'] })];
    expect(() => kafkaConf(context('kafka-0', nodes))).toThrow(
      'kafka-0 and other-0 have the role kafka and the same number',
    );
  });
});

describe('who may do what', () => {
  test('it listens on its own address, to nobody without a login', () => {
    const conf = entries(at(1));
    expect(conf.listeners).toBe('CLIENT://10.0.0.31:9092,BROKER://10.0.0.31:9093,CONTROLLER://10.0.0.31:9094');
    expect(conf['advertised.listeners']).toBe(conf.listeners);
    const protocols = conf['listener.security.protocol.map']!.split(',').map((each) => each.split(':'));
    expect(protocols).toEqual(['CLIENT', 'BROKER', 'CONTROLLER'].map((listener) => [listener, 'SASL_SSL']));
    expect(conf).toMatchObject({ 'allow.everyone.if.no.acl.found': 'false', 'super.users': 'User:broker' });
  });

  test('clients have a login that opens neither the brokers’ door nor the controllers’', () => {
    const conf = entries({ ...at(0), secret: (name) => new Secret(`secret-of-${name}`) });
    expect(conf['listener.name.client.plain.sasl.jaas.config']).toContain('user_client="secret-of-kafka.client"');
    expect(conf['listener.name.client.plain.sasl.jaas.config']).not.toContain('user_broker');
    for (const listener of ['broker', 'controller'])
      expect(conf[`listener.name.${listener}.plain.sasl.jaas.config`]).not.toContain('kafka.client');
  });

  test('is open to clients, those of other regions too, and to its like, on these ports alone', () => {
    const clients = ['spark-master', 'spark-worker', 'spark-connect', 'jupyter', 'flask-app'];
    expect(kafka.exposes.map(({ port, from, across }) => [port, from, across])).toEqual([
      [9092, ['kafka', ...clients], clients],
      [9093, ['kafka'], undefined],
      [9094, ['kafka'], undefined],
    ]);
  });

  test('secrets are in files that few can read, and in nothing that is shown', () => {
    const of = at(0);
    const holding = operationsOf(kafka, of).flatMap((operation) =>
      operation.changes(operation.fact.bare).flatMap(({ script, description, diff }) => {
        expect(`${description}${diff}`).not.toContain(SECRET);
        return script.includes(SECRET) ? [`${operation.kind} ${operation.name}`] : [];
      }),
    );
    expect(holding).toEqual([
      'file /etc/kafka/client.properties',
      'file /etc/kafka/admin.properties',
      'file /etc/kafka/server.properties',
    ]);
    expect(shown(of)).not.toContain('PRIVATE KEY');
    expect(written(of, '/etc/kafka/client.properties')).toContain("chmod -- '0600'");
    expect(written(of, '/etc/kafka/admin.properties')).toContain("chmod -- '0600'");
    expect(written(of, '/etc/kafka/server.properties')).toContain("chmod -- '0640'");
    for (const { script } of [...kafka.health!(of)]) expect(script).not.toContain(SECRET);
    expect(JSON.stringify(kafka.drain!(of))).not.toContain(SECRET);
  });

  test.each(kafka.secrets!)('$name can be read back from a node', ({ name, recover }) => {
    const folder = mkdtempSync(join(tmpdir(), 'firesteel-kafka-'));
    const file = join(folder, 'server.properties');
    const hex = (secret: string): string => Buffer.from(secret).toString('hex');
    writeFileSync(file, kafkaConf({ ...at(0), secret: (secret) => new Secret(hex(secret)) }).reveal());
    const script = recover.replace("'/etc/kafka/server.properties'", file);
    expect(execFileSync('sh', ['-c', script], { encoding: 'utf8' }).trim()).toBe(hex(name));
    rmSync(folder, { recursive: true });
  });

  test('runs as a user of its own, and may write its data alone', () => {
    const unit = written(at(0), 'kafka.service');
    for (const line of ['User=kafka', 'ProtectSystem=strict', 'ReadWritePaths=/var/lib/kafka', 'NoNewPrivileges=yes'])
      expect(unit).toContain(`\n${line}\n`);
    expect(unit.lastIndexOf('TimeoutStopSec=120')).toBeGreaterThan(unit.lastIndexOf('TimeoutStopSec=30'));
  });
});

describe('TLS', () => {
  test('all show the certificate of the cluster and trust its authority alone, whatever address it is shown at', () => {
    expect(entries(at(1))).toMatchObject({
      'ssl.keystore.type': 'PEM',
      'ssl.keystore.location': '/etc/kafka/cluster.pem',
      'ssl.truststore.type': 'PEM',
      'ssl.truststore.location': '/etc/kafka/cluster.crt',
      'ssl.endpoint.identification.algorithm': '',
    });
    for (const file of ['client', 'admin'])
      expect(written(at(1), `/etc/kafka/${file}.properties`)).toContain(
        'ssl.truststore.location=/etc/kafka/cluster.crt\n',
      );
  });

  test('the key is for brokers alone, and all of them have the same', () => {
    const keyStore = written(at(0), '/etc/kafka/cluster.pem');
    expect(keyStore.match(/-----BEGIN [A-Z ]*/g)).toEqual(['-----BEGIN PRIVATE KEY', '-----BEGIN CERTIFICATE']);
    expect(keyStore).toContain("chown -- 'root:kafka'");
    expect(keyStore).toContain("chmod -- '0640'");
    expect(written(at(2), '/etc/kafka/cluster.pem')).toBe(keyStore);
  });

  test('a client is told what to trust, and nothing that follows it could be made of', () => {
    const worker = nodeInfo('worker-0');
    const secrets: string[] = [];
    const of: NodeContext = {
      ...context('worker-0', [...brokers(3), worker]),
      secret(name) {
        secrets.push(name);
        return new Secret(SECRET);
      },
    };
    const files = sparkServices(of).map((operation) => [
      operation.name,
      operation.changes(operation.fact.bare)[0]!.script,
    ]);
    expect(files.map(([name]) => name)).toEqual(['/etc/spark/kafka.crt', '/etc/spark/kafka.conf']);
    expect(files[0]![1]).toContain(kafka.certificate!.of(new Secret(SECRET), 'dev'));
    for (const line of ['security.protocol=SASL_SSL', 'ssl.truststore.location=/etc/spark/kafka.crt'])
      expect(files[1]![1]).toContain(`\n${line}\n`);
    expect(secrets).toEqual(['kafka.client']);
    expect(KAFKA_BROKER_SECRET.sharedWith).toBeUndefined();
  });

  test('refuses to change one of several brokers that run without it', () => {
    const guard = notInClear(at(0, 2));
    expect(guard.changes(guard.fact.parse(''))).toEqual([]);
    expect(() => guard.changes(guard.fact.parse('in clear\n'))).toThrow(
      '`firesteel restart dev kafka-0 kafka-1` once, and `firesteel configure dev` then',
    );
    expect(kafka.configure!(at(0))[0]!.kind).toBe('kafka-in-clear');
  });
});

describe('several regions', () => {
  const here = brokers(3).map((node) => ({ ...node, region: 'One' }));
  const there = [0, 1].map((number) =>
    nodeInfo(`far-${number}`, { roles: ['node', 'kafka'], region: 'Two', address: `203.0.113.${number}` }),
  );
  const worker = nodeInfo('worker-0', { region: 'One' });
  const inOne = (name: string, nodes: readonly NodeInfo[] = here): NodeContext => ({
    ...context(name, [...nodes, worker]),
    elsewhere: there,
    certificateOf: () => 'PEM\n',
  });
  const conf = (of: NodeContext): string => {
    const operation = sparkServices(of).find(({ name }) => name === '/etc/spark/kafka.conf')!;
    return operation.changes({})[0]!.script;
  };

  test('each has a cluster of its own', () => {
    const of = inOne('kafka-1');
    expect(controllers(of).map(({ name }) => name)).toEqual(['kafka-0', 'kafka-1', 'kafka-2']);
    expect(entries(of)['controller.quorum.bootstrap.servers']).not.toContain('203.0.113');
    expect(kafkaStorage(of).changes({})[0]!.script).toContain(`id='${clusterId('dev', 'One')}'`);
  });

  test('brokers tell clients of each other by name, which every client knows', () => {
    expect(entries(inOne('kafka-1'))).toMatchObject({
      listeners: 'CLIENT://10.0.0.31:9092,BROKER://10.0.0.31:9093,CONTROLLER://10.0.0.31:9094',
      'advertised.listeners': 'CLIENT://dev-kafka-1:9092,BROKER://10.0.0.31:9093,CONTROLLER://10.0.0.31:9094',
    });
    const names = node.configure!(inOne('worker-0')).find(({ name }) => name.startsWith('/etc/hosts'))!;
    const { diff } = names.changes({})[0]!;
    expect(diff).toContain('+10.0.0.31 dev-kafka-1 kafka-1\n');
    expect(diff).toContain('+203.0.113.1 dev-far-1 far-1\n');
  });

  test('clients are told of the brokers of their own region as ever, and of those of each other one', () => {
    expect(conf(inOne('worker-0'))).toContain('\nbootstrap.servers=10.0.0.30:9092,10.0.0.31:9092,10.0.0.32:9092\n');
    expect(conf(inOne('worker-0'))).toContain('\nTwo.bootstrap.servers=203.0.113.0:9092,203.0.113.1:9092\n');
    expect(conf(context('worker-0', [...brokers(1), worker]))).not.toMatch(/\w\.bootstrap\.servers/);
  });

  test('a client in a region without brokers is told of the others', () => {
    const text = conf(inOne('worker-0', []));
    expect(text).not.toContain('\nbootstrap.servers');
    expect(text).toContain('\nTwo.bootstrap.servers=');
    expect(text).toContain('\nsecurity.protocol=SASL_SSL\n');
  });

  test('a cluster that was in one region keeps its id there, and who comes later asks for it', () => {
    const storage = kafkaStorage(inOne('kafka-1'));
    expect(storage.changes({ clusterId: clusterId('dev'), nodeId: 2 })).toEqual([]);
    expect(() => storage.changes({ clusterId: clusterId('dev', 'Two'), nodeId: 2 })).toThrow('never formatted over');
    expect(storage.changes({})[0]!.script).toContain("'10.0.0.30:9093' '10.0.0.32:9093')");
  });
});

describe('sizes', () => {
  test.each([
    [1024, 256],
    [512, 192],
    [8192, 2048],
    [65536, 4096],
  ])('a node of %i MiB has a heap of %i', (memoryMiB, heap) => {
    expect(heapMiB(context('kafka-0', [broker(0, { memoryMiB })]))).toBe(heap);
  });

  test('the plan may say another one', () => {
    const of = at(0, 1, { heapMiB: 700 });
    expect(written(of, 'kafka.service')).toContain('-Xmx700m');
    expect(entries(of)['log.cleaner.dedupe.buffer.size']).toBe(String(87 * 2 ** 20));
  });

  test.each([
    [1, '1', '1'],
    [2, '2', '1'],
    [3, '3', '2'],
    [7, '3', '2'],
  ])('with %i brokers a record lies on %s and is on %s when it counts as written', (count, factor, least) => {
    expect(entries(at(0, count))).toMatchObject({
      'default.replication.factor': factor,
      'offsets.topic.replication.factor': factor,
      'transaction.state.log.replication.factor': factor,
      'min.insync.replicas': least,
      'transaction.state.log.min.isr': least,
    });
  });
});

describe('storage', () => {
  const script = (of: NodeContext): string => kafkaStorage(of).changes({})[0]!.script;

  test('the first controller begins, unless there is a cluster; the others join', () => {
    expect(script(at(0))).toContain("'--standalone'");
    expect(script(at(0))).toContain("'10.0.0.31:9093' '10.0.0.32:9093'); then");
    execFileSync('sh', ['-n'], { input: script(at(0)) });
    expect(script(at(1))).toContain("'--no-initial-controllers'");
    expect(script(at(1))).not.toContain('standalone');
    expect(script(at(3, 4))).not.toMatch(/standalone|initial/);
  });

  const meta = (id: string, node: number): string =>
    `#\nversion=1\ncluster.id=${id}\nnode.id=${node}\ndirectory.id=x\n`;

  test('what is formatted is left alone', () => {
    const storage = kafkaStorage(at(1));
    expect(storage.changes(storage.fact.parse(meta(clusterId('dev'), 2)))).toEqual([]);
  });

  test.each([
    ['another node', clusterId('dev'), 3],
    ['another cluster', 'AAAAAAAAAAAAAAAAAAAAAA', 2],
  ])('refuses the data of %s', (_what, id, node) => {
    const storage = kafkaStorage(at(1));
    expect(() => storage.changes(storage.fact.parse(meta(id, node)))).toThrow('it is never formatted over');
  });
});

describe('topics', () => {
  const wishes = {
    topics: [
      { name: 'events', partitions: 6 },
      { name: 'alarms', replication: 2 },
    ],
  };
  const wanted = (of: NodeContext, fact = {}): { name: string }[] => {
    const [change] = kafkaTopics(of).changes(fact);
    const [, json] = /'(\[\{.*\}\])'/.exec(change!.script)!;
    return JSON.parse(json!);
  };

  test('are made by one broker, as many as are missing', () => {
    expect(kafka.start!(at(0, 3, wishes)).map(({ kind }) => kind)).toEqual(['unit', 'kafka-topics']);
    expect(kafka.start!(at(1, 3, wishes)).map(({ kind }) => kind)).toEqual(['unit']);
    expect(wanted(at(0, 3, wishes)).slice(1)).toEqual([
      { name: 'events', partitions: 6, replication: 3, conf: { 'min.insync.replicas': '2' } },
      { name: 'alarms', partitions: 1, replication: 2, conf: { 'min.insync.replicas': '1' } },
    ]);
    const fact = { topics: ['events', 'firesteel-health', 'other'], granted: true };
    expect(wanted(at(0, 3, wishes), fact).map(({ name }) => name)).toEqual(['alarms']);
  });

  test('those that are there need nothing, also where there are others', () => {
    const topics = kafkaTopics(at(0, 3, wishes));
    const fact = topics.fact.parse('{"topics": ["alarms", "events", "firesteel-health", "x"], "granted": true}\n');
    expect(topics.changes(fact)).toEqual([]);
    expect(topics.changes({ ...fact, granted: false }).map(({ description }) => description)).toEqual([
      'make rights of clients',
    ]);
  });

  test('a broker that does not answer yet makes all', () => {
    const topics = kafkaTopics(at(0, 3, wishes));
    expect(topics.changes(topics.fact.parse('')).map(({ description }) => description)).toEqual([
      'make topics firesteel-health, events, alarms',
    ]);
  });

  test('fails for more replicas than there are brokers, before anything is made', () => {
    const of = at(0, 1, wishes);
    const reason = kafka.fits!({ settings: of.settings, count: () => 1 });
    expect(reason).toContain('alarms is to lie on 2 brokers and there are 1');
    expect(kafka.fits!({ settings: of.settings, count: () => 2 })).toBeUndefined();
    expect(() => kafkaTopics(of)).toThrow(reason);
  });

  test.each([
    ['a name of Kafka’s own', { topics: [{ name: '__consumer_offsets' }] }],
    ['a name that none can have', { topics: [{ name: 'a b' }] }],
    ['a path', { topics: [{ name: '..' }] }],
    ['one twice', { topics: [{ name: 'a' }, { name: 'a' }] }],
    ['no partitions', { topics: [{ name: 'a', partitions: 0 }] }],
    ['an unknown key', { topic: [] }],
    ['a tiny heap', { heapMiB: 16 }],
  ])('refuses %s', (_what, settings) => {
    expect(kafka.settings!.safeParse(settings).success).toBe(false);
  });
});

describe('votes', () => {
  const removed = (of: NodeContext, voters: readonly number[]): string[] =>
    kafkaVotes(of)
      .changes({ voters: Object.fromEntries(voters.map((id) => [id, `dir${id}`])) })
      .map(({ description }) => description);

  test('nobody takes any where all is as it should be, or nothing is known', () => {
    expect(removed(at(0), [1, 2, 3])).toEqual([]);
    expect(kafkaVotes(at(0)).changes({})).toEqual([]);
  });

  test('the first one takes those of nodes that are gone', () => {
    expect(removed(at(0), [1, 2, 3, 4, 5])).toEqual(['take the vote of controller 4', 'take the vote of controller 5']);
    expect(removed(at(1), [1, 2, 3, 4, 5])).toEqual([]);
  });

  test('one that is to be none any more takes those first, and its own then', () => {
    expect(removed(at(1, 2), [1, 2, 3])).toEqual(['take the vote of controller 3', 'take the vote of controller 2']);
  });

  test('is settled before a node is told that it is no controller', () => {
    const names = kafka.configure!(at(0)).map(({ kind, name }) => `${kind} ${name}`);
    expect(names.indexOf('kafka-votes controllers')).toBeLessThan(names.indexOf('file /etc/kafka/server.properties'));
    expect(names.indexOf('kafka-votes controllers')).toBeGreaterThan(names.indexOf('file /etc/kafka/admin.properties'));
  });
});

test('every jar is named once, with a whole checksum, and none is of Kafka Connect or its web server', () => {
  expect(new Set(KAFKA_JARS.map(({ coordinates }) => coordinates)).size).toBe(KAFKA_JARS.length);
  for (const { coordinates, sha256 } of KAFKA_JARS) {
    expect(coordinates).toMatch(/^[\w.-]+:[\w.-]+:[\w.-]+$/);
    expect(coordinates).not.toMatch(/jetty|jersey|hk2|connect-runtime/);
    expect(sha256).toMatch(/^[0-9a-f]{64}$/);
  }
});

describe('a drain', () => {
  const nodes = brokers(4);
  const drain = (number: number, leaving: readonly string[]) => kafka.drain!(at(number, 4, {}, nodes), leaving);

  test('of a broker that comes back moves nothing', () => {
    expect(drain(0, []).begin).toBe(':');
    expect(drain(0, []).load).not.toBe(drain(0, ['kafka-0']).load);
  });

  test('of one that goes gives up its vote and its partitions, to none that go too', () => {
    const { begin } = drain(2, ['kafka-2', 'kafka-3']);
    execFileSync('sh', ['-n'], { input: begin });
    expect(begin).toContain('MetadataQuorumCommand');
    expect(begin).toContain("'/run/firesteel-kafka-moves.json' '3' '4')");
    expect(begin).toContain("'--execute' '--additional'");
  });

  test('of all brokers moves nothing, because there is no place', () => {
    expect(
      drain(
        0,
        nodes.map(({ name }) => name),
      ).begin,
    ).toBe(':');
  });
});
