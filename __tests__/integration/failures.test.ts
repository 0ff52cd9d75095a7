/** All that should not happen to a cluster, from its making to its end: told, nothing lost, and the next run goes on. */
import { FailingCluster } from './_failing-cluster';
import { leftovers } from './_leftovers';
import { type Ended, lastLine, type Running } from './_run';
import { Servers } from './_servers';

const MINUTES = 60_000;
const SSH_SECONDS = 10;
const NO_SSHD = 'this boot goes without sshd';

let cluster: FailingCluster;

jest.setTimeout(10 * MINUTES);

beforeAll(async () => {
  cluster = await FailingCluster.create();
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

  test('is finished by the next one, and the one after that changes nothing', async () => {
    expect(await cluster.configure()).toMatchObject({ failed: 0, nodes: [{ ok: true }, { ok: true }, { ok: true }] });
    expect(await cluster.configure()).toMatchObject({ changed: 0, failed: 0 });
    expect(await cluster.status()).toBe(0);
  });

  /** Files of the state that we keep, those for OpenSSH and what is only a cache aside. */
  function ourFiles(): string[] {
    const { dir } = cluster.project;
    const all = cluster.project.files().map((file) => file.slice(dir.length + 1));
    const kept = all.filter((file) => /^(\.firesteel|config\/firesteel)\//.test(file));
    return kept.filter((file) => !/\/cache\/|\.(ssh_config|known_hosts)$/.test(file)).sort();
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

describe('another host key than the known one', () => {
  test('is refused where the console log does not confirm it, with what to do, and the other nodes are finished', async () => {
    // GIVEN a node with keys of somebody's, beside one with something to put right
    const keys = await (await cluster.nodes()).sudo(
      'worker-1',
      'rm /etc/ssh/ssh_host_*; ssh-keygen -A >/dev/null; systemctl restart ssh; ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub',
    );
    const [offered = 'none'] = /SHA256:\S+/.exec(keys) ?? [];
    await cluster.changeByHand('worker-0');
    // WHEN
    const { status, stdout } = await cluster.project.firesteel('configure', 'fail');
    // THEN
    expect(status).toBe(1);
    expect(stdout).toMatch(/✔ master-0: 0 changes/);
    expect(stdout).toMatch(/✔ worker-0: [1-9]\d* changes?/);
    expect(stdout).toMatch(/✖ worker-1: 0 changes/);
    expect(stdout).toContain('showed a wrong SSH host key and was refused; nothing was sent to it');
    expect(stdout).toContain(`offered   ${offered} (ssh-ed25519)`);
    expect(stdout).toMatch(/expected +SHA256:.* from its console log\)/);
    expect(stdout).toContain("If it isn't, trust nothing that answers there");
    // AND what it says to do helps, also for all runs after it
    const [advice] = /hostKeys: \{ worker-1: \["SHA256:[^"]+"\] \}/.exec(stdout) ?? [];
    expect(advice).toContain(offered);
    const advised = await cluster.withPlan(`${cluster.plan}${advice}\n`, () => cluster.configure());
    expect(advised).toMatchObject({ changed: 0, failed: 0 });
    expect(await cluster.status()).toBe(0);
  });
});

describe('nodes that never get up', () => {
  let servers: Servers;

  beforeAll(async () => {
    servers = await Servers.connect();
  });

  afterAll(() => servers?.close());

  test('are named in time, with the end of the console or why there is none, and the others are finished', async () => {
    // GIVEN a server that boots and never starts sshd, one that is off, and one with something to put right
    const nodes = await cluster.nodes();
    await neverAnswerAfterReboot('worker-0');
    const silentId = nodes.find('worker-0').serverId;
    await Promise.all([servers.reset(silentId), servers.stop(nodes.find('worker-1').serverId)]);
    await servers.says(silentId, NO_SSHD);
    await cluster.changeByHand('master-0');
    // WHEN
    const { failed, nodes: reports } = await cluster.configure('--timeout-ssh', `${SSH_SECONDS}s`);
    // THEN
    expect(failed).toBe(2);
    const [master, silent, off] = reports;
    expect(master).toMatchObject({ name: 'master-0', ok: true });
    expect(master!.changed).toBeGreaterThan(0);
    const error = expect.stringContaining(`could not be reached by SSH within ${SSH_SECONDS} s`);
    expect(silent).toMatchObject({ name: 'worker-0', ok: false, error });
    expect(silent!.console!.join('\n')).toContain(NO_SSHD);
    expect(off).toMatchObject({ name: 'worker-1', ok: false, error });
    expect(off!.console).toEqual(['(none: the cloud says that server fail-worker-1 is SHUTOFF)']);
  });

  test('are finished when they are there again', async () => {
    const nodes = await cluster.nodes();
    await Promise.all([servers.reset(nodes.find('worker-0').serverId), servers.start(nodes.find('worker-1').serverId)]);

    expect(await cluster.configure()).toMatchObject({ failed: 0 });
    expect(await cluster.status()).toBe(0);
  });

  /** Its next boot goes by without sshd, the one after that is as ever. What is not on its disk, a hard reset loses. */
  async function neverAnswerAfterReboot(node: string): Promise<void> {
    const unit = `[Unit]
After=ssh.service multi-user.target
ConditionPathExists=/etc/ssh/sshd_not_to_be_run
[Service]
Type=oneshot
ExecStart=/bin/rm /etc/ssh/sshd_not_to_be_run
ExecStart=/bin/sh -c 'echo ${NO_SSHD} >/dev/console'
[Install]
WantedBy=multi-user.target
`;
    await (await cluster.nodes()).sudo(
      node,
      `cat >/etc/systemd/system/sshd-next-time.service <<'UNIT'
${unit}UNIT
      systemctl enable --quiet sshd-next-time
      touch /etc/ssh/sshd_not_to_be_run
      sync`,
    );
  }
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
    const running = await runningUntil(/1\/\d+ .* deleted/, 'down', 'fail', '--yes');
    running.kill('SIGKILL');
    await running.ended;

    await untilSucceeds(() => cluster.project.firesteel('down', 'fail', '--yes'));
    await cluster.project.start('down', 'failcommon', '--yes').succeeded();

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
