/** Runs that are cut off, and plans that would lose something: nothing is lost, and the next run goes on. */
import type { ConfigureResult } from '../../lifecycle/configure';
import { Cluster } from './_cluster';
import { leftovers } from './_leftovers';
import { commonYaml, Project, sparkYaml } from './_project';
import { type Ended, lastLine, type Running, start } from './_run';

const MINUTES = 60_000;
const PLAN = sparkYaml({ common: 'failcommon', workers: 2 });

let cluster: Cluster;

jest.setTimeout(10 * MINUTES);

beforeAll(async () => {
  const environments = { failcommon: commonYaml({ cidr: '10.95.0.0/24' }), fail: PLAN };
  cluster = new Cluster(await Project.create({ environments }), 'fail', PLAN);
});

afterAll(() => cluster?.project.remove());

/** A run that has come to this line; every step is told with `--json`. */
async function runningUntil(what: RegExp, ...args: readonly string[]): Promise<Running> {
  const running = cluster.project.start(...args, '--json');
  await running.line((line) => what.test(line));
  return running;
}

describe('a run that is cut off', () => {
  test('by Ctrl-C while servers are being made: Terraform ends by itself and its state is whole', async () => {
    const running = await runningUntil(/security group fail-worker created/, 'up', 'fail');

    running.kill('SIGINT');
    const ended = await running.ended;

    expect(ended.status).toBe(130);
    expect(lastLine(ended)).toMatchObject({ exitCode: 130, error: expect.stringContaining('in the state of fail') });
    const { resources } = cluster.project.json<{ resources: unknown[] }>('terraform.fail.tfstate');
    expect(resources.length).toBeGreaterThan(0);
  });

  test('by kill -9 while the next one, which went on from there, configures the nodes', async () => {
    const running = await runningUntil(/"worker-1","phase":"configure","state":"update"/, 'up', 'fail');

    running.kill('SIGKILL');

    expect((await running.ended).signal).toBe('SIGKILL');
    expect((await leftovers()).filter((thing) => /^server fail-/.test(thing))).toHaveLength(3);
    expect(cluster.inventory.cluster.nodes).toHaveLength(3);
  });

  test('by Ctrl-C while nodes are configured: it says so, and nothing is half-written', async () => {
    const running = await runningUntil(/unpack spark/, 'configure', 'fail');

    running.kill('SIGINT');
    const ended = await running.ended;

    expect(ended.status).toBe(130);
    expect(lastLine(ended)).toEqual({ error: 'interrupted', exitCode: 130 });
    expect(cluster.inventory.cluster.nodes).toHaveLength(3);
    expect(ourFiles()).toEqual(['.firesteel/fail.json', 'config/firesteel/secrets.json']);
    for (const { name } of (await cluster.nodes()).all) expect(await remainsOn(name)).toBe('');
  });

  test('by a network that is lost while nodes are configured: every node is told, with what broke', async () => {
    const running = await runningUntil(/"worker-1","phase":"configure","state":"update"/, 'configure', 'fail');

    const ended = await withoutWayTo((await cluster.nodes()).find('master-0').floatingIp!, () => running.ended);

    expect(ended.status).toBe(1);
    const { nodes } = lastLine<ConfigureResult>(ended);
    // One may have been done by then.
    const cutOff = nodes.filter(({ ok }) => !ok);
    expect(cutOff.map(({ name }) => name)).toEqual(expect.arrayContaining(['worker-0', 'worker-1']));
    for (const { error } of cutOff) expect(error).toMatch(/the connection|does not answer|can't be reached/);
  });

  test('is finished by the next one, and the one after that changes nothing', async () => {
    expect(await cluster.configure()).toMatchObject({ failed: 0, nodes: [{ ok: true }, { ok: true }, { ok: true }] });
    expect(await cluster.configure()).toMatchObject({ changed: 0, failed: 0 });
    expect(await cluster.status()).toBe(0);
  });

  /** As when a cable is pulled: nothing gets there any more, and nobody says so. */
  async function withoutWayTo<T>(address: string, work: () => Promise<T>): Promise<T> {
    const route = ['blackhole', `${address}/32`];
    await start('ip', ['route', 'add', ...route]).succeeded();
    try {
      return await work();
    } finally {
      await start('ip', ['route', 'del', ...route]).succeeded();
    }
  }

  /** Files of the state that we keep; those for OpenSSH, the journal and what is only a cache aside. */
  function ourFiles(): string[] {
    const { dir } = cluster.project;
    const all = cluster.project.files().map((file) => file.slice(dir.length + 1));
    const kept = all.filter((file) => /^(\.firesteel|config\/firesteel)\//.test(file));
    return kept.filter((file) => !/\/cache\/|\.(ssh_config|known_hosts|events\.jsonl)$/.test(file)).sort();
  }

  /** What is not whole, and scripts that still run; those get some seconds to end. */
  async function remainsOn(node: string): Promise<string> {
    return (await cluster.nodes()).sudo(
      node,
      `left() { pgrep -u root -f '^(/bin/)?sh -s' | grep -vx "$$" || :; }
      for _ in $(seq 20); do [ -n "$(left)" ] || break; sleep 1; done
      left
      find / -xdev -name '.*firesteel-????????-????-????-????-????????????' -o -path '/var/cache/firesteel/*' -name '*.part'
      for spark in /opt/spark-*; do [ ! -d "$spark" ] || ls "$spark"/.firesteel-* >/dev/null; done`,
    );
  }
});

describe('a dry run', () => {
  test('tells what would be changed, where, and changes nothing', async () => {
    await cluster.changeByHand('worker-0');

    const first = await cluster.configure('--dry-run');
    const second = await cluster.configure('--dry-run');

    const changed = first.nodes.filter((node) => node.changed > 0);
    expect(changed.map(({ name }) => name)).toEqual(['worker-0']);
    expect(changed[0]!.changes.map(({ description }) => description)).toContain('write /etc/spark/spark-defaults.conf');
    expect(second.changed).toBe(first.changed);
  });
});

describe('what would lose something', () => {
  test('up refuses a plan that would delete a server, names it, and touches nothing', async () => {
    const register = cluster.project.json('environments', 'fail.nodes.json');
    const before = await leftovers();

    const fewer = cluster.plan.replace('count: 2', 'count: 1');
    const { status, stderr } = await cluster.withPlan(fewer, () => cluster.project.firesteel('up', 'fail'));

    expect(status).toBe(3);
    expect(stderr).toContain('server fail-worker-1 would be deleted');
    expect(stderr).not.toContain('fail-worker-0');
    expect(cluster.project.json('environments', 'fail.nodes.json')).toEqual(register);
    expect(await leftovers()).toEqual(before);
  });

  test('killed while it destroys: Terraform ends by itself, and the next down leaves nothing', async () => {
    await cluster.project.start('plan', 'fail', '--to', 'destroy').succeeded();
    const running = await runningUntil(/1\/\d+ .* deleted/, 'down', 'fail');
    running.kill('SIGKILL');
    await running.ended;

    await untilSucceeds(() => cluster.project.firesteel('down', 'fail'));
    await cluster.project.destroy('failcommon');

    expect(await leftovers()).toEqual([]);
  });

  /** While the Terraform of the run before is still at it, the message says so. */
  async function untilSucceeds(run: () => Promise<Ended>): Promise<void> {
    for (let tries = 0; tries < 20; tries++) {
      const { status, stderr } = await run();
      if (status === 0) return;
      expect(stderr).toContain('in use by another run');
    }
    throw new Error('the state was still in use after all tries');
  }
});
