import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Secret } from '../../operations';
import type { NodeContext, NodeInfo } from '../../roles';
import { clusterCertificate } from '../../roles/_cluster-certificate';
import { mariadbConf } from '../../roles/galera/_conf';
import { GALERA_DECISION } from '../../roles/galera/_decision';
import { galeraDatabases, galeraObjects } from '../../roles/galera/_objects';
import { GALERA_SETTINGS } from '../../roles/galera/_settings';
import { galeraArbitrator } from '../../roles/galera/galera-arbitrator';
import { mariadbGalera } from '../../roles/galera/mariadb-galera';
import { context, nodeInfo, SECRET } from './_context';
import { fileText, operationsOf, written } from './_written';

jest.setTimeout(60_000); // real programs, and the machine may be busy

const server = (number: number, changes: Partial<NodeInfo> = {}) =>
  nodeInfo(`db-${number}`, { roles: ['node', 'mariadb-galera'], address: `10.0.0.${31 + number}`, ...changes });
const ARBITER = nodeInfo('vote-0', { roles: ['node', 'galera-arbitrator'], address: '10.0.0.41', memoryMiB: 256 });
const NODES = [server(0), server(1), server(2)];

const at = (name = 'db-0', settings: object = {}, nodes: readonly NodeInfo[] = NODES): NodeContext =>
  context(name, nodes, { roles: { 'mariadb-galera': settings } });
const entries = (of: NodeContext): Record<string, string> =>
  Object.fromEntries(
    mariadbConf(of)
      .split('\n')
      .filter((line) => line.includes(' = '))
      .map((line) => [line.slice(0, line.indexOf(' = ')), line.slice(line.indexOf(' = ') + 3)]),
  );

describe('the configuration', () => {
  test('all ports are on the own address, and what goes between servers is TLS with the cluster’s certificate', () => {
    const conf = entries(at('db-1'));
    expect(conf).toMatchObject({
      bind_address: '10.0.0.32',
      wsrep_node_address: '10.0.0.32',
      wsrep_sst_receive_address: '10.0.0.32:4444',
      wsrep_sst_auth: 'mysql:',
      encrypt: '4',
    });
    const options = conf.wsrep_provider_options!.replaceAll('"', '').split(';');
    expect(options).toEqual(
      expect.arrayContaining([
        'gmcast.listen_addr=ssl://10.0.0.32:4567',
        'ist.recv_bind=10.0.0.32:4568',
        'socket.ssl_ca=/etc/mysql/firesteel/cluster.crt',
        'socket.ssl_key=/etc/mysql/firesteel/cluster.key',
      ]),
    );
    expect(mariadbConf(at('db-1'))).not.toContain('0.0.0.0');
  });

  test('another member restarts nobody', () => {
    const more = [...NODES, server(3), server(4)];
    expect(mariadbConf(at('db-0', {}, more))).toBe(mariadbConf(at()));
    expect(written(mariadbGalera, at('db-0', {}, more), 'mariadb.service')).toBe(
      written(mariadbGalera, at(), 'mariadb.service'),
    );
    expect(
      JSON.parse(fileText(mariadbGalera, at('db-0', {}, more), '/etc/mysql/firesteel/members.json')).servers,
    ).toHaveLength(5);
  });

  test.each([
    [512, '71M', '64M'],
    [1024, '241M', '128M'],
    [24_576, '12288M', '2048M'],
  ])('of %i MiB InnoDB has %s, and %s of the past are kept', (memoryMiB, pool, past) => {
    const conf = entries(at('db-0', {}, [server(0, { memoryMiB })]));
    expect(conf.innodb_buffer_pool_size).toBe(pool);
    expect(conf.wsrep_provider_options).toContain(`gcache.size=${past}`);
  });

  test('a cluster that another one replicates from has one sequence of GTIDs on all its nodes', () => {
    const asynchronous = { domain: 2 };
    const [first, second] = [entries(at('db-0', { asynchronous })), entries(at('db-1', { asynchronous }))];
    for (const key of ['server_id', 'wsrep_gtid_domain_id', 'log_slave_updates', 'wsrep_gtid_mode'])
      expect(first[key]).toBe(second[key]);
    expect(first).toMatchObject({ server_id: '2', wsrep_gtid_domain_id: '2', log_bin: '/var/lib/mysql/binlog' });
    expect(first.gtid_domain_id).not.toBe(second.gtid_domain_id);
    expect(entries(at()).log_bin).toBeUndefined();
  });
});

describe('settings', () => {
  test.each<[object, string]>([
    [{ conf: { bind_address: '0.0.0.0' } }, 'is not to be changed'],
    [{ conf: { wsrep_on: 'OFF' } }, 'is not to be changed'],
    [{ conf: { wsrep_provider_options: 'socket.ssl=no' } }, 'is not to be changed'],
    [{ conf: { sql_mode: 'ANSI\n[sst]' } }, 'must be one line'],
    [{ conf: { '[sst]': '' } }, 'must be the name of a variable'],
    [{ databases: [{ name: 'mysql' }] }, "is MariaDB's own"],
    [{ databases: [{ name: 'a`b' }] }, 'must be up to 63'],
    [{ databases: [{ name: 'a', owner: 'root' }] }, 'is a user that MariaDB needs'],
    [{ asynchronous: { domain: 0 } }, 'Too small'],
  ])('refuses %j', (settings, message) => {
    const { error } = GALERA_SETTINGS.safeParse(settings);
    expect(error?.issues.map((issue) => issue.message).join('\n')).toContain(message);
  });

  const census = (servers: number, arbitrators: number) => ({
    settings: at().settings,
    count: (role: string) => (role === 'galera-arbitrator' ? arbitrators : servers),
  });

  test.each([
    [1, 0],
    [3, 0],
    [4, 1],
    [2, 1],
  ])('%i servers and %i arbitrators fit', (servers, arbitrators) => {
    expect(mariadbGalera.fits!(census(servers, arbitrators))).toBeUndefined();
  });

  test.each<[number, number, string]>([
    [2, 0, 'a group of 2 nodes bears the loss of no more than one less would'],
    [4, 2, 'a group of 4 nodes and 2 with galera-arbitrator'],
    [3, 1, 'take an odd number'],
    [0, 1, 'there is no database to arbitrate for'],
  ])('refuses %i servers and %i arbitrators', (servers, arbitrators, message) => {
    expect(galeraArbitrator.fits!(census(servers, arbitrators))).toContain(message);
  });
});

describe('databases and users', () => {
  const settings = { databases: [{ name: 'shop_eu' }] };
  const changes = (stdout: string, of = at('db-0', settings)) => {
    const operation = galeraObjects(of);
    return operation.changes(operation.fact.parse(stdout));
  };
  /** SHA-256 of `*…`, MariaDB's hash of SECRET: `select password('c0ffee-…')`. */
  const KEPT = execFileSync(
    'python3',
    [
      '-c',
      'import hashlib, sys; h = hashlib.sha1(hashlib.sha1(sys.argv[1].encode()).digest()).hexdigest().upper(); print(hashlib.sha256(("*" + h).encode()).hexdigest())',
      SECRET,
    ],
    { encoding: 'utf8' },
  ).trim();
  const held = `user app ${KEPT}\ndatabase mysql\ndatabase shop_eu\ngrant shop_eu app\n`;

  test('are made where nothing is known, and left alone where they are there', () => {
    expect(changes('').map(({ description }) => description)).toEqual([
      'let app log in',
      'make the database shop_eu of app',
    ]);
    expect(changes(held)).toEqual([]);
    expect(changes(held.replace(KEPT, '00')).map(({ description }) => description)).toEqual(['let app log in']);
    expect(changes(held.replace('grant shop_eu app\n', ''))).toHaveLength(1);
  });

  test('a grant is for the one database, whatever "_" stands for', () => {
    expect(changes('')[1]!.script).toContain('grant all privileges on `shop\\_eu`.*');
  });

  test('no SQL has the password', () => {
    for (const { script } of changes('')) expect(script).not.toContain(SECRET);
  });

  test('a WordPress in the cluster has its own', () => {
    const nodes = [...NODES, nodeInfo('web-0', { roles: ['node', 'wordpress'] })];
    const of = context('db-0', nodes, { roles: { wordpress: { database: 'blog' } } });
    expect(galeraDatabases(of)).toEqual([{ name: 'blog', owner: 'app' }]);
    expect(galeraDatabases(at())).toEqual([]);
  });

  test('the first node alone makes them', () => {
    const kinds = (name: string) => operationsOf(mariadbGalera, at(name)).map(({ kind }) => kind);
    expect(kinds('db-0')).toContain('mariadb-objects');
    expect(kinds('db-1')).not.toContain('mariadb-objects');
  });
});

describe('who begins the group', () => {
  const U = '1f0e4f3a-0000-11ef-8000-000000000001';
  const OTHER = '2f0e4f3a-0000-11ef-8000-000000000002';
  interface State {
    readonly phase?: string;
    readonly uuid?: string;
    readonly seqno?: number;
    readonly safe?: boolean;
    readonly status?: string;
    readonly databases?: readonly string[];
  }
  const EMPTY = { uuid: '00000000-0000-0000-0000-000000000000', seqno: -1, safe: false };
  const has = (seqno: number, safe = false, uuid = U): State => ({ uuid, seqno, safe });

  interface Case {
    readonly arbitrating?: boolean;
    readonly waited?: number;
    readonly forced?: boolean;
  }

  /** What `db-0` does, and why. */
  function decide(
    me: State,
    others: Record<string, State>,
    { arbitrating, waited = 0, forced }: Case = {},
  ): [string, string] {
    const code = `
import json, sys
${GALERA_DECISION}
print(json.dumps(decide(*json.load(sys.stdin))))
`;
    const heard = Object.fromEntries(
      Object.entries(others).map(([name, state]) => [name, { phase: 'waiting', ...state, name }]),
    );
    const input = JSON.stringify([
      { ...EMPTY, ...me, name: 'db-0', phase: 'waiting' },
      ['db-0', 'db-1', 'db-2'],
      ...[heard, arbitrating ?? false, waited, forced ?? false],
    ]);
    return JSON.parse(execFileSync('python3', ['-c', code], { input, encoding: 'utf8' }));
  }

  test('of a new one, the first of the plan, when all are there', () => {
    expect(decide({}, { 'db-1': EMPTY, 'db-2': EMPTY })[0]).toBe('bootstrap');
    expect(decide({}, { 'db-1': EMPTY })).toEqual(['wait', 'waits for db-2']);
  });

  test('of a new one, without who says nothing for long, if most are there', () => {
    expect(decide({}, { 'db-1': EMPTY }, { waited: 121 })[0]).toBe('bootstrap');
    expect(decide({}, {}, { waited: 10_000 })).toEqual(['wait', 'waits for db-1, db-2']);
  });

  test.each<[string, State]>([
    ['that has a quorum', { phase: 'running', status: 'Primary', uuid: U }],
    ['that has none', { phase: 'running', status: 'non-Primary', uuid: U }],
  ])('nobody of one that runs and %s', (_what, running) => {
    expect(decide({}, { 'db-2': running })[0]).toBe('join');
    expect(decide(has(7), { 'db-2': running, 'db-1': has(9) })[0]).toBe('join');
  });

  test('who has most, when all were down', () => {
    expect(decide(has(9), { 'db-1': has(7), 'db-2': EMPTY })[0]).toBe('bootstrap');
    expect(decide(has(7), { 'db-1': has(7), 'db-2': has(9) })).toEqual(['wait', 'db-2 begins']);
    expect(decide({}, { 'db-1': has(7), 'db-2': EMPTY })).toEqual(['wait', 'db-1 begins']);
  });

  test('of those that have the same, the first of the plan', () => {
    expect(decide(has(7), { 'db-1': has(7), 'db-2': has(7) })[0]).toBe('bootstrap');
  });

  test('nobody while one that may have more is not heard, but an operator who says so', () => {
    const [action, why] = decide(has(9), { 'db-1': has(7) }, { waited: 10_000 });
    expect(action).toBe('wait');
    expect(why).toContain('waits for db-2, whose data may be newer');
    expect(why).toContain('touch /var/lib/mysql/firesteel-bootstrap');
    expect(decide(has(9), { 'db-1': has(7) }, { forced: true })[0]).toBe('bootstrap');
  });

  test('who left last, without waiting for anybody', () => {
    expect(decide(has(9, true), {})[0]).toBe('bootstrap');
    expect(decide(has(9), { 'db-1': has(9, true) })).toEqual(['wait', 'db-1 begins']);
  });

  test('nobody whose data are broken; it joins', () => {
    expect(decide(has(-1), { 'db-1': has(-1), 'db-2': has(-1) })[0]).toBe('wait');
    expect(decide(has(-1), { 'db-1': has(5), 'db-2': has(4) })).toEqual(['wait', 'db-1 begins']);
    expect(decide(has(-1), { 'db-1': { phase: 'running', status: 'Primary', uuid: U } })[0]).toBe('join');
  });

  test('not who left last where somebody has got further since', () => {
    expect(decide(has(9, true), { 'db-1': has(12) })[0]).toBe('wait');
    expect(decide(has(9, true), { 'db-1': has(12), 'db-2': has(3) })).toEqual(['wait', 'db-1 begins']);
  });

  test('nobody while another one is at it, or an arbitrator is left of the old group', () => {
    expect(decide({}, { 'db-1': { phase: 'starting' }, 'db-2': EMPTY }, { waited: 999 })[0]).toBe('wait');
    expect(decide(has(9), { 'db-1': has(7), 'db-2': has(7) }, { arbitrating: true })[0]).toBe('wait');
  });

  test('data of another history are thrown away by nobody', () => {
    const running = { phase: 'running', status: 'Primary', uuid: OTHER };
    expect(decide(has(9), { 'db-1': running, 'db-2': running })[1]).toContain('joining would throw them away');
    expect(decide(has(9), { 'db-1': has(7, false, OTHER), 'db-2': EMPTY })[1]).toContain('different histories');
    expect(decide({ databases: ['shop'] }, { 'db-1': running })[1]).toContain('databases of its own (shop)');
  });
});

describe('the certificate of the cluster', () => {
  const { certificate, key } = clusterCertificate(new Secret(SECRET), 'galera.dev');

  test('is the same every time, and another one of another secret or cluster', () => {
    expect(clusterCertificate(new Secret(SECRET), 'galera.dev').certificate).toBe(certificate);
    expect(clusterCertificate(new Secret(`${SECRET}x`), 'galera.dev').certificate).not.toBe(certificate);
    expect(clusterCertificate(new Secret(SECRET), 'galera.prod').key.reveal()).not.toBe(key.reveal());
  });

  test('is one that OpenSSL takes, signed by itself, with that key', () => {
    const read = new X509Certificate(certificate);
    expect(read.subject).toBe('CN=galera.dev');
    expect(read.ca).toBe(true);
    expect(read.verify(read.publicKey)).toBe(true);
    expect(new Date(read.validTo).getUTCFullYear()).toBe(2099);
    const text = execFileSync('openssl', ['pkey', '-pubout'], { input: key.reveal(), encoding: 'utf8' });
    expect(text).toBe(read.publicKey.export({ format: 'pem', type: 'spki' }));
    const path = join(mkdtempSync(join(tmpdir(), 'firesteel-')), 'cluster.crt');
    writeFileSync(path, certificate);
    const verify = ['verify', '-x509_strict', '-CAfile', path, path];
    expect(execFileSync('openssl', verify, { encoding: 'utf8' })).toContain('OK');
    rmSync(dirname(path), { recursive: true });
  });
});

describe.each([
  ['a server', mariadbGalera, at('db-0', {}, [...NODES, ARBITER])],
  ['an arbitrator', galeraArbitrator, at('vote-0', {}, [server(0), server(1), ARBITER])],
] as const)('%s', (_what, role, of) => {
  test('has its secrets in files that few can read, and in nothing that is shown', () => {
    const key = clusterCertificate(new Secret(SECRET), 'galera.dev').key.reveal().split('\n')[1]!;
    const holding = operationsOf(role, of).flatMap((operation) =>
      operation.changes(operation.fact.bare).flatMap(({ script, description, diff }) => {
        for (const secret of [SECRET, key]) expect(`${description}${diff}`).not.toContain(secret);
        return script.includes(SECRET) || script.includes(key) ? [operation.name] : [];
      }),
    );
    const files = ['/etc/mysql/firesteel/galera.secret', '/etc/mysql/firesteel/cluster.key'];
    expect(holding).toEqual(role === mariadbGalera ? [...files, '/etc/mysql/firesteel/app.cnf'] : files);
    for (const path of holding) expect(written(role, of, path)).toMatch(/chmod -- '06[04]0'/);
    expect(JSON.stringify(role.health!(of))).not.toContain(SECRET);
  });
});

test.each([
  ['galera-agent', mariadbGalera, 'db-0'],
  ['galera-start', mariadbGalera, 'db-0'],
  ['galera-arbitrate', galeraArbitrator, 'vote-0'],
] as const)('%s is a program that Python takes, and knows no node by itself', (name, role, node) => {
  const text = fileText(role, at(node, {}, [...NODES, ARBITER]), `/usr/local/lib/firesteel/${name}`);
  execFileSync('python3', ['-c', 'import sys; compile(sys.stdin.read(), "program", "exec")'], { input: text });
  expect(text).not.toMatch(/10\.0\.0\./);
});

test('a cluster that another one replicates from is asked for its GTIDs', () => {
  const names = (settings: object) => mariadbGalera.health!(at('db-0', settings)).map(({ name }) => name);
  expect(names({ asynchronous: { domain: 2 } })).toContain('one sequence of GTIDs');
  expect(names({})).not.toContain('one sequence of GTIDs');
});

test('a server runs as a user of its own, and the package starts none', () => {
  const unit = written(mariadbGalera, at(), 'mariadb.service');
  for (const line of ['User=mysql', 'ProtectSystem=strict', 'ReadWritePaths=/var/lib/mysql', 'TimeoutStopSec=600'])
    expect(unit).toContain(`\n${line}\n`);
  const all = operationsOf(mariadbGalera, at()).map(({ kind, name }) => `${kind} ${name}`);
  expect(all.indexOf('held-back /etc/systemd/system/mariadb.service')).toBeLessThan(
    all.findIndex((one) => one.startsWith('packages')),
  );
});

test('ports are open to those alone who need them', () => {
  expect(mariadbGalera.exposes.map(({ port, from }) => [port, from])).toEqual([
    [3306, ['mariadb-galera', 'wordpress', 'flask-app', 'haproxy']],
    [4444, ['mariadb-galera']],
    [4567, ['mariadb-galera', 'galera-arbitrator']],
    [4568, ['mariadb-galera']],
    [9200, ['mariadb-galera', 'galera-arbitrator', 'wordpress', 'haproxy']],
  ]);
});
