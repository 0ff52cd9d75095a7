/** Three masters that agree through ZooKeeper on who leads: one that dies takes no job with it. */
import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Cluster } from './_cluster';
import type { Nodes } from './_nodes';
import { commonYaml, Project } from './_project';
import { lastLine } from './_run';
import { Servers } from './_servers';

const MINUTES = 60_000;
const PI = 'local:/opt/spark/examples/src/main/python/pi.py';
const MASTERS = ['master-0', 'master-1', 'master-2'];
const HA = `kind: spark
cloud: sandbox
common: hacommon
image: debian-12
master: { flavor: m1.small, count: 3 }
zookeeper: { onMasters: true }
workers: { flavor: m1.small, count: 2 }
`;
/** Of 20 rounds each adds 0 + 1 + 4 + 9, in 4 s on two workers. */
const LONG_JOB = `import time
from pyspark.sql import SparkSession
context = SparkSession.builder.appName("long").getOrCreate().sparkContext
print("begun", flush=True)
total = 0
for _ in range(20):
    total += context.parallelize(range(4), 4).map(lambda number: (time.sleep(2), number * number)[1]).sum()
print("the total is", total)
`;

let project: Project;
let cluster: Cluster;
let nodes: Nodes;
let servers: Servers;

jest.setTimeout(5 * MINUTES);

beforeAll(async () => {
  project = await Project.create({
    environments: { hacommon: commonYaml({ cidr: '10.96.0.0/24' }), ha: HA },
  });
  await project.start('up', 'ha').succeeded();
  cluster = new Cluster(project, 'ha', HA);
  nodes = await cluster.nodes();
  servers = await Servers.connect();
}, 10 * MINUTES);

afterAll(async () => {
  await servers?.close();
  project?.remove();
});

interface Page {
  readonly status: string;
  readonly workers: readonly { readonly state: string }[];
  readonly activeapps: readonly { readonly name: string; readonly state: string }[];
}

/** What a daemon says of itself, asked on its own node; undefined where none answers. */
async function page<T>(node: string, port: number): Promise<T | undefined> {
  const { address } = nodes.find(node);
  const answer = await nodes.sudo(node, `curl -sf -m 10 http://${address}:${port}/json/ || :`);
  return answer === '' ? undefined : (JSON.parse(answer) as T);
}

async function masterPages(among = MASTERS): Promise<ReadonlyMap<string, Page | undefined>> {
  return new Map(await Promise.all(among.map(async (name) => [name, await page<Page>(name, 8080)] as const)));
}

/** The one that leads, once there is one. */
async function leader(among = MASTERS): Promise<string> {
  return await until(`one of ${among.join(', ')} leads`, async () => {
    const alive = [...(await masterPages(among))].filter(([, master]) => master?.status === 'ALIVE');
    expect(alive.length).toBeLessThan(2);
    return alive[0]?.[0];
  });
}

const others = (name: string): string[] => MASTERS.filter((other) => other !== name);

test('one master leads and has the workers, the others stand by', async () => {
  const first = await leader();
  const pages = await masterPages();

  expect(MASTERS.map((name) => pages.get(name)?.status).sort()).toEqual(['ALIVE', 'STANDBY', 'STANDBY']);
  expect(pages.get(first)!.workers.map(({ state }) => state)).toEqual(['ALIVE', 'ALIVE']);
});

test('the ZooKeeper servers are one quorum, run as no root, and let nobody in without a login', async () => {
  const { address } = nodes.find('master-1');
  const list = (options: string): Promise<string> =>
    nodes.sudo(
      'master-0',
      `setpriv --reuid=spark --regid=spark --clear-groups timeout 60 java -Dzookeeper.fips-mode=false ${options} -cp '/opt/spark/jars/*' \\
        org.apache.zookeeper.ZooKeeperMain -server ${address}:2181 ls / 2>&1 || :`,
    );
  const facts = await Promise.all(
    MASTERS.map((name) =>
      nodes.python(
        name,
        `import socket
server = socket.create_connection(('${nodes.find(name).address}', 2181), 10)
server.sendall(b'srvr')
print([line for line in server.makefile().read().splitlines() if line.startswith('Mode')][0])`,
      ),
    ),
  );

  expect(facts.map(({ stdout }) => stdout.trim()).sort()).toEqual(['Mode: follower', 'Mode: follower', 'Mode: leader']);
  expect(await nodes.sudo('master-0', 'ps -o user:20= -p $(systemctl show -P MainPID zookeeper)')).toBe('zookeeper');
  expect(await list('')).toContain('failed to authenticate');
  expect(await list('-Djava.security.auth.login.config=/etc/spark/zookeeper-login.conf')).toContain(
    '[spark, zookeeper]',
  );
});

test('a worker does not even reach them', async () => {
  const { address } = nodes.find('master-1');
  const { stdout } = await nodes.python(
    'worker-0',
    `import socket
for port in (2181, 2888, 3888):
    try:
        socket.create_connection(('${address}', port), 3)
        print(port, 'is open')
    except TimeoutError:
        print(port, 'is closed')`,
  );

  expect(stdout).toBe('2181 is closed\n2888 is closed\n3888 is closed\n');
});

describe('when the master that leads is killed and stays away', () => {
  let dead: string;
  let next: string;

  test('another one leads, gives the running job new executors, and the job ends with the right result', async () => {
    dead = await leader();
    const job = project.file('long.py');
    writeFileSync(job, LONG_JOB);
    const running = project.start('submit', 'ha', '--on', others(dead)[0]!, job);
    await running.line((line) => line.includes('begun'));

    await nodes.sudo(dead, 'systemctl kill -s KILL spark-master; systemctl stop spark-master');
    next = await leader(others(dead));
    await until('the job is known to the new master', async () =>
      (await page<Page>(next, 8080))?.activeapps.some(({ name, state }) => name === 'long' && state === 'RUNNING'),
    );
    const before = await newestExecutor('worker-0');
    await nodes.sudo('worker-0', 'pkill -KILL -f CoarseGrainedExecutorBackend');
    await until('worker-0 has a new executor', async () => (await newestExecutor('worker-0')) > before);

    const { stdout } = await running.succeeded();
    expect(stdout).toContain('the total is 280');
  });

  test('status names it, and another job can be submitted', async () => {
    const { status, text } = await project.firesteel('status', 'ha');
    expect(status).toBe(1);
    expect(text).toMatch(new RegExp(`${dead}.*spark-master`));

    const { stdout } = await project.start('submit', 'ha', PI, '4').succeeded();
    expect(stdout).toMatch(/Pi is roughly 3\.1\d+/);
  });

  test('configure starts it again, as one that stands by, and all is well', async () => {
    expect(await cluster.configure()).toMatchObject({ failed: 0 });

    expect(await cluster.status()).toBe(0);
    expect(await leader()).toBe(next);
    expect((await page<Page>(dead, 8080))?.status).toBe('STANDBY');
    expect(await cluster.configure()).toMatchObject({ failed: 0, changed: 0 });
  });
});

describe('when the server of the first master is off, ZooKeeper and the way to the workers with it', () => {
  test('a job is submitted on the next master, and workers are reached through it', async () => {
    await servers.stop(nodes.find('master-0').serverId);

    const submitted = await project.start('submit', 'ha', '--json', PI, '4').succeeded();
    const onWorker = project.start('submit', 'ha', '--on', 'worker-0', PI, '4');

    expect(submitted.stderr).toMatch(/Pi is roughly 3\.1\d+/);
    expect(lastLine(submitted)).toMatchObject({ node: 'master-1', exitCode: 0 });
    expect((await onWorker.succeeded()).stdout).toMatch(/Pi is roughly 3\.1\d+/);
    const hostname = project.start('ssh', 'ha', 'worker-0', 'hostname');
    expect((await hostname.succeeded()).stdout).toMatch(/worker-0\n$/);
  });

  test('it comes back by itself when the server is on again', async () => {
    await servers.start(nodes.find('master-0').serverId);

    await until('all is well', async () => (await cluster.status()) === 0);
    expect(await cluster.configure()).toMatchObject({ failed: 0, changed: 0 });
  });
});

/** The highest number of the job's executors there. */
async function newestExecutor(worker: string): Promise<number> {
  const { executors = [] } = (await page<{ executors: { id: number }[] }>(worker, 8081)) ?? {};
  return Math.max(-1, ...executors.map(({ id }) => Number(id)));
}

/** Asks until there is an answer. */
async function until<T>(what: string, ask: () => Promise<T | undefined | false>): Promise<T> {
  for (const end = Date.now() + 2 * MINUTES; Date.now() < end; await sleep(1000)) {
    const answer = await ask();
    if (answer) return answer;
  }
  throw new Error(`it did not come to pass within two minutes that ${what}`);
}
