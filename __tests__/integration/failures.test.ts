/** Runs that are cut off, servers that are not what they were, servers that never answer: told, and got over. */
import { readFileSync, writeFileSync } from 'node:fs';
import type { InventoryRecord } from '../../inventory/inventory';
import type { ConfigureResult } from '../../lifecycle/configure';
import { Nodes } from './_nodes';
import { commonYaml, Project } from './_project';
import type { Ended } from './_run';
import { Servers } from './_servers';

const MINUTES = 60_000;
const CLUSTER = `kind: spark
cloud: sandbox
common: failcommon
image: debian-12
master: { flavor: m1.small }
workers: { flavor: m1.small, count: 2 }
`;
const SSH_SECONDS = 15;

let project: Project;
let nodes: Nodes;
let servers: Servers;

jest.setTimeout(10 * MINUTES);

beforeAll(async () => {
  servers = await Servers.connect();
  project = await Project.create({
    environments: { failcommon: commonYaml({ cidr: '10.95.0.0/24' }), fail: CLUSTER },
  });
}, 5 * MINUTES);

afterAll(async () => {
  await servers?.close();
  await project?.remove('fail', 'failcommon');
}, 10 * MINUTES);

describe('a run that is cut off', () => {
  test('is killed while the nodes are configured, and again by Ctrl-C: that one says so, and leaves nothing half-written', async () => {
    // GIVEN
    const killed = project.start('up', 'fail', '--json');
    await killed.line((line) => /"worker-1","phase":"configure","state":"update"/.test(line));
    killed.kill('SIGKILL');
    expect((await killed.ended).signal).toBe('SIGKILL');
    // WHEN
    const interrupted = project.start('configure', 'fail', '--json');
    await interrupted.line((line) => line.includes('unpack spark'));
    interrupted.kill('SIGINT');
    // THEN
    const ended = await interrupted.ended;
    expect(ended.status).toBe(130);
    expect(lastLine(ended)).toEqual({ error: 'interrupted', exitCode: 130 });
    expect(inventory().cluster.nodes).toHaveLength(3);
    expect(ourFiles()).toEqual(['.firesteel/fail.json', 'config/firesteel/secrets.json']);
    nodes = await Nodes.of(project, 'fail');
    for (const { name } of nodes.all) expect(await remainsOn(name)).toBe('');
  });

  test('is finished by the next one, and the one after that changes nothing', async () => {
    expect(await configured()).toMatchObject({ failed: 0 });
    expect(await configured()).toMatchObject({ changed: 0, failed: 0 });
    expect((await project.firesteel('status', 'fail')).status).toBe(0);
  });

  /** Files of the state that we keep, those for OpenSSH and what is only a cache aside. */
  function ourFiles(): string[] {
    const all = project.files().map((file) => file.slice(project.dir.length + 1));
    const kept = all.filter((file) => /^(\.firesteel|config\/firesteel)\//.test(file));
    return kept.filter((file) => !/\/cache\/|\.(ssh_config|known_hosts)$/.test(file)).sort();
  }

  /** What is not whole, and scripts that still run; those get some seconds to end. */
  function remainsOn(node: string): Promise<string> {
    return nodes.sudo(
      node,
      `left() { pgrep -u root -f '^(/bin/)?sh -s' | grep -vx "$$" || :; }
      for _ in $(seq 20); do [ -n "$(left)" ] || break; sleep 1; done
      left
      find / -xdev -name '.*.firesteel-????????' -o -path '/var/cache/firesteel/*' -name '*.part'
      for spark in /opt/spark-*; do [ ! -d "$spark" ] || ls "$spark"/.firesteel-* >/dev/null; done`,
    );
  }
});

describe('another host key than the known one', () => {
  test('is refused where the console log does not confirm it, with what to do, and the other nodes are finished', async () => {
    // GIVEN
    const keys = await nodes.sudo(
      'worker-1',
      'rm /etc/ssh/ssh_host_*; ssh-keygen -A >/dev/null; systemctl restart ssh; ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub',
    );
    const [offered = ''] = /SHA256:\S+/.exec(keys) ?? [];
    await changeByHand('worker-0');
    // WHEN
    const { status, stdout, text } = await project.firesteel('configure', 'fail');
    // THEN
    expect(status).toBe(1);
    expect(stdout).toMatch(/✔ master-0: 0 changes/);
    expect(stdout).toMatch(/✔ worker-0: [1-9]\d* changes?/);
    expect(stdout).toMatch(/✖ worker-1: 0 changes/);
    expect(stdout).toContain('showed a wrong SSH host key and was refused; nothing was sent to it');
    expect(stdout).toMatch(new RegExp(`offered +${escaped(offered)} \\(ssh-ed25519\\)`));
    expect(stdout).toMatch(/expected +SHA256:.* from its console log\)/);
    expect(stdout).toContain("If it isn't, trust nothing that answers there");
    // AND what it says to do helps
    const [advice] = /hostKeys: \{ worker-1: \["SHA256:[^"]+"\] \}/.exec(text) ?? [];
    expect(advice).toContain(offered);
    project.write('fail', `${CLUSTER}${advice}\n`);
    expect(await configured()).toMatchObject({ changed: 0, failed: 0 });
    project.write('fail', CLUSTER);
    expect(await configured()).toMatchObject({ changed: 0, failed: 0 });
  });

  test('is taken where only our memory differs and the console log confirms it, with a warning', async () => {
    const right = storedKeys('worker-0');
    storeKeys('worker-0', [{ type: 'ssh-ed25519', key: await anotherKey(), source: 'console' }]);

    const { status, stderr } = await project.firesteel('configure', 'fail');

    expect(stderr).toMatch(/worker-0: warning: its host key has changed and its console log confirms the new one/);
    expect(status).toBe(0);
    expect(storedKeys('worker-0')).toEqual(right);
  });

  test('is refused where the plan says another one, whatever the console log says', async () => {
    const right = storedKeys('worker-0');
    const other = await anotherKey();
    storeKeys('worker-0', []);
    project.write('fail', `${CLUSTER}hostKeys: { worker-0: ["ssh-ed25519 ${other}"] }\n`);

    const { status, stdout } = await project.firesteel('configure', 'fail');

    expect(status).toBe(1);
    expect(stdout).toMatch(/✖ worker-0/);
    expect(stdout).toMatch(/expected +SHA256:.*\(ssh-ed25519, from hostKeys: in the plan\)/);
    expect(storedKeys('worker-0')).toEqual([]);
    project.write('fail', CLUSTER);
    expect(await configured()).toMatchObject({ changed: 0, failed: 0 });
    expect(storedKeys('worker-0')).toEqual(right);
  });

  function serverId(node: string): string {
    return nodes.find(node).serverId;
  }

  function storedKeys(node: string): InventoryRecord['hostKeys'][string] {
    return inventory().hostKeys[serverId(node)] ?? [];
  }

  function storeKeys(node: string, keys: InventoryRecord['hostKeys'][string]): void {
    const record = inventory();
    const hostKeys = { ...record.hostKeys, [serverId(node)]: keys };
    writeFileSync(project.file('.firesteel', 'fail.json'), JSON.stringify({ ...record, hostKeys }));
  }

  /** Base64 of a key of nobody's. */
  async function anotherKey(): Promise<string> {
    const file = project.file(`other-${Date.now()}`);
    await project.program('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file]).succeeded();
    return readFileSync(`${file}.pub`, 'utf8').split(' ')[1]!;
  }
});

describe('nodes that never get up', () => {
  test('are named in time, with the end of the console or why there is none, and the others are finished', async () => {
    // GIVEN a server that boots and never starts sshd, and one that is off
    await neverAnswerAfterReboot('worker-0');
    await Promise.all([servers.reset(nodes.find('worker-0').serverId), servers.stop(nodes.find('worker-1').serverId)]);
    await changeByHand('master-0');
    // WHEN
    const ended = await project.firesteel('configure', 'fail', '--timeout-ssh', `${SSH_SECONDS}s`, '--json');
    // THEN
    expect(ended.status).toBe(1);
    const [master, silent, off] = lastLine<ConfigureResult>(ended).nodes;
    expect(master).toMatchObject({ name: 'master-0', ok: true });
    expect(master!.changed).toBeGreaterThan(0);
    expect(silent).toMatchObject({
      name: 'worker-0',
      ok: false,
      error: expect.stringContaining(`within ${SSH_SECONDS} s`),
    });
    expect(silent!.console!.join('\n')).toMatch(/fail-worker-0 login:|systemd|cloud-init/);
    expect(off).toMatchObject({ name: 'worker-1', ok: false });
    expect(off!.console).toEqual(['(none: the cloud says that server fail-worker-1 is SHUTOFF)']);
    for (const { seconds } of [silent!, off!]) expect(seconds).toBeLessThan(3 * SSH_SECONDS);
  });

  test('are finished when they are there again, and the run after that changes nothing', async () => {
    await Promise.all([servers.reset(nodes.find('worker-0').serverId), servers.start(nodes.find('worker-1').serverId)]);

    expect(await configured()).toMatchObject({ failed: 0 });
    expect(await configured()).toMatchObject({ changed: 0, failed: 0 });
    expect((await project.firesteel('status', 'fail')).status).toBe(0);
  });

  /** Its next boot goes by without sshd, the one after that is as ever. */
  async function neverAnswerAfterReboot(node: string): Promise<void> {
    const unit = `[Unit]
After=ssh.service
[Service]
Type=oneshot
ExecStart=/bin/rm -f /etc/ssh/sshd_not_to_be_run
[Install]
WantedBy=multi-user.target
`;
    await nodes.sudo(
      node,
      `printf '%s' '${unit}' >/etc/systemd/system/sshd-next-time.service
      systemctl enable --quiet sshd-next-time
      touch /etc/ssh/sshd_not_to_be_run`,
    );
  }
});

function lastLine<T>({ stdout }: Ended): T {
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as T;
}

async function configured(): Promise<ConfigureResult> {
  return lastLine<ConfigureResult>(await project.firesteel('configure', 'fail', '--json'));
}

function inventory(): InventoryRecord {
  return project.json<InventoryRecord>('.firesteel', 'fail.json');
}

/** Something for `configure` to put right. */
async function changeByHand(node: string): Promise<void> {
  await nodes.sudo(node, 'echo "# by hand" >>/etc/spark/spark-defaults.conf');
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&');
}
