/** When nodes reach package mirrors: only while something is installed, what a killed run leaves open, and never. */
import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ConfigureResult } from '../../lifecycle/configure';
import type { UpResult } from '../../lifecycle/up';
import { Nodes } from './_nodes';
import { commonYaml, Project } from './_project';
import { lastLine, type Running } from './_run';
import { SandboxCloud } from './_sandbox-cloud';

const MINUTES = 60_000;
const APP = join(__dirname, '..', '..', 'examples', 'apps', 'hello_world');

interface ShutOptions {
  readonly packages: readonly string[];
  readonly egress?: string;
}

/** One node, by default with mirrors that are open only while something is installed. */
const shut = ({ packages, egress }: ShutOptions) => `kind: cluster
cloud: sandbox
common: egcommon
image: debian-12
groups:
  one: { flavor: m1.tiny }
apt: { packages: [${packages.join(', ')}] }
${egress ? `egress: ${egress}` : ''}
`;

/** One node that gets packages of Debian and of PyPI without ever reaching either. */
const SEALED = `kind: cluster
cloud: sandbox
common: egcommon
image: debian-12
groups:
  one: { flavor: m1.small, roles: [flask-app] }
egress: none
settings:
  flask-app: { app: ./app }
`;

jest.setTimeout(10 * MINUTES);

let project: Project;
let cloud: SandboxCloud;

beforeAll(async () => {
  project = await Project.create({
    environments: {
      egcommon: commonYaml({ cidr: '10.97.0.0/24' }),
      shut: shut({ packages: ['tree'] }),
      sealed: SEALED,
    },
  });
  cpSync(APP, project.file('app'), { recursive: true });
  writeFileSync(project.file('app', 'requirements.txt'), 'itsdangerous==2.2.0\n');
  cloud = await SandboxCloud.open();
});

afterAll(async () => {
  await cloud?.close();
  project?.remove();
});

/** TCP ports that the nodes of an environment reach anywhere; undefined where there is no group for it yet. */
async function openPorts(environment: string): Promise<number[] | undefined> {
  const [group] = await cloud.api.network.securityGroups({ name: `${environment}-mirrors` });
  return group?.rules.map(({ portMin }) => portMin ?? 0).sort();
}

/** Whether a node gets a connection to the mirror of its image. */
async function reaches(environment: string): Promise<string> {
  const nodes = await Nodes.of(project, environment, 'one-0');
  const ask = `import socket
try:
    socket.create_connection(('deb.debian.org', 80), 4).close()
    print('yes')
except OSError as error:
    print('no:', error)
`;
  return (await nodes.python('one-0', ask)).stdout.trim();
}

/** Configures with one more package, and kills that as soon as the mirrors are open. */
async function killWhileOpen(more: ShutOptions): Promise<void> {
  project.write('shut', shut(more));
  const running: Running = project.start('configure', 'shut', '--json');
  await running.line((line) => /"phase":"mirrors","state":"start"/.test(line));
  running.kill('SIGKILL');
  expect((await running.ended).signal).toBe('SIGKILL');
  expect(await openPorts('shut')).toEqual([443, 80]);
}

describe('open only while something is installed', () => {
  test('up installs, and leaves a node that reaches no mirror', async () => {
    const ended = await project.start('up', 'shut', '--json').succeeded();
    expect(lastLine<UpResult>(ended).configured).toMatchObject({ failed: 0 });
    const events = ended.stdout.split('\n').filter((line) => line.includes('"phase":"mirrors"'));
    expect(events.map((line) => JSON.parse(line).state)).toEqual(['start', 'done']);
    expect(await openPorts('shut')).toEqual([]);
    expect(await reaches('shut')).toMatch(/^no: /);
    const { status, stdout } = await project.firesteel('status', 'shut');
    expect(stdout).toContain('package mirrors: closed but while something is installed (egress: configure)');
    expect(status).toBe(0);
  });

  test('a run that is killed leaves them open, status says so, and the next run closes them', async () => {
    await killWhileOpen({ packages: ['tree', 'hello'] });
    expect(await reaches('shut')).toBe('yes');
    const { status, stdout } = await project.firesteel('status', 'shut', '--drift', '--json');
    expect(status).toBe(1);
    expect(lastLine({ stdout })).toMatchObject({ ok: false, mirrors: { left: true }, drift: { strangers: [] } });
    expect((await project.firesteel('status', 'shut')).stdout).toContain('PACKAGE MIRRORS ARE OPEN');

    const { stderr } = await project.start('configure', 'shut').succeeded();
    expect(stderr).toContain('left so by a run that was cut off: they are closed');
    expect(await openPorts('shut')).toEqual([]);
    expect(await reaches('shut')).toMatch(/^no: /);
    expect((await project.firesteel('status', 'shut')).status).toBe(0);
  });

  test('a run that has nothing to install opens nothing', async () => {
    const { stdout } = await project.start('configure', 'shut', '--json').succeeded();
    expect(lastLine<ConfigureResult>({ stdout })).toMatchObject({ changed: 0, failed: 0 });
    expect(stdout).not.toContain('"phase":"mirrors"');
  });

  test('what a killed run left open is in nobody’s way who wants them open always', async () => {
    await killWhileOpen({ packages: ['tree', 'hello', 'sl'] });
    project.write('shut', shut({ packages: ['tree', 'hello'], egress: 'open' }));
    await project.start('up', 'shut').succeeded();
    expect(await openPorts('shut')).toEqual([443, 80]);
    const { status, stdout } = await project.firesteel('status', 'shut');
    expect(stdout).toContain('package mirrors: open (egress: open)');
    expect(status).toBe(0);
  });
});

test('never open: packages of Debian and of PyPI come through SSH, and no rule ever lets the node out', async () => {
  const up = project.start('up', 'sealed', '--json');
  const seen: (number[] | undefined)[] = [];
  let over = false;
  void up.ended.finally(() => {
    over = true;
  });
  while (!over) {
    seen.push(await openPorts('sealed'));
    await sleep(300);
  }
  expect(lastLine<UpResult>(await up.succeeded()).configured).toMatchObject({ failed: 0 });
  // A new group has the cloud's own rules until Terraform has taken them away; it is not worn by then.
  const whileThere = seen.slice(seen.findIndex((ports) => ports?.length === 0));
  expect(whileThere.length).toBeGreaterThan(5);
  expect(whileThere.filter((ports) => ports?.length !== 0)).toEqual([]);

  const nodes = await Nodes.of(project, 'sealed', 'one-0');
  expect(await reaches('sealed')).toMatch(/^no: /);
  // Nothing that led to us is left, in no file and on no port.
  expect(await nodes.sudo('one-0', 'grep -rIl 127.0.0.1:7079 /etc | sort')).toBe(
    '/etc/ssh/sshd_config.d/05-firesteel-bastion.conf\n/etc/ssh/sshd_config.d/10-firesteel.conf',
  );
  expect(await nodes.sudo('one-0', 'ss -Hltn sport = :7079')).toBe('');
  const { status, stdout } = await project.firesteel('status', 'sealed');
  expect(stdout).toContain('package mirrors: closed (egress: none)');
  expect(status).toBe(0);
  const again = lastLine<ConfigureResult>(await project.start('configure', 'sealed', '--json').succeeded());
  expect(again).toMatchObject({ changed: 0, failed: 0 });
});
