/** The way from an empty folder to a job's answer and back to nothing, with our command line. */
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Cluster } from './_cluster';
import { describeDrift } from './_drift';
import { describeFailingNodes } from './_failing-nodes';
import { buildJar } from './_jar';
import { leftovers } from './_leftovers';
import { Nodes } from './_nodes';
import { describeOperatorVerbs } from './_operator-verbs';
import { describePower } from './_power';
import { commonYaml, Project } from './_project';
import { describeReviewedPlans } from './_reviewed-plans';
import type { Ended } from './_run';
import { describeScaling } from './_scaling';

const MINUTES = 60_000;
const PI = 'local:/opt/spark/examples/src/main/python/pi.py';

let project: Project;
let quickstart: Ended;
let nodes: Nodes;
let cluster: Cluster;

jest.setTimeout(10 * MINUTES);

beforeAll(async () => {
  project = await Project.create({ environments: {}, ownHome: true });
  quickstart = await project.start('quickstart').succeeded();
  nodes = await Nodes.of(project, 'dev');
  cluster = new Cluster(project, 'dev', readFileSync(project.file('environments', 'dev.yaml'), 'utf8'));
}, 15 * MINUTES);

afterAll(() => project?.remove());

/** The last line of `--json`. */
async function json<T>(...args: readonly string[]): Promise<T> {
  const { stdout } = await project.firesteel(...args, '--json');
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as T;
}

interface MasterPage {
  readonly status: string;
  readonly workers: readonly { readonly state: string }[];
  readonly activeapps: readonly { readonly name: string }[];
}

/** What the master says of itself, asked on its own node. */
async function masterPage(): Promise<MasterPage> {
  const { address } = nodes.find('master-0');
  return JSON.parse(await nodes.sudo('master-0', `curl -sf http://${address}:8080/json/`));
}

describe('quickstart', () => {
  test('writes the environments from what the cloud has, and tells what it has found and made', () => {
    const { stdout } = quickstart;

    expect(stdout).toMatch(/flavor +m1\.small\nimage +debian-12\nnetwork +public\n/);
    expect(stdout).toMatch(/SSH key +~\/\.ssh\/id_ed25519\.pub \(just made/);
    expect(stdout).toMatch(/access +172\.\S+\/32: this machine/);
    expect(statSync(project.file('home', '.ssh', 'id_ed25519')).mode & 0o777).toBe(0o600);
    expect(readFileSync(project.file('environments', 'dev.yaml'), 'utf8')).toMatch(/flavor: m1\.small\n {2}count: 2\n/);
  });

  test('ends with Pi and how to go on', () => {
    expect(quickstart.stdout).toMatch(/Pi is roughly 3\.1\d+/);
    expect(quickstart.stdout).toMatch(/master +spark:\/\/dev-master-0:7077/);
    for (const command of ['status', 'ssh', 'submit', 'down']) {
      expect(quickstart.stdout).toContain(`npx firesteel ${command} dev`);
    }
  });

  test('a second run changes nothing, and computes Pi again', async () => {
    const before = project.json('.firesteel', 'dev.json');

    const { status, text } = await project.firesteel('quickstart');

    expect(text).toContain('0 changes on 3 nodes, 0 failed');
    expect(text).toMatch(/Pi is roughly 3\.1\d+/);
    expect(status).toBe(0);
    expect(project.json('.firesteel', 'dev.json')).toEqual(before);
  });
});

describe('after up', () => {
  test('the master is alive, and every worker with it', async () => {
    const { status, workers } = await masterPage();

    expect(status).toBe('ALIVE');
    expect(workers.map(({ state }) => state)).toEqual(['ALIVE', 'ALIVE']);
  });

  test('the register says which nodes exist', () => {
    expect(project.json('environments', 'dev.nodes.json')).toEqual({
      version: 1,
      groups: { master: { next: 1, nodes: [0] }, worker: { next: 2, nodes: [0, 1] } },
    });
  });

  test('a second configure changes nothing', async () => {
    expect(await json('configure', 'dev')).toMatchObject({
      changed: 0,
      failed: 0,
      nodes: ['master-0', 'worker-0', 'worker-1'].map((name) => ({ name, ok: true, changed: 0 })),
    });
  });

  test('no node keeps the file that Spark came in, nor what it gave to the others', async () => {
    const left = await Promise.all(nodes.all.map(({ name }) => nodes.sudo(name, 'ls -A /var/cache/firesteel')));

    expect(
      left
        .join('\n')
        .split('\n')
        .filter((name) => !name.endsWith('.lock') && name !== ''),
    ).toEqual([]);
  });

  test('another checkout that would take the same names is refused before anything is made', async () => {
    const other = await Project.create({ environments: { common: commonYaml({ cidr: '10.94.0.0/24' }) } });
    try {
      const { status, text } = await other.firesteel('up', 'common');
      expect(status).toBe(2);
      expect(text).toContain('the cloud has a network "firesteel-common" already');
      expect(existsSync(other.file('.firesteel', 'common.applying'))).toBe(false);
    } finally {
      other.remove();
    }
  });
});

describe('submit', () => {
  test('a Python job that the nodes have prints Pi', async () => {
    const { status, stdout } = await project.firesteel('submit', 'dev', PI, '4');

    expect(stdout).toMatch(/Pi is roughly 3\.1\d+/);
    expect(status).toBe(0);
  });

  test('a jar of our own runs on the executors', async () => {
    const jar = await buildJar(project, nodes, join(__dirname, 'fixtures', 'Squares.java'));

    const { status, stdout } = await project.firesteel('submit', 'dev', '--class', 'Squares', jar, '1000');

    expect(stdout).toContain('squares up to 1000: 333833500');
    expect(status).toBe(0);
  });

  test("the job's exit status is ours", async () => {
    const job = project.file('fails.py');
    writeFileSync(job, 'import sys\nprint("about to fail")\nsys.exit(3)\n');

    const { status, stdout } = await project.firesteel('submit', 'dev', job);

    expect(stdout).toContain('about to fail');
    expect(status).toBe(3);
  });

  test('Ctrl-C ends the job', async () => {
    const job = project.file('sleeps.py');
    writeFileSync(
      job,
      `import time
from pyspark.sql import SparkSession
spark = SparkSession.builder.appName("sleeps").getOrCreate()
print("sleeping now", flush=True)
time.sleep(600)
`,
    );
    const running = project.start('submit', 'dev', job);
    await running.line((line) => line.includes('sleeping now'));
    expect((await masterPage()).activeapps.map(({ name }) => name)).toContain('sleeps');

    running.kill('SIGINT');

    expect((await running.ended).status).toBe(130);
    await until(async () => (await masterPage()).activeapps.length === 0);
  });
});

describe('looking at it', () => {
  test('tunnel brings the pages of the master and of the history server here', async () => {
    const running = project.start('tunnel', 'dev', '--json');
    const { pages } = JSON.parse(await running.line((line) => line.startsWith('{"type":"open"'))) as {
      pages: { page: string; url: string }[];
    };
    try {
      const titles = await Promise.all(
        pages.map(async ({ url }) => /<title>[\s\S]*?<\/title>/.exec(await get(url))?.[0]),
      );
      expect(titles.join('\n')).toMatch(/Spark Master at[\s\S]*History Server/);
    } finally {
      running.kill('SIGINT');
      await running.ended;
    }
  });

  test('ssh runs a command on a node behind the master', async () => {
    const { status, stdout } = await project.firesteel('ssh', 'dev', 'worker-1', 'hostname');

    expect(stdout.trim()).toBe('dev-worker-1');
    expect(status).toBe(0);
  });

  test('status names the service that is down, and configure starts it again', async () => {
    await nodes.sudo('worker-0', 'systemctl stop spark-worker');

    const { status, text } = await project.firesteel('status', 'dev');

    expect(status).toBe(1);
    expect(text).toMatch(/worker-0.*spark-worker/);
    expect(await json('configure', 'dev')).toMatchObject({ failed: 0 });
    expect((await project.firesteel('status', 'dev')).status).toBe(0);
  });
});

describeOperatorVerbs(() => cluster);

describeReviewedPlans(() => cluster);

describeDrift(() => cluster);

describeFailingNodes(() => cluster);

describeScaling(() => cluster);

describePower(() => cluster);

describe('down', () => {
  test('refuses to take away what another environment uses, and names it', async () => {
    const { status, text } = await project.firesteel('plan', 'common', '--to', 'destroy');

    expect(status).toBe(3);
    expect(text).toContain('common is what dev stands on');
  });

  test('refuses without a reviewed plan, whatever is said', async () => {
    const { status, text } = await project.firesteel('down', 'dev');

    expect(status).toBe(3);
    expect(text).toContain('firesteel plan dev --to destroy');
    expect((await project.firesteel('down', 'dev', '--yes')).status).toBe(2);
  });

  test('leaves nothing in the project', async () => {
    await project.destroy('dev', 'common');

    expect(await leftovers()).toEqual([]);
    expect(existsSync(project.file('.firesteel', 'dev.json'))).toBe(false);
  });
});

async function get(url: string): Promise<string> {
  return (await fetch(url)).text();
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 60; tries++) {
    if (await holds()) return;
    await sleep(1000);
  }
  throw new Error('it did not come to pass within a minute');
}
