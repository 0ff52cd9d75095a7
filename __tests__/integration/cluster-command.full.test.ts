/** A cluster for those who want no file, on a network, a key pair and addresses that are there already. */
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import type { DeleteClusterResult } from '../../lifecycle/cluster-delete';
import type { StartClusterResult } from '../../lifecycle/cluster-start';
import type { ClusterStatusResult } from '../../lifecycle/cluster-status';
import { Lab } from './_lab';
import { leftovers } from './_leftovers';
import { Project } from './_project';
import { lastLine } from './_run';
import { cutPower } from './_sudden-end';

const MINUTES = 60_000;
const WORKER = 'demo-worker-0';
const [FIRST, SECOND] = ['10.83.0.21', '10.83.0.31'];

jest.setTimeout(10 * MINUTES);

/** A folder that is no project: all that is in it is a key. */
let elsewhere: Project;
let lab: Lab;
let before: readonly string[];
let started: StartClusterResult;
let servers: Readonly<Record<string, string>>;

const cluster = (verb: string, ...args: readonly string[]) =>
  elsewhere.start('cluster', verb, '--name', 'demo', ...args, '--json');

beforeAll(async () => {
  elsewhere = await Project.create({ environments: {}, ownHome: true });
  lab = await Lab.make({ cidr: '10.83.0.0/24', publicKey: elsewhere.file('key.pub'), floatingIps: 2 });
  before = (await leftovers()).sort();
  const [first] = lab.floatingIps;
  const ended = await elsewhere
    .start(
      ...['cluster', 'start', '--name', 'demo', '--nummasters', '1', '--slaves', '1', '--flavor', 'm1.small'],
      ...['--network', Lab.NAME, '-s', Lab.NAME, '--key', Lab.NAME, '--private-key', 'key', '-i', 'debian-12'],
      ...['--master-ips', first!, '--slave-ips', FIRST, '--json'],
    )
    .succeeded();
  started = lastLine(ended);
  servers = await lab.servers();
}, 8 * MINUTES);

afterAll(async () => {
  await lab?.close();
  elsewhere?.remove();
});

test('start makes it with the addresses, the group and the key that were there already', async () => {
  expect(started.configured).toMatchObject({ failed: 0 });
  expect(started.summary?.nodes).toMatchObject([
    { name: 'master-0', floatingIp: lab.floatingIps[0] },
    { name: 'worker-0', address: FIRST, floatingIp: null },
  ]);
  const ports = await lab.ports();
  expect(ports[WORKER]!.groups).toContain(Lab.NAME);
  expect((await lab.cloud.network.floatingIps()).length).toBe(2);
});

test('what is kept of it is for its owner only, and is no part of the folder where it was called', () => {
  const folder = started.folder;
  expect(folder).toBe(elsewhere.file('home', '.local', 'state', 'firesteel', 'clusters', 'demo'));
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  expect(readFileSync(`${folder}/environments/demo-common.yaml`, 'utf8')).toMatch(/existing: lab\n {2}subnet: lab\n/);
  expect(existsSync(elsewhere.file('.firesteel'))).toBe(false);
});

test('other addresses of master and slave replace no server, and all is well afterwards', async () => {
  const [, second] = lab.floatingIps;

  const result = lastLine<StartClusterResult>(
    await cluster('start', '--master-ips', second!, '--slave-ips', SECOND).succeeded(),
  );

  expect(result.configured).toMatchObject({ failed: 0 });
  expect(await lab.servers()).toEqual(servers);
  const { ok, summary } = lastLine<ClusterStatusResult>(await cluster('status').succeeded());
  expect(summary.nodes).toMatchObject([{ floatingIp: second }, { address: SECOND }]);
  expect(ok).toBe(true);
  const { stdout } = await elsewhere.firesteel('--dir', result.folder, 'run', 'demo', '--', 'hostname', '-I');
  expect(stdout).toContain(SECOND);
  expect(stdout).not.toContain(FIRST);
});

test('the other verbs work on it, and a job runs on both nodes', async () => {
  const job = elsewhere.file('sum.py');
  writeFileSync(
    job,
    'from pyspark.sql import SparkSession\nprint("sum", SparkSession.builder.getOrCreate().range(1000).repartition(4).groupBy().sum().first()[0])\n',
  );

  const { stdout, status } = await elsewhere.firesteel('--dir', started.folder, 'submit', 'demo', job);

  expect(stdout).toContain('sum 499500');
  expect(status).toBe(0);
});

test('refuses an address that no node can have, and stays as it was', async () => {
  const file = `${started.folder}/environments/demo.yaml`;
  const text = readFileSync(file, 'utf8');

  const { status, stderr } = await cluster('start', '--slave-ips', '10.83.0.1').ended;

  expect(stderr).toContain('10.83.0.1 is the gateway');
  expect(status).toBe(2);
  expect(readFileSync(file, 'utf8')).toBe(text);
});

test('fails with the known ones for a cluster that there is not', async () => {
  const { status, stderr } = await elsewhere.firesteel('cluster', 'status', '--name', 'demi');

  expect(stderr).toContain('there is no cluster "demi" (did you mean "demo"?): there are demo');
  expect(status).toBe(2);
});

test('delete says what goes and is finished after a power cut; nothing is left that was not there before', async () => {
  const running = elsewhere.start('cluster', 'delete', '--name', 'demo');
  await running.line((line) => line.includes('server demo-master-0'));
  await running.line((line) => /1\/\d+ .* deleted/.test(line));
  await cutPower(running.pid);

  const { destroyed } = lastLine<DeleteClusterResult>(await cluster('delete').succeeded());

  expect(destroyed).toBeGreaterThan(0);
  expect((await leftovers()).sort()).toEqual(before);
  expect(existsSync(started.folder)).toBe(false);
  expect((await cluster('delete').ended).status).toBe(2);
});
