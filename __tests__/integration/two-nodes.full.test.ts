/** A sandbox of two compute nodes: servers that are to be apart are, and what can't be is said. */
import { OpenStack, resolveCredentials } from '../../cloud';
import { sandboxSettings, up } from '../../sandbox';
import { commonYaml, Project } from './_project';

const MINUTES = 60_000;
const APART = `kind: spark
cloud: sandbox
common: apartcommon
image: debian-12
master: { flavor: m1.small }
workers: { flavor: m1.small, count: 2, placement: strict }
`;

let project: Project;

beforeAll(async () => {
  await up({ nodes: 2 });
  project = await Project.create({
    environments: { apartcommon: commonYaml({ cidr: '10.97.0.0/24' }), apart: APART },
  });
}, 10 * MINUTES);

afterAll(() => project?.remove());

test('workers that must be apart are on two hypervisors, and their cluster works across them', async () => {
  await project.start('up', 'apart').succeeded();

  const hosts = await hostsOf('apart-worker-');
  expect(hosts.size).toBe(2);
  expect(new Set(hosts.values()).size).toBe(2);
  expect((await project.firesteel('status', 'apart')).status).toBe(0);
});

test('a third one has nowhere to be: the error names it, and the two others are as they were', async () => {
  const before = await hostsOf('apart-worker-');
  project.write('apart', APART.replace('count: 2', 'count: 3'));

  const { status, text } = await project.firesteel('up', 'apart');

  expect(status).toBe(1);
  expect(text).toContain('apart-worker-2');
  expect(text).toMatch(/server apart-worker-2: .*No valid host/);
  const after = await hostsOf('apart-worker-');
  for (const [name, host] of before) expect(after.get(name)).toBe(host);
});

/** Which hypervisor each server is on, as the project may know it: a digest of the host's name. */
async function hostsOf(prefix: string): Promise<Map<string, string>> {
  const settings = { env: {}, cloud: 'sandbox', furtherFiles: [sandboxSettings().clouds] };
  const cloud = await OpenStack.connect(await resolveCredentials(settings));
  try {
    const servers = await cloud.compute.servers();
    const wanted = servers.filter(({ name, status }) => name.startsWith(prefix) && status === 'ACTIVE');
    return new Map(wanted.map(({ name, hostId }) => [name, hostId]));
  } finally {
    await cloud.close();
  }
}
