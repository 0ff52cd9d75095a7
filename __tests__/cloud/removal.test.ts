import { Compute } from '../../cloud/compute';
import { NetworkService } from '../../cloud/network';
import { VolumeService } from '../../cloud/volume';
import { failure, useFakeCloud } from './_fake-session';

const use = useFakeCloud();

test('each kind of thing is deleted where its service has it', async () => {
  const session = await use.connect();
  const compute = new Compute(session);
  const network = new NetworkService(session);

  await compute.delete({ kind: 'server', id: 's 1' });
  await compute.delete({ kind: 'server group', id: 'g' });
  await compute.delete({ kind: 'key pair', id: 'firesteel-common' });
  await network.delete({ kind: 'security group', id: 'sg' });
  await network.delete({ kind: 'security group rule', id: 'r' });
  await network.delete({ kind: 'router interface', id: 'p', routerId: 'ro' });

  expect(use.fake.seen.slice(1).map(({ method, path }) => `${method} ${path}`)).toEqual([
    'DELETE /compute/v2.1/servers/s%201',
    'DELETE /compute/v2.1/os-server-groups/g',
    'DELETE /compute/v2.1/os-keypairs/firesteel-common',
    'DELETE /network/v2.0/security-groups/sg',
    'DELETE /network/v2.0/security-group-rules/r',
    'PUT /network/v2.0/routers/ro/remove_router_interface',
  ]);
});

test('a key pair and a volume have their age, in UTC', async () => {
  use.fake.services = ['compute', 'volumev3'];
  const session = await use.connect();
  const key = { name: 'k', fingerprint: 'f', public_key: 'ssh-ed25519 AAAA', created_at: '2026-11-28T12:00:00.000000' };
  use.fake.on('GET', '/compute/v2.1/os-keypairs/k', { body: { keypair: key } });
  const volume = {
    id: 'v',
    name: null,
    status: 'available',
    attachments: [],
    created_at: '2026-11-28T12:00:00.000000',
  };
  use.fake.on('GET', '/volume/v3/project-1/volumes/detail', { body: { volumes: [volume] } });

  const created = new Date('2026-11-28T12:00:00Z');
  const compute = new Compute(session);
  expect(await compute.tryKeyPair('k')).toMatchObject({ name: 'k', created });
  expect(await compute.tryKeyPair('other')).toBeUndefined();
  expect(await new VolumeService(session).volumes()).toEqual([
    { id: 'v', name: '', status: 'available', attached: false, created },
  ]);
});

test("a rule that lets out is made once, whoever was first; where it can't be made, that is told", async () => {
  const network = new NetworkService(await use.connect());
  const path = '/network/v2.0/security-group-rules';
  const there = {
    ...{ id: 'r', security_group_id: 'g', direction: 'egress', ethertype: 'IPv4', protocol: 'tcp' },
    ...{ port_range_min: 80, port_range_max: 80, remote_ip_prefix: '0.0.0.0/0' },
  };
  use.fake.on('GET', path, { body: { security_group_rules: [there] } });
  use.fake.on('POST', path, { status: 201, body: {} });
  await network.allowOut('g', 443, 'why');
  expect(use.fake.to(path)[0]!.body).toEqual({
    security_group_rule: { ...there, id: undefined, port_range_min: 443, port_range_max: 443, description: 'why' },
  });

  use.fake.on('POST', path, {
    status: 409,
    body: { NeutronError: { message: 'Security group rule already exists.' } },
  });
  await network.allowOut('g', 80, 'why');
  use.fake.on('POST', path, { status: 409, body: { NeutronError: { message: 'Quota exceeded for resources.' } } });
  expect((await failure(network.allowOut('g', 443, 'why'))).message).toContain('Quota exceeded for resources.');
});
