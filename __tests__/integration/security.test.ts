/** A cluster whose nodes are reached through a bastion, as those see it who should not get in. */
import { writeFileSync } from 'node:fs';
import { type Outside, openOutside } from '../../sandbox/outside';
import { sandboxSettings } from '../../sandbox/settings';
import { ArgvWatch } from './_argv-watch';
import { describeInside } from './_inside';
import { Nodes } from './_nodes';
import { commonYaml, Project } from './_project';
import { type ScanResult, scanFrom, scanFromOutside } from './_scan';
import { describeSparkSecret } from './_spark-secret';

const MINUTES = 60_000;
const CIDR = '10.91.0.0/24';
const PI = 'local:/opt/spark/examples/src/main/python/pi.py';

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

describeInside(() => nodes);

describe('to the outside', () => {
  test('of all TCP ports a node reaches none: package mirrors are open only while something is installed', async () => {
    const stop = new AbortController();
    const server = 'const net = require("node:net"); for (const port of [443, 8443]) net.createServer().listen(port)';
    const serving = attacker.run([process.execPath, '-e', server], { signal: stop.signal }).catch(() => undefined);
    try {
      const results = await Promise.all(
        ['worker-0', 'bastion-0'].map((node) => scanFrom(nodes, node, attacker.address)),
      );
      for (const result of results) expect(result).toEqual({ open: [], refused: [] });
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

describeSparkSecret(() => ({ project, nodes, argv }));
