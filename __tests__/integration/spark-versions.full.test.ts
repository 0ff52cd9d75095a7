/** The lines of Spark that are tested beside the default one: the same way, on a cluster of their own each. */
import { join } from 'node:path';
import { DEFAULT_SPARK_VERSION, SPARK_VERSIONS } from '../../roles/spark/versions';
import { buildJar } from './_jar';
import { Nodes } from './_nodes';
import { commonYaml, Project } from './_project';

const MINUTES = 60_000;
const PI = 'local:/opt/spark/examples/src/main/python/pi.py';
const OTHERS = Object.keys(SPARK_VERSIONS).filter((version) => version !== DEFAULT_SPARK_VERSION);

describe.each(OTHERS)('Spark %s', (version) => {
  let project: Project;
  let nodes: Nodes;

  beforeAll(async () => {
    project = await Project.create({
      environments: {
        oldcommon: commonYaml({ cidr: '10.96.0.0/24' }),
        old: `kind: spark
cloud: sandbox
common: oldcommon
image: debian-12
master: { flavor: m1.small }
workers: { flavor: m1.small, count: 2 }
spark: { version: "${version}" }
`,
      },
    });
    await project.start('up', 'old').succeeded();
    nodes = await Nodes.of(project, 'old');
  }, 15 * MINUTES);

  afterAll(() => project?.remove());

  test('runs on all nodes, and is healthy', async () => {
    for (const { name } of nodes.all) {
      expect(await nodes.sudo(name, 'readlink /opt/spark')).toBe(`/opt/spark-${version}`);
    }
    expect((await project.firesteel('status', 'old')).status).toBe(0);
  });

  test('runs a Python job and a jar', async () => {
    const pi = await project.firesteel('submit', 'old', PI, '4');
    expect(pi.stdout).toMatch(/Pi is roughly 3\.1\d+/);
    const jar = await buildJar(project, nodes, join(__dirname, 'fixtures', 'Squares.java'));
    const squares = await project.firesteel('submit', 'old', '--class', 'Squares', jar, '1000');
    expect(squares.stdout).toContain('squares up to 1000: 333833500');
  });

  test('is left as it is by a second configure', async () => {
    const { stdout } = await project.start('configure', 'old', '--json').succeeded();
    expect(JSON.parse(stdout.trim().split('\n').at(-1)!)).toMatchObject({ changed: 0, failed: 0 });
  });
});
