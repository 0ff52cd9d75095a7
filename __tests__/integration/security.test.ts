/** A cluster whose nodes are reached through a bastion, as those see it who should not get in. */
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { findRole, SPARK_PORTS } from '../../roles';
import { type Outside, openOutside } from '../../sandbox/outside';
import { sandboxSettings } from '../../sandbox/settings';
import { ArgvWatch } from './_argv-watch';
import { exposedPorts, servicePorts } from './_expected-ports';
import { Nodes } from './_nodes';
import { commonYaml, Project } from './_project';
import { letThrough, type ScanResult, scanFrom, scanFromOutside } from './_scan';
import { placesOf } from './_secret-search';

const MINUTES = 60_000;
const CIDR = '10.91.0.0/24';
const NODES = ['bastion-0', 'master-0', 'worker-0', 'worker-1'];
const PI = 'local:/opt/spark/examples/src/main/python/pi.py';
const DAEMON_CONF = '/etc/spark/daemon.conf';

/** Its address has no access. */
let attacker: Outside;
/** Its address has. */
let colleague: Outside;
let argv: ArgvWatch;
let project: Project;
let nodes: Nodes;

jest.setTimeout(10 * MINUTES);

beforeAll(async () => {
  [attacker, colleague] = await Promise.all([openOutside(0), openOutside(1)]);
  argv = new ArgvWatch();
  const access = [`${sandboxSettings().net.host}/32`, `${colleague.address}/32`];
  project = await Project.create({
    environments: {
      seccommon: commonYaml({ cidr: CIDR, access }),
      sec: `kind: spark
cloud: sandbox
common: seccommon
image: debian-12
master: { flavor: m1.small }
workers: { flavor: m1.small, count: 2 }
bastion: { flavor: m1.tiny }
`,
    },
  });
  await project.start('up', 'sec').succeeded();
  nodes = await Nodes.of(project, 'sec');
}, 15 * MINUTES);

afterAll(async () => {
  argv?.stop();
  await Promise.all([attacker?.close(), colleague?.close()]);
  project?.remove();
});

describe('workers without floating IPs behind a bastion', () => {
  test('only the bastion has an address of its own, and all is well', async () => {
    expect(nodes.all.filter(({ floatingIp }) => floatingIp).map(({ name }) => name)).toEqual(['bastion-0']);
    const { status, text } = await project.firesteel('status', 'sec');
    expect(text).toContain('sec: all is well');
    expect(status).toBe(0);
  });

  test('jobs run', async () => {
    const { status, stdout } = await project.firesteel('submit', 'sec', PI, '4');
    expect(stdout).toMatch(/Pi is roughly 3\.1\d+/);
    expect(status).toBe(0);
  });
});

describe('from outside', () => {
  beforeAll(async () => {
    // Anybody on the public network can name the cloud's router as the way to the nodes' own addresses.
    for (const outside of [attacker, colleague]) {
      const route = await outside.run(['ip', 'route', 'replace', CIDR, 'via', routerAddress()]);
      expect(route.stderr).toBe('');
    }
  });

  test('a scan of all TCP ports finds nothing from an address outside of access', async () => {
    const bastion = nodes.find('bastion-0');
    const addresses = [bastion.floatingIp!, ...nodes.all.map(({ address }) => address)];
    const found = await scanAll(attacker, addresses);
    expect(found).toEqual(Object.fromEntries(addresses.map((address) => [address, { open: [], refused: [] }])));
  });

  test('the same scan finds SSH on the bastion, and nothing else, from an address inside of access', async () => {
    const bastion = nodes.find('bastion-0');
    const worker = nodes.find('worker-0');
    const found = await scanAll(colleague, [bastion.floatingIp!, bastion.address, worker.address]);
    expect(found).toEqual({
      [bastion.floatingIp!]: { open: [22], refused: [] },
      [bastion.address]: { open: [22], refused: [] },
      [worker.address]: { open: [], refused: [] },
    });
  });

  async function scanAll(outside: Outside, addresses: readonly string[]): Promise<Record<string, ScanResult>> {
    const scans = addresses.map(async (address) => [address, await scanFromOutside(outside, address)] as const);
    return Object.fromEntries(await Promise.all(scans));
  }

  function routerAddress(): string {
    interface State {
      resources: { type: string; instances: { attributes: { external_fixed_ip: { ip_address: string }[] } }[] }[];
    }
    const { resources } = project.json<State>('terraform.seccommon.tfstate');
    const router = resources.find(({ type }) => type === 'openstack_networking_router_v2')!;
    return router.instances[0].attributes.external_fixed_ip[0].ip_address;
  }
});

describe('from inside', () => {
  /** Ports of no service; the roles open the first and not the second. */
  const DECLARED = SPARK_PORTS.driver[1];
  const UNDECLARED = 9999;
  const WAYS = [
    ['bastion-0', 'master-0'],
    ['bastion-0', 'worker-0'],
    ['master-0', 'bastion-0'],
    ['master-0', 'worker-0'],
    ['worker-0', 'bastion-0'],
    ['worker-0', 'master-0'],
    ['worker-0', 'worker-1'],
  ] as const;
  const found: Record<string, ScanResult> = {};

  beforeAll(async () => {
    await Promise.all(['master-0', 'worker-0', 'worker-1'].map((node) => listenOn(node, [DECLARED, UNDECLARED])));
    const scans = WAYS.map(async ([from, to]) => {
      found[`${from} → ${to}`] = await scanFrom(nodes, from, nodes.find(to).address);
    });
    await Promise.all(scans);
  });

  test('of all TCP ports exactly those let something through that the roles expose to each other', () => {
    const expected = WAYS.map(([from, to]) => [`${from} → ${to}`, exposedPorts(nodes.find(from), nodes.find(to))]);
    const passing = Object.entries(found).map(([way, result]) => [way, letThrough(result)]);
    expect(Object.fromEntries(passing)).toEqual(Object.fromEntries(expected));
  });

  test('declared ports lead to their services, and undeclared ones not, though something listens there', async () => {
    const { master, masterPage, worker, workerPage } = SPARK_PORTS;
    expect(found['worker-0 → master-0'].open).toEqual([master, DECLARED]);
    expect(found['master-0 → worker-0'].open).toEqual([worker, DECLARED, workerPage].sort((a, b) => a - b));
    expect(found['worker-0 → worker-1'].open).toEqual([DECLARED]);
    expect(found['bastion-0 → worker-0'].open).toEqual([22]);
    const listening = [masterPage, SPARK_PORTS.history, UNDECLARED, 22];
    expect(await listeningPorts('master-0')).toEqual(expect.arrayContaining(listening));
  });

  test('6066, where Spark would take programs from anybody, is closed, and nothing listens there', async () => {
    expect(await listeningPorts('master-0')).not.toContain(SPARK_PORTS.rest);
    const throughIt = Object.entries(found).filter(([, result]) => letThrough(result).includes(SPARK_PORTS.rest));
    expect(throughIt).toEqual([]);
  });

  test('nothing listens to other machines but what a role names', async () => {
    for (const node of NODES) {
      const named = [...servicePorts(nodes.find(node)), DECLARED, UNDECLARED];
      expect((await listeningPorts(node)).filter((port) => !named.includes(port))).toEqual([]);
    }
  });

  async function listenOn(node: string, ports: readonly number[]): Promise<void> {
    const code =
      'import signal, socket, sys; keep = [socket.create_server(("", int(p))) for p in sys.argv[1:]]; signal.pause()';
    const unit = 'systemd-run -q --collect --unit=security-test --property=Type=exec';
    await nodes.sudo(node, `${unit} python3 -I -c '${code}' ${ports.join(' ')}`);
  }

  /** Ports that a process of the node listens on at an address that others can reach. */
  async function listeningPorts(node: string): Promise<number[]> {
    const lines = (await nodes.sudo(node, 'ss -Hltn')).split('\n');
    const local = lines.map((line) => line.trim().split(/\s+/)[3] ?? '').filter((address) => address !== '');
    return local
      .filter((address) => !/^(127\.|\[::1\]|\[::ffff:127\.)/.test(address))
      .map((address) => Number(address.split(':').at(-1)));
  }
});

describe('to the outside', () => {
  test('of all TCP ports a node reaches exactly those of package mirrors', async () => {
    const stop = new AbortController();
    const server = 'const net = require("node:net"); for (const port of [443, 8443]) net.createServer().listen(port)';
    const serving = attacker.run([process.execPath, '-e', server], { signal: stop.signal }).catch(() => undefined);
    try {
      const results = await Promise.all(
        ['worker-0', 'bastion-0'].map((node) => scanFrom(nodes, node, attacker.address)),
      );
      for (const result of results) expect(result).toEqual({ open: [443], refused: [80] });
    } finally {
      stop.abort();
      await serving;
    }
  });
});

describe('SSH', () => {
  test.each(['bastion-0', 'master-0', 'worker-0'])('refuses a password on %s, even the right one', async (node) => {
    // GIVEN a user with a password, and a client that knows it
    const password = 'correct-horse-battery';
    await nodes.sudo(node, `echo debian:${password} | chpasswd`);
    writeFileSync(project.file('askpass'), `#!/bin/sh\necho ${password}\n`, { mode: 0o700 });
    // WHEN it offers that, and no key
    const options = [
      'PubkeyAuthentication=no',
      'PasswordAuthentication=yes',
      'KbdInteractiveAuthentication=yes',
      'PreferredAuthentications=password,keyboard-interactive',
    ];
    const args = nodes.sshArgs(...options.flatMap((option) => ['-o', option]));
    const env = { SSH_ASKPASS: project.file('askpass'), SSH_ASKPASS_REQUIRE: 'force' };
    const { status, stderr } = await project.program('ssh', [...args, node, 'true'], env).ended;
    // THEN the server says what it would take: keys, and nothing else
    expect(stderr).toContain('Permission denied (publickey).');
    expect(status).toBe(255);
  });
});

describe('the secret', () => {
  function secret(): string {
    interface Secrets {
      projects: Record<string, { environments: Record<string, Record<string, string>> }>;
    }
    const { projects } = project.json<Secrets>('config', 'firesteel', 'secrets.json');
    return Object.values(projects)[0].environments.sec['spark.authenticate'];
  }

  test('a worker with another one is not taken in; configure gives it the right one, and it is', async () => {
    const { address } = nodes.find('worker-1');
    expect(await aliveWorkers()).toContain(address);
    // WHEN
    const since = await nodes.sudo('worker-1', 'date +%s');
    const wrong = `s/^(spark\\.authenticate\\.secret) .*/\\1 ${'0'.repeat(64)}/`;
    await nodes.sudo('worker-1', `sed -E -i '${wrong}' ${DAEMON_CONF}; systemctl restart spark-worker`);
    // THEN it tries, and gets nowhere
    const journal = () => nodes.sudo('worker-1', `journalctl -q -o cat -u spark-worker --since @${since}`);
    await until(async () => /Failed to connect to master/.test(await journal()));
    expect(await journal()).not.toContain('Successfully registered with master');
    expect(await aliveWorkers()).not.toContain(address);
    const { status, stdout } = await project.firesteel('status', 'sec');
    expect(stdout).toContain('no master has taken this worker in');
    expect(status).toBe(1);
    // AND
    await project.start('configure', 'sec').succeeded();
    expect(await aliveWorkers()).toContain(address);
  });

  test('is in no file of the project, and in nothing that a command said', () => {
    const keeper = project.file('config', 'firesteel', 'secrets.json');
    const files = project.files();
    expect(files).toEqual(expect.arrayContaining([keeper, project.file('terraform.sec.tfstate')]));
    expect(files.some((file) => file.startsWith(project.file('cdktf.out', 'stacks', 'sec')))).toBe(true);
    expect(files.filter((file) => readFileSync(file).includes(secret()))).toEqual([keeper]);
    expect(statSync(keeper).mode & 0o777).toBe(0o600);
    expect(project.said).not.toContain(secret());
  });

  test('is on the nodes where Spark runs, for Spark alone, and not in what systemd tells', async () => {
    await Promise.all(NODES.map(checkNode));

    async function checkNode(name: string): Promise<void> {
      const places = await placesOf(nodes, name, secret());
      const needed = nodes.find(name).roles.some((role) => findRole(role).secrets?.length);
      expect(places.some(({ place }) => place === DAEMON_CONF)).toBe(Boolean(needed));
      expect(places.filter(({ place }) => !place.startsWith('/etc/spark/'))).toEqual([]);
      expect(places.filter(({ forAll }) => forAll)).toEqual([]);
    }
  });

  test('was in no command line of any process, here or on the nodes', () => {
    for (const seen of [
      'spark.deploy.worker.Worker',
      'CoarseGrainedExecutorBackend',
      'SparkSubmit',
      'firesteel.js configure sec',
    ])
      expect(argv.lines.some((line) => line.includes(seen))).toBe(true);
    expect(argv.lines.filter((line) => line.includes(secret()))).toEqual([]);
  });

  /** Addresses of the workers that the master counts on. */
  async function aliveWorkers(): Promise<string[]> {
    const url = `http://${nodes.find('master-0').address}:${SPARK_PORTS.masterPage}/json/`;
    const ask = `import sys, urllib.request; sys.stdout.write(urllib.request.urlopen('${url}').read().decode())`;
    interface Master {
      workers: { host: string; state: string }[];
    }
    const { workers } = JSON.parse((await nodes.python('master-0', ask)).stdout) as Master;
    return workers.filter(({ state }) => state === 'ALIVE').map(({ host }) => host);
  }

  async function until(holds: () => Promise<boolean>): Promise<void> {
    const end = Date.now() + 2 * MINUTES;
    while (!(await holds())) {
      if (Date.now() > end) throw new Error('it did not come to that within two minutes');
      await sleep(1000);
    }
  }
});
