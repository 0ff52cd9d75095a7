import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { Secret } from '../../operations';
import type { NodeContext, NodeInfo } from '../../roles';
import { postgresqlConf, postgresqlHba } from '../../roles/postgresql/_conf';
import { primaryData } from '../../roles/postgresql/_data';
import { scramVerifier } from '../../roles/postgresql/_logins';
import { postgresqlObjects } from '../../roles/postgresql/_objects';
import { POSTGRESQL_SETTINGS } from '../../roles/postgresql/_settings';
import { standbyData } from '../../roles/postgresql/_standby';
import { postgresql } from '../../roles/postgresql/postgresql';
import { context, nodeInfo, SECRET } from './_context';
import { operationsOf, written } from './_written';

const server = (number: number, changes: Partial<NodeInfo> = {}) =>
  nodeInfo(`pg-${number}`, { roles: ['node', 'postgresql'], address: `10.0.0.${31 + number}`, ...changes });
const CLIENT = nodeInfo('worker-0', { roles: ['node', 'spark-worker'], address: '10.0.0.51' });
const STRANGER = nodeInfo('cache-0', { roles: ['node', 'memcached'], address: '10.0.0.61' });
const NODES = [server(0), server(1), server(2), CLIENT, STRANGER];
const SETTINGS = { databases: [{ name: 'telemetry' }, { name: 'bills', owner: 'finance' }] };

const at = (number: number, settings: object = SETTINGS, nodes: readonly NodeInfo[] = NODES): NodeContext =>
  context(`pg-${number}`, nodes, { roles: { postgresql: settings } });

function entries(of: NodeContext): Record<string, string> {
  const lines = postgresqlConf(of).split('\n').slice(1, -1);
  return Object.fromEntries(lines.map((line) => /^(\S+) = '(.*)'$/.exec(line)!.slice(1, 3)));
}

describe('the configuration', () => {
  test('it listens on its own address with TLS, and keeps passwords as SCRAM', () => {
    expect(entries(at(1))).toMatchObject({
      listen_addresses: '10.0.0.32',
      ssl: 'on',
      password_encryption: 'scram-sha-256',
      unix_socket_directories: '/run/postgresql',
    });
  });

  test('a standby follows the first node, bound to its certificate, under a slot of its own', () => {
    const conf = entries(at(2));
    expect(conf.primary_conninfo).toContain('host=10.0.0.31 ');
    expect(conf.primary_conninfo).toContain('channel_binding=require');
    expect(conf.primary_slot_name).toBe('firesteel_pg_2');
    expect(conf.primary_conninfo).toContain('application_name=firesteel_pg_2');
    expect(conf.max_slot_wal_keep_size).toBe('2GB');
  });

  test('what a standby needs as large as the primary is the same on all, however many there are', () => {
    const more = [...NODES, server(3, { memoryMiB: 8192 })];
    for (const key of ['max_connections', 'max_wal_senders', 'max_replication_slots'])
      expect(entries(at(3, SETTINGS, more))[key]).toBe(entries(at(0))[key]);
    expect(postgresqlConf(at(0, SETTINGS, more))).toBe(postgresqlConf(at(0)));
  });

  test.each([
    [512, ['node', 'postgresql'], '128MB'],
    [1024, ['node', 'postgresql'], '256MB'],
    [1024, ['node', 'postgresql', 'spark-master'], '128MB'],
    [24_576, ['node', 'node-exporter', 'postgresql'], '6144MB'],
  ])('of %i MiB with %j its buffers have %s', (memoryMiB, roles, buffers) => {
    expect(entries(at(0, {}, [server(0, { memoryMiB, roles })])).shared_buffers).toBe(buffers);
  });

  test("lines of the user's own win, and can't break out of their quotes", () => {
    const conf = { shared_buffers: '99MB', 'auto_explain.log_min_duration': 250, search_path: `"a", 'b\\` };
    const text = postgresqlConf(at(0, { conf }));
    expect(entries(at(0, { conf })).shared_buffers).toBe('99MB');
    expect(text).toContain(`\nsearch_path = '"a", ''b\\\\'\n`);
    expect(text).toContain(`\nauto_explain.log_min_duration = '250'\n`);
  });
});

describe('who comes in', () => {
  const rules = postgresqlHba(at(0)).split('\n').slice(1, -1);

  test('clients by their addresses, with TLS; nobody else', () => {
    const clients = rules.filter((rule) => rule.startsWith('hostssl all all'));
    expect(clients.map((rule) => rule.split(' ')[3])).toEqual([
      ...['10.0.0.31/32', '10.0.0.32/32', '10.0.0.33/32', '10.0.0.51/32'],
    ]);
    expect(rules.filter((rule) => /trust|password|md5|0\.0\.0\.0/.test(rule))).toEqual([]);
    expect(rules.filter((rule) => rule.startsWith('host ') && !rule.endsWith('reject'))).toEqual([]);
  });

  test('the superuser from the node alone, before any rule that would let it in', () => {
    const reject = rules.indexOf('host all postgres all reject');
    expect(reject).toBeGreaterThan(0);
    expect(reject).toBeLessThan(rules.findIndex((rule) => rule.startsWith('hostssl all all')));
    expect(rules).toContain('local all postgres peer');
  });

  test('a standby that is new, whose primary has read nothing of it yet', () => {
    const before = postgresqlHba(at(0))
      .split('\n')
      .filter((rule) => rule.includes('replicator'));
    expect(before).toContain('hostssl replication,postgres replicator samenet scram-sha-256');
  });

  test('another client is let in without a restart', () => {
    const more = [...NODES, nodeInfo('worker-1', { address: '10.0.0.52' })];
    const unit = (nodes: readonly NodeInfo[]) => written(postgresql, at(0, SETTINGS, nodes), 'postgresql.service');
    expect(unit(more)).toBe(unit(NODES));
    expect(
      written(postgresql, at(0, SETTINGS, more), 'postgresql.service /etc/postgresql/firesteel/pg_hba.conf'),
    ).not.toBe(written(postgresql, at(0), 'postgresql.service /etc/postgresql/firesteel/pg_hba.conf'));
  });
});

describe('settings', () => {
  const issues = (settings: object) =>
    POSTGRESQL_SETTINGS.safeParse(settings).error?.issues.map(({ path, message }) => `${path.join('.')} ${message}`);

  test.each<[object, string]>([
    [{ conf: { listen_addresses: '*' } }, 'conf.listen_addresses is not to be changed'],
    [{ conf: { SSL: 'off' } }, 'conf.SSL is not to be changed: nobody comes in without TLS'],
    [{ conf: { max_connections: 500 } }, 'say it as maxConnections'],
    [{ conf: { wal_level: 'minimal' } }, 'standbys need more than that'],
    [{ conf: { include: '/tmp/x' } }, 'conf.include is not to be changed'],
    [{ conf: { work_mem: "1MB'\nssl = off" } }, 'must be one line'],
    [{ conf: { 'work_mem = 1\nssl': 'off' } }, 'must be the name of a parameter'],
    [{ databases: [{ name: 'a"; drop' }] }, 'databases.0.name must be up to 63'],
    [{ databases: [{ name: 'a', owner: 'postgres' }] }, 'is a role that PostgreSQL or its standbys need'],
    [{ databases: [{ name: 'a' }, { name: 'a' }] }, 'names a database twice'],
    [{ port: 5433 }, 'Unrecognized key'],
  ])('refuses %j', (settings, message) => {
    expect(issues(settings)!.join('\n')).toContain(message);
  });

  test('takes a logical WAL', () => {
    expect(issues({ conf: { wal_level: 'logical' } })).toBeUndefined();
  });

  test('refuses more standbys than a primary is made for', () => {
    const census = (nodes: number) => ({ settings: at(0).settings, count: () => nodes });
    expect(postgresql.fits!(census(31))).toBeUndefined();
    expect(postgresql.fits!(census(32))).toBe('a primary can have 30 standbys, not 31');
  });
});

describe('the data of the primary', () => {
  const changes = (data: string, of = at(0)) => {
    const operation = primaryData(of);
    return operation.changes(operation.fact.parse(`${data}\n`));
  };

  test('are made once, whole, and never beside those of another node', () => {
    expect(changes('primary')).toEqual([]);
    const { script } = changes('none')[0]!;
    for (const address of ['10.0.0.32', '10.0.0.33'])
      expect(script).toContain(`'pg_isready' '-q' '-t' '5' '-h' '${address}'`);
    expect(script.indexOf('pg_isready')).toBeLessThan(script.indexOf("'initdb'"));
    expect(script).toContain('--data-checksums');
    expect(script.trim().split('\n').pop()).toBe(
      "mv -fT -- '/var/lib/postgresql/.firesteel-new' '/var/lib/postgresql/data'",
    );
  });

  test("refuses a standby's, and files that are no database", () => {
    expect(() => changes('standby')).toThrow(
      "pg-0 is to be the primary, as the first node with the role postgresql in the plan, but its data are a standby's",
    );
    expect(() => changes('other')).toThrow('it is never written over');
  });
});

describe('the data of a standby', () => {
  const changes = (...lines: string[]) => {
    const operation = standbyData(at(1));
    return operation.changes(operation.fact.parse(`${lines.join('\n')}\n`)).map(({ description }) => description);
  };
  const own = ['data standby', 'history 7 2'];
  const COPY = 'copy the database of pg-0 (10.0.0.31)';

  test('are copied where there are none, and left alone where they follow', () => {
    expect(changes('data none')).toEqual([COPY]);
    expect(changes(...own, 'primary 7 2 reserved')).toEqual([]);
    expect(changes(...own, 'primary 7 3 extended')).toEqual([]);
    expect(changes(...own)).toEqual([]);
  });

  test('are copied anew where the primary has thrown away what they miss', () => {
    expect(changes(...own, 'primary 7 2 lost')).toEqual([COPY]);
  });

  test('are copied anew where a run that was doing so was cut off, whatever the slot says by now', () => {
    expect(changes('unfinished', ...own, 'primary 7 2 reserved')).toEqual([COPY]);
  });

  test('have a slot again where it was taken away', () => {
    expect(changes(...own, 'primary 7 2 none')).toEqual([
      'ask pg-0 (10.0.0.31) to keep what this standby has not seen yet',
    ]);
  });

  test.each<[string, string[], string]>([
    ['of a primary', ['data primary'], "its data are a primary's"],
    ['of another database', [...own, 'primary 8 2 lost'], 'another database'],
    ['that follow another server by now', [...own, 'primary 7 1 lost'], 'ahead of those of pg-0'],
    ['that are none', ['data other'], 'no database'],
  ])('refuses to write over data %s', (_what, lines, message) => {
    expect(() => changes(...lines)).toThrow(message);
  });

  test('come into place when they are whole, after what was there before', () => {
    const operation = standbyData(at(1));
    const { script } = operation.changes({ data: 'none' })[0]!;
    const order = [
      'pg_drop_replication_slot',
      'pg_create_physical_replication_slot',
      "'pg_basebackup'",
      'standby.signal',
      'mv -fT',
    ];
    const places = order.map((word) => script.indexOf(word));
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(Math.min(...places)).toBeGreaterThan(0);
  });
});

describe('what the primary holds', () => {
  const verifier = (role: string) =>
    createHash('sha256')
      .update(scramVerifier(role, new Secret(SECRET)))
      .digest('hex');
  const held = [
    ...['replicator', 'app', 'finance'].map((role) => `role ${role} ${verifier(role)}`),
    ...['database telemetry app', 'database bills finance', 'database postgres postgres'],
    ...['slot firesteel_pg_1 physical', 'slot mine physical'],
  ];
  const changes = (lines: readonly string[]) => {
    const operation = postgresqlObjects(at(0));
    return operation.changes(operation.fact.parse(`${lines.join('\n')}\n`));
  };
  const told = (lines: readonly string[]) => changes(lines).map(({ description }) => description);

  test('all of it is made where nothing is known', () => {
    expect(told([])).toEqual([
      'let replicator log in',
      'let app log in',
      'let finance log in',
      'make the database telemetry of app',
      'make the database bills of finance',
    ]);
  });

  test('nothing is changed where all is there', () => {
    expect(told(held)).toEqual([]);
  });

  test('another password and another owner are put right', () => {
    const other = held.map((line) =>
      line.startsWith('role app') ? 'role app 00' : line.replace('bills finance', 'bills app'),
    );
    expect(told(other)).toEqual(['let app log in', 'make the database bills of finance']);
  });

  test('slots of nodes that are gone are dropped, and no others', () => {
    expect(told([...held, 'slot firesteel_pg_9 physical'])).toEqual([
      'keep nothing any more for firesteel_pg_9, whose node is gone',
    ]);
  });

  test('the password itself is in no SQL', () => {
    for (const { script } of changes([])) expect(script).not.toContain(SECRET);
    expect(postgresqlObjects(at(0)).fact.script).not.toContain(SECRET);
  });

  test('only the primary makes it', () => {
    const kinds = (number: number) => operationsOf(postgresql, at(number)).map(({ kind }) => kind);
    expect(kinds(0)).toContain('postgresql-objects');
    expect(kinds(1)).not.toContain('postgresql-objects');
  });
});

test('a verifier is what PostgreSQL makes of the password', () => {
  // RFC 7677's example has another salt, so its parts are worked out here by other means.
  const [, iterations, salt, stored, key] = /^SCRAM-SHA-256\$(\d+):([^$]+)\$([^:]+):(.+)$/.exec(
    scramVerifier('app', new Secret('pencil')),
  )!;
  const code = `
import base64, hashlib, hmac, sys
salted = hashlib.pbkdf2_hmac('sha256', b'pencil', base64.b64decode(sys.argv[1]), int(sys.argv[2]))
client = hmac.new(salted, b'Client Key', hashlib.sha256).digest()
print(base64.b64encode(hashlib.sha256(client).digest()).decode(), base64.b64encode(hmac.new(salted, b'Server Key', hashlib.sha256).digest()).decode())
`;
  expect(execFileSync('python3', ['-c', code, salt!, iterations!], { encoding: 'utf8' }).trim()).toBe(
    `${stored} ${key}`,
  );
  expect(scramVerifier('app', new Secret('pencil'))).toBe(scramVerifier('app', new Secret('pencil')));
  expect(scramVerifier('other', new Secret('pencil'))).not.toContain(salt);
});

describe('secrets', () => {
  test('are in files that few can read, and in nothing that is shown', () => {
    const of = at(0);
    const holding = operationsOf(postgresql, of).flatMap((operation) =>
      operation.changes(operation.fact.bare).flatMap(({ script, description, diff }) => {
        expect(`${description}${diff}`).not.toContain(SECRET);
        return script.includes(SECRET) ? [operation.name] : [];
      }),
    );
    expect(holding).toEqual(['/etc/postgresql/firesteel/replication.pgpass', '/etc/postgresql/firesteel/app.pgpass']);
    for (const path of holding) expect(written(postgresql, of, path)).toContain("chmod -- '0600'");
    expect(JSON.stringify([postgresql.health!(of), postgresql.health!(at(1)), postgresql.drain!(of)])).not.toContain(
      SECRET,
    );
  });

  test.each(postgresql.secrets!.map((spec, index) => [spec, ['replication.pgpass', 'app.pgpass'][index]!] as const))(
    '$0.name can be read back from a node',
    ({ recover }, name) => {
      const of = { ...at(0), secret: () => new Secret('c0ffee00') };
      const path = `/etc/postgresql/firesteel/${name}`;
      const [, text = ''] = /printf %s '([^']*)'/.exec(written(postgresql, of, path))!;
      const script = recover.replace(`'${path}'`, '-');
      expect(execFileSync('sh', ['-c', script], { input: text, encoding: 'utf8' }).trim()).toBe('c0ffee00');
    },
  );
});

describe('the service', () => {
  test('runs as a user of its own, and may write its data alone', () => {
    const unit = written(postgresql, at(0), 'postgresql.service');
    for (const line of [
      ...['User=postgres', 'ProtectSystem=strict', 'ReadWritePaths=/var/lib/postgresql', 'KillSignal=SIGINT'],
      ...['RequiresMountsFor=/var/lib/postgresql', 'ExecReload=/bin/kill -HUP $MAINPID'],
    ])
      expect(unit).toContain(`\n${line}\n`);
  });

  test('the package starts no database of its own', () => {
    const paths = operationsOf(postgresql, at(0)).map(({ name }) => name);
    const own = paths.indexOf('/etc/postgresql-common/createcluster.d/firesteel.conf');
    expect(own).toBeGreaterThanOrEqual(0);
    expect(own).toBeLessThan(paths.indexOf('postgresql openssl'));
  });

  test('a primary is asked whether it takes writes, a standby whether it follows that primary', () => {
    const names = (number: number) => postgresql.health!(at(number)).map(({ name }) => name);
    expect(names(0)).toEqual(['unit', 'lets clients in', 'takes writes']);
    expect(names(1)).toEqual(['unit', 'lets clients in', 'follows the primary']);
  });

  test('is open to clients and to its like alone', () => {
    expect(postgresql.exposes.map(({ port, from }) => [port, from])).toEqual([
      [5432, ['postgresql', 'spark-master', 'spark-worker', 'spark-connect', 'jupyter', 'flask-app', 'haproxy']],
    ]);
  });
});
