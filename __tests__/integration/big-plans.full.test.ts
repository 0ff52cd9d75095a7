/**
 * The two big plans, whole as far as they can be planned, and for real in the size that this machine can hold. Their
 * regions are those of `_regions.ts`: several in the catalog, one OpenStack behind them, a network for each.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import type { ConfigureResult } from '../../lifecycle/configure';
import type { UpResult } from '../../lifecycle/up';
import { exposedPorts } from './_expected-ports';
import { Nodes } from './_nodes';
import { commonYaml, Project } from './_project';
import { Regions } from './_regions';
import { lastLine } from './_run';
import { scaledDown } from './_scaled-down';
import { letThrough, scanFrom } from './_scan';
import { Servers } from './_servers';

const MINUTES = 60_000;
const [A, B, C] = ['us-east', 'eu-central', 'ap-south'] as const;

jest.setTimeout(20 * MINUTES);

let regions: Regions;
let project: Project;

beforeAll(async () => {
  regions = await Regions.add(A, B, C);
  const commons = Object.entries({ 'common-a': A, 'common-b': B, 'common-c': C }).map(([name, region], index) => [
    name,
    `${commonYaml({ cidr: `10.9${index + 1}.0.0/24` })}region: ${region}\n`,
  ]);
  project = await Project.create({ environments: Object.fromEntries(commons) });
});

afterAll(async () => {
  project?.remove();
  await regions?.remove();
});

/** Writes a template as an environment, whole. */
async function init(template: string, environment: string, values: Readonly<Record<string, string>>): Promise<void> {
  const set = Object.entries({ image: 'debian-12', regionA: A, regionB: B, ...values });
  const options = set.flatMap(([name, value]) => ['--set', `${name}=${value}`]);
  await project.start('template', 'init', template, environment, ...options).succeeded();
}

/** Writes it again as this machine can hold it, and says what is another. */
function scaleDown(environment: string): void {
  const file = project.file('environments', `${environment}.yaml`);
  const { text, substitutions } = scaledDown(readFileSync(file, 'utf8'));
  console.log([`${environment}, scaled down:`, ...substitutions.map((line) => `  ${line}`)].join('\n'));
  // What follows a database elsewhere is well when it has a copy of it.
  writeFileSync(file, `${text}timeouts: { health: 10m }\n`);
}

async function bringUp(environment: string): Promise<void> {
  const up = lastLine<UpResult>(await project.start('up', environment, '--json').succeeded());
  expect(up.configured).toMatchObject({ failed: 0 });
}

async function isSettled(environment: string): Promise<void> {
  const { status, text } = await project.firesteel('status', environment);
  expect(text).toContain(`${environment}: all is well`);
  expect(status).toBe(0);
  const again = lastLine<ConfigureResult>(await project.firesteel('configure', environment, '--json'));
  expect(again).toMatchObject({ changed: 0, failed: 0 });
}

async function validated(environment: string): Promise<number> {
  const { stdout } = await project.start('validate', environment, '--offline', '--json').succeeded();
  const [result] = JSON.parse(stdout.trim().split('\n').at(-1)!) as readonly { readonly resources: number }[];
  return result!.resources;
}

describe('IoT in three regions', () => {
  const flavors = { sparkFlavor: 'm1.medium', brokerFlavor: 'm1.small', databaseFlavor: 'm1.small' };
  let nodes: Nodes;

  test('validates whole: 52 nodes', async () => {
    await init('iot-cruncher', 'iot', { regionC: C, ...flavors });
    expect(await validated('iot')).toBeGreaterThan(52 * 3);
  });

  test('comes up, and a second run changes nothing', async () => {
    scaleDown('iot');
    await bringUp('iot');
    nodes = await Nodes.of(project, 'iot', 'sparkmaster-0');
    expect(nodes.all.map(({ name, region }) => `${name} ${region}`).sort()).toEqual([
      `kafka-0 ${A}`,
      `kafka2-0 ${B}`,
      `kafka3-0 ${C}`,
      `postgres-0 ${A}`,
      `spark-0 ${A}`,
      `sparkmaster-0 ${A}`,
    ]);
    await isSettled('iot');
  });

  test('what is sent to the Kafka of each region arrives in PostgreSQL', async () => {
    writeFileSync(project.file('stream.py'), STREAM);
    const { status, stdout, text } = await project.firesteel('submit', 'iot', 'stream.py');
    if (status !== 0) throw new Error(text);
    expect(stdout).toContain('rows in PostgreSQL: 3');
    const query = "select string_agg(value, ',' order by value) from arrived";
    const rows = await nodes.sudo('postgres-0', `sudo -u postgres psql -AtXq -d iot -c "${query}"`);
    expect(rows).toBe([A, B, C].sort().join(','));
  });

  test('a scan of every node from every other finds exactly what its roles declare', async () => {
    const found: Record<string, unknown> = {};
    const expected: Record<string, unknown> = {};
    for (const shift of [1, 2, 3, 4, 5]) {
      const round = nodes.all.map((from, index) => [from, nodes.all[(index + shift) % nodes.all.length]!] as const);
      await Promise.all(
        round.map(async ([from, to]) => {
          const way = `${from.name} → ${to.name}`;
          const near = from.region === to.region;
          // A node of another region that has no floating IP can't be named from there at all.
          if (!near && to.floatingIp === null) return;
          found[way] = letThrough(await scanFrom(nodes, from.name, near ? to.address : to.floatingIp!));
          expected[way] = exposedPorts(from, to);
        }),
      );
    }
    expect(found).toEqual(expected);
  });

  test('goes down', () => project.destroy('iot'));
});

describe('WordPress in two regions', () => {
  const flavors = { webFlavor: 'm1.small', cacheFlavor: 'm1.tiny', sqlFlavor: 'm1.small', dataFlavor: 'm1.small' };
  let nodes: Nodes;
  let servers: Servers;

  afterAll(() => servers?.close());

  test('validates whole: 82 nodes, and two balancers a region', async () => {
    await init('wordpress-regions', 'wp', { ...flavors, title: 'Two regions' });
    expect(await validated('wp')).toBeGreaterThan(86 * 2);
  });

  test('comes up, and a second run changes nothing', async () => {
    scaleDown('wp');
    await bringUp('wp');
    nodes = await Nodes.of(project, 'wp', 'abalancer-0');
    servers = await Servers.connect();
    expect(nodes.all).toHaveLength(12);
    await isSettled('wp');
  });

  test('a page comes through the balancer of each region, and what is written in the first is in the second', async () => {
    for (const region of ['a', 'b']) expect(await page(region)).toContain('<title>Two regions</title>');
    await comment('a', 'written in the first');
    await arrives('b', 'written in the first');
  });

  test('all servers of the first region stop: the second is promoted, and takes pages and writes', async () => {
    const lost = nodes.all.filter(({ region }) => region === A);
    await Promise.all(lost.map(({ serverId }) => servers.pause(serverId)));
    try {
      expect(await page('b')).toContain('<title>Two regions</title>');
      await project.start('promote', 'wp', B, '--lost', '--yes').succeeded();
      expect(readFileSync(project.file('environments', 'wp.yaml'), 'utf8')).toContain(`primary: ${B}`);
      expect(await page('b')).toContain('<title>Two regions</title>');
      await comment('b', 'written in the second');
      await arrives('b', 'written in the second');
    } finally {
      await Promise.all(lost.map(({ serverId }) => servers.unpause(serverId)));
    }
  });

  test('the first comes back and follows the second', async () => {
    const { failed } = lastLine<ConfigureResult>(await project.start('configure', 'wp', '--json').succeeded());
    expect(failed).toBe(0);
    await arrives('a', 'written in the second');
    await isSettled('wp');
  });

  test('goes down', () => project.destroy('wp', 'common-a', 'common-b', 'common-c'));

  function site(region: string): string {
    const { floatingIp } = nodes.output.virtualIps!.find(({ group }) => group === `${region}balancer`)!;
    return `http://${floatingIp}`;
  }

  async function page(region: string): Promise<string> {
    const answer = await fetch(`${site(region)}/`);
    expect(answer.status).toBe(200);
    return answer.text();
  }

  /** As a reader writes one below the first post. */
  async function comment(region: string, text: string): Promise<void> {
    const form = { comment: text, author: 'Reader', email: 'reader@example.org', comment_post_ID: '1' };
    const answer = await fetch(`${site(region)}/wp-comments-post.php`, {
      method: 'POST',
      body: new URLSearchParams(form),
      redirect: 'manual',
    });
    expect(answer.status).toBe(302);
  }

  async function arrives(region: string, text: string): Promise<void> {
    const query = `select count(*) from wp_comments where comment_content = '${text}'`;
    const count = () => nodes.sudo(`${region}datanodes-0`, `mariadb -BN -e "${query}" wordpress`);
    for (let left = 30; (await count()) !== '1'; left -= 1) {
      if (left === 0) throw new Error(`"${text}" is not in region ${region}`);
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }
});

/** Reads the Kafka of every region; one record was sent to each. */
const STREAM = `
from pyspark.sql import SparkSession

def options(path):
    with open(path) as lines:
        return dict(line.strip().split('=', 1) for line in lines if not line.startswith('#'))

spark = SparkSession.builder.appName('iot').getOrCreate()
conf = options('/etc/spark/kafka.conf')
jdbc = options('/etc/spark/postgresql.conf')

def near(brokers):
    own = {key: value for key, value in conf.items() if not key.endswith('.bootstrap.servers') or key == 'bootstrap.servers'}
    return {'kafka.' + key: value for key, value in {**own, 'bootstrap.servers': brokers}.items()}

elsewhere = {key.split('.')[0]: value for key, value in conf.items() if key.endswith('.bootstrap.servers')}
for region, brokers in {'us-east': conf['bootstrap.servers'], **elsewhere}.items():
    kafka = near(brokers)
    sent = spark.createDataFrame([(region,)], 'value string')
    sent.write.format('kafka').options(**kafka).option('topic', 'measurements').save()
    arriving = (
        spark.readStream.format('kafka').options(**kafka)
        .option('subscribe', 'measurements').option('startingOffsets', 'earliest').load()
        .selectExpr('cast(value as string) value')
    )

    def keep(batch, _):
        batch.write.format('jdbc').options(**jdbc).option('dbtable', 'arrived').mode('append').save()

    query = arriving.writeStream.foreachBatch(keep).trigger(availableNow=True)
    query.option('checkpointLocation', '/tmp/stream-' + region).start().awaitTermination()
print('rows in PostgreSQL:', spark.read.format('jdbc').options(**jdbc).option('dbtable', 'arrived').load().count())
spark.stop()
`;
