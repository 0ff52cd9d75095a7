/** One plan with nearly every role there is, on six nodes: what each is for, and what is open between them. */
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ConfigureResult } from '../../lifecycle/configure';
import type { UpResult } from '../../lifecycle/up';
import type { DeployedNode } from '../../plan/cluster-output';
import { exposedPorts, servicePorts } from './_expected-ports';
import { Nodes } from './_nodes';
import { commonYaml, Project } from './_project';
import { lastLine } from './_run';
import { letThrough, scanFrom } from './_scan';

const MINUTES = 60_000;
const PLAN = `kind: cluster
cloud: sandbox
common: allcommon
image: debian-12
groups:
  spark: { flavor: m1.medium, roles: [zookeeper, spark-master, spark-history], floatingIp: true }
  worker: { flavor: m1.small, roles: [spark-worker, node-exporter] }
  data: { flavor: m1.medium, count: 2, roles: [kafka, postgresql] }
  db: { flavor: m1.small, roles: [mariadb-galera, memcached, dnsmasq] }
  web: { flavor: m1.small, roles: [wordpress, ./roles/echo.js], tags: [webserver] }
  edge:
    flavor: m1.tiny
    roles: [haproxy]
    floatingIp: true
    publicPorts: [{ port: 80, from: [0.0.0.0/0] }]
    hostname: front-{n}
    fqdn: { public: "www-{n}.example.org" }
    steps:
      clusterStarted: [{ run: 'echo "$GREETING from $FIRESTEEL_NODE" >/var/tmp/started', with: { GREETING: hello } }]
spark:
  packages:
    - org.apache.spark:spark-sql-kafka-0-10_2.13:4.2.0
    - org.postgresql:postgresql:42.7.14
settings:
  kafka: { topics: [{ name: events, partitions: 2 }] }
  postgresql: { databases: [{ name: events }] }
  mariadb-galera: { databases: [{ name: wordpress }] }
  wordpress: { title: All in one }
  haproxy: { frontends: [{ name: web, port: 80, backend: { tag: webserver, port: 80 }, check: / }] }
`;

jest.setTimeout(10 * MINUTES);

let project: Project;
let nodes: Nodes;

beforeAll(async () => {
  project = await Project.create({ environments: { allcommon: commonYaml({ cidr: '10.93.0.0/24' }), all: PLAN } });
  mkdirSync(project.file('roles'));
  copyFileSync(join(__dirname, 'fixtures', 'echo-role.js'), project.file('roles', 'echo.js'));
  const up = lastLine<UpResult>(await project.start('up', 'all', '--json').succeeded());
  expect(up.configured).toMatchObject({ failed: 0 });
  nodes = await Nodes.of(project, 'all', 'spark-0');
}, 15 * MINUTES);

afterAll(() => project?.remove());

test('all is well, and a second run changes nothing', async () => {
  const { status, text } = await project.firesteel('status', 'all');
  expect(text).toContain('all: all is well');
  expect(status).toBe(0);
  const again = lastLine<ConfigureResult>(await project.firesteel('configure', 'all', '--json'));
  expect(again).toMatchObject({ changed: 0, failed: 0 });
});

test('a message goes from Kafka through Structured Streaming into PostgreSQL', async () => {
  writeFileSync(project.file('stream.py'), STREAM);
  const { status, stdout, text } = await project.firesteel('submit', 'all', 'stream.py');
  if (status !== 0) throw new Error(text);
  expect(stdout).toContain('rows in PostgreSQL: 3');
  const [primary, standby] = await Promise.all(['data-0', 'data-1'].map((node) => rowsOn(node)));
  expect(primary).toBe('a,b,c');
  expect(standby).toBe('a,b,c');
});

function rowsOn(node: string): Promise<string> {
  const query = "select string_agg(value, ',' order by value) from arrived";
  return nodes.sudo(node, `sudo -u postgres psql -AtXq -d events -c "${query}"`);
}

test('a WordPress page comes through the balancer, from the database', async () => {
  const { floatingIp } = nodes.find('edge-0');
  const page = await (await fetch(`http://${floatingIp}/`)).text();
  expect(page).toContain('<title>All in one</title>');
});

test('a role of the user works like any other', async () => {
  const { address } = nodes.find('web-0');
  const said = await nodes.sudo(
    'edge-0',
    `printf 'again\\n' | timeout 5 python3 -c "
import socket, sys
with socket.create_connection(('${address}', 7)) as echo:
    echo.sendall(sys.stdin.buffer.read())
    print(echo.makefile().readline().strip())"`,
  );
  expect(said).toBe('again');
});

test('nodes know each other by the names of the plan, and steps run when their time has come', async () => {
  const { address } = nodes.find('edge-0');
  expect(await nodes.sudo('edge-0', 'hostname; cat /var/tmp/started')).toBe('front-0\nhello from edge-0');
  expect(await nodes.sudo('worker-0', 'getent hosts www-0.example.org')).toMatch(new RegExp(`^${address} `));
});

test('nodes find each other by the cluster’s own DNS, too, and that leaves all other names to the cloud', async () => {
  const { address } = nodes.find('edge-0');
  const byDns = (node: string, name: string) => nodes.sudo(node, `getent -s hosts:dns hosts ${name}`);
  expect(await byDns('worker-0', 'front-0')).toMatch(new RegExp(`^${address} `));
  expect(await byDns('spark-0', 'www-0.example.org')).toMatch(new RegExp(`^${address} `));
  const servers = 'awk \'$1 == "nameserver" { print $2 }\' /etc/resolv.conf';
  const asked = (await nodes.sudo('worker-0', servers)).split('\n');
  expect(asked[0]).toBe(nodes.find('db-0').address);
  expect(asked.slice(1)).toEqual((await nodes.sudo('db-0', servers)).split('\n'));
});

test('a scan of every node from others finds exactly what the roles declare', async () => {
  const found: Record<string, unknown> = {};
  const expected: Record<string, unknown> = {};
  // One node scans one other at a time, so that none is flooded.
  for (const shift of SHIFTS) {
    const round = nodes.all.map((from, index) => [from, nodes.all[(index + shift) % nodes.all.length]!] as const);
    await Promise.all(
      round.map(async ([from, to]) => {
        const way = `${from.name} → ${to.name}`;
        found[way] = letThrough(await scanFrom(nodes, from.name, to.address));
        expected[way] = expectedPorts(from, to);
      }),
    );
  }
  expect(found).toEqual(expected);
});

/** By how many places in the plan's order the node that scans is before the one it scans; in the full run, all. */
const SHIFTS = process.env.FIRESTEEL_TEST_FULL ? [1, 2, 3, 4, 5, 6] : [2, 6];

function expectedPorts(from: DeployedNode, to: DeployedNode): number[] {
  const own = exposedPorts({ ...from, roles: without(from.roles) }, { ...to, roles: without(to.roles) });
  const echo = to.name === 'web-0' && from.name === 'edge-0' ? [7] : [];
  // A public port is open to everybody, nodes of the cluster among them.
  const publicPort = to.name === 'edge-0' ? [80] : [];
  return [...new Set([...own, ...echo, ...publicPort])].sort((a, b) => a - b);
}

/** Roles that only this plan knows. */
function without(roles: readonly string[]): string[] {
  return roles.filter((role) => role !== 'echo' && !role.startsWith('cluster-started-'));
}

test('nothing listens to other machines but what a role names', async () => {
  const named: Record<string, readonly number[]> = { 'web-0': [7], 'edge-0': [80] };
  const surplus = await Promise.all(
    nodes.all.map(async (node) => {
      const roles = without(node.roles);
      const allowed = [...servicePorts({ ...node, roles }), ...(named[node.name] ?? []), 22];
      const text = await nodes.sudo(
        node.name,
        'ss -Hltn | awk \'{print $4}\' | grep -v "^127\\|^\\[::1\\]" | sed "s/.*://" | sort -nu',
      );
      return text
        .split('\n')
        .filter((line) => line !== '' && !allowed.includes(Number(line)))
        .map((port) => `${node.name}: ${port}`);
    }),
  );
  expect(surplus.flat()).toEqual([]);
});

/** Logins stand where drivers, and nobody else, can read them. */
const STREAM = `
from pyspark.sql import SparkSession

def options(path):
    with open(path) as lines:
        return dict(line.strip().split('=', 1) for line in lines if not line.startswith('#'))

spark = SparkSession.builder.appName('stream').getOrCreate()
kafka = {'kafka.' + key: value for key, value in options('/etc/spark/kafka.conf').items()}
jdbc = options('/etc/spark/postgresql.conf')
sent = spark.createDataFrame([('a',), ('b',), ('c',)], 'value string')
sent.write.format('kafka').options(**kafka).option('topic', 'events').save()
arriving = (
    spark.readStream.format('kafka').options(**kafka)
    .option('subscribe', 'events').option('startingOffsets', 'earliest').load()
    .selectExpr('cast(value as string) value')
)

def keep(batch, _):
    batch.write.format('jdbc').options(**jdbc).option('dbtable', 'arrived').mode('append').save()

query = arriving.writeStream.foreachBatch(keep).trigger(availableNow=True).option('checkpointLocation', '/tmp/stream').start()
query.awaitTermination()
print('rows in PostgreSQL:', spark.read.format('jdbc').options(**jdbc).option('dbtable', 'arrived').load().count())
spark.stop()
`;
