/** What interrupts services is done node by node, each emptied before and healthy after: a setting, a version, an image. */
import type { DeployedNode } from '../../plan/cluster-output';
import { Cluster } from './_cluster';
import { uploadImageAs } from './_images';
import type { Nodes } from './_nodes';
import { commonYaml, Project, sparkYaml } from './_project';
import { type Ended, lastLine } from './_run';
import { ShufflingJob } from './_shuffling-job';

const MINUTES = 60_000;
const PI = 'local:/opt/spark/examples/src/main/python/pi.py';
const PLAN = sparkYaml({ common: 'rollcommon', workers: 2 });
const OTHER_VERSION = '3.5.9';
const OTHER_IMAGE = 'debian-12-rebuilt';
const UNITS = { 'master-0': 'spark-master', 'worker-0': 'spark-worker', 'worker-1': 'spark-worker' };

let project: Project;
let cluster: Cluster;
let nodes: Nodes;

jest.setTimeout(10 * MINUTES);

beforeAll(async () => {
  project = await Project.create({ environments: { rollcommon: commonYaml({ cidr: '10.95.0.0/24' }), roll: PLAN } });
  await project.start('up', 'roll').succeeded();
  cluster = new Cluster(project, 'roll', PLAN);
  nodes = await cluster.nodes();
});

afterAll(() => project?.remove());

const firesteel = (...args: readonly string[]): Promise<Ended> => project.firesteel(...args);

interface Interruption {
  readonly node: string;
  /** Of the machine's clock, which all guests share; in microseconds. */
  readonly stopped: number;
  readonly started: number;
}

/** The last one of each node's service, in their order. */
async function interruptions(): Promise<Interruption[]> {
  const all = Object.entries(UNITS).map(async ([node, unit]) => {
    const ask = `systemctl show --value -p InactiveEnterTimestampMonotonic -p ActiveEnterTimestampMonotonic ${unit}`;
    const [started, stopped] = (await nodes.sudo(node, ask))
      .split('\n')
      .map(Number)
      .sort((a, b) => b - a);
    return { node, stopped: stopped!, started: started! };
  });
  return (await Promise.all(all)).sort((a, b) => a.stopped - b.stopped);
}

async function expectOneAfterTheOther(): Promise<void> {
  const [master, first, second] = await interruptions();

  expect([master, first, second].map((one) => one!.node)).toEqual(['master-0', 'worker-0', 'worker-1']);
  expect(first!.stopped).toBeGreaterThan(master!.started);
  expect(second!.stopped).toBeGreaterThan(first!.started);
}

/** What the review of the plan says. */
async function review(): Promise<string> {
  return (await project.start('plan', 'roll', '--to', 'update').succeeded()).stdout;
}

test('a setting that all daemons read is changed under a job, which loses no task', async () => {
  project.write('roll', `${PLAN}spark: { conf: { spark.worker.timeout: 90 } }\n`);
  const told = await review();
  expect(told).toMatch(/master-0: \d changes, restarts spark-master\.service/);
  expect(told).toMatch(/worker-0, worker-1: \d changes each, restarts spark-worker\.service/);
  const job = await ShufflingJob.begin(project, 'roll', 10);

  await project.start('update', 'roll').succeeded();

  await job.endsWhole();
  await expectOneAfterTheOther();
  expect(await cluster.status()).toBe(0);
});

test('another version of Spark comes node by node, and jobs run on it', async () => {
  project.write('roll', `${PLAN}spark: { version: "${OTHER_VERSION}" }\n`);
  expect(await review()).toContain('restarts spark-master.service');

  await project.start('update', 'roll').succeeded();

  await expectOneAfterTheOther();
  for (const { name } of nodes.all)
    expect(await nodes.sudo(name, 'readlink /opt/spark')).toBe(`/opt/spark-${OTHER_VERSION}`);
  expect(await cluster.status()).toBe(0);
  expect((await project.start('submit', 'roll', PI, '4').succeeded()).stdout).toMatch(/Pi is roughly 3\.1\d+/);
});

describe('another image', () => {
  let before: readonly DeployedNode[];
  const named = (name: string, among: readonly DeployedNode[]) => among.find((node) => node.name === name)!;

  test('is nothing that a plan would do to servers that are there', async () => {
    await uploadImageAs(OTHER_IMAGE);
    before = nodes.all;
    expect((await firesteel('node', 'replace', 'roll', '--outdated')).stdout).toContain(
      'every server is as it should be',
    );
    const other = PLAN.replace('image: debian-12', `image: ${OTHER_IMAGE}`);
    project.write('roll', `${other}spark: { version: "${OTHER_VERSION}" }\n`);

    const told = await review();

    expect(told).toContain('On the nodes: nothing to change on 3 nodes');
    expect(told).toContain('In the cloud: no resource changes, only outputs');
  });

  test('gives a node that is named a new server, and leaves the others alone', async () => {
    const { stdout } = await project.start('node', 'replace', 'roll', 'worker-1').succeeded();

    expect(stdout).toContain('roll: worker-1 replaced');
    const { serverId, imageId } = named('worker-1', nodes.all);
    expect(pick(named('worker-1', nodes.all))).toEqual(pick(named('worker-1', before)));
    expect(serverId).not.toBe(named('worker-1', before).serverId);
    expect(imageId).not.toBe(named('worker-1', before).imageId);
    for (const name of ['master-0', 'worker-0']) expect(named(name, nodes.all)).toEqual(named(name, before));
    expect(await cluster.status()).toBe(0);
  });

  test('gives all that have the old one new servers, one after the other', async () => {
    const done = await project.start('node', 'replace', 'roll', '--outdated', '--json').succeeded();

    expect(lastLine(done)).toMatchObject({ replaced: ['master-0', 'worker-0'], left: [] });
    expect(new Set(nodes.all.map(({ imageId }) => imageId)).size).toBe(1);
    expect(nodes.all.map(pick)).toEqual(before.map(pick));
    expect(await cluster.status()).toBe(0);
    await project.start('plan', 'roll', '--to', 'update', '--detailed-exitcode').succeeded();
    expect((await project.start('submit', 'roll', PI, '4').succeeded()).stdout).toMatch(/Pi is roughly 3\.1\d+/);
  });
});

/** What a node keeps. */
function pick({ name, hostname, address, floatingIp }: DeployedNode) {
  return { name, hostname, address, floatingIp };
}
