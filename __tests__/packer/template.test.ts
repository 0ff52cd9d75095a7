import { packerTemplate, type TemplateOptions, userDataFor } from '../../packer/template';

const OPTIONS: TemplateOptions = {
  name: 'firesteel-image-0a1b2c3d',
  sourceImage: 'source-id',
  flavor: 'flavor-id',
  port: 'port-id',
  user: 'debian',
  sshPort: 40123,
  sshSeconds: 900,
  userData: userDataFor('ssh-ed25519 AAAA build'),
};

const builder = (options: Partial<TemplateOptions> = {}) => packerTemplate({ ...OPTIONS, ...options }).builders[0]!;

test('all that Packer makes has the name of the build', () => {
  expect(builder()).toMatchObject({
    type: 'openstack',
    image_name: 'firesteel-image-0a1b2c3d',
    instance_name: 'firesteel-image-0a1b2c3d',
    metadata: { firesteel_build: 'firesteel-image-0a1b2c3d' },
    instance_metadata: { firesteel_build: 'firesteel-image-0a1b2c3d' },
  });
});

test('the server has our port and no other, and the cloud gets no key pair', () => {
  expect(builder().ports).toEqual(['port-id']);
  for (const name of ['networks', 'security_groups', 'floating_ip_network', 'floating_ip', 'ssh_keypair_name'])
    expect(builder()).not.toHaveProperty(name);
  expect(builder().ssh_private_key_file).toBe('key');
});

test('Packer logs in by way of a port of this machine alone', () => {
  expect(builder()).toMatchObject({
    ssh_host: '127.0.0.1',
    ssh_port: 40123,
    ssh_timeout: '900s',
    ssh_username: 'debian',
  });
});

test('who we are at the cloud is in no template', () => {
  const names = Object.keys(builder({ region: 'North', verify: false, availabilityZone: 'nova' }));
  expect(
    names.filter((name) => /user(?!_data)|password|token|identity|tenant|project|domain|cloud|secret/.test(name)),
  ).toEqual(['ssh_username']);
});

test('says region, zone and an unchecked certificate only where they are said', () => {
  for (const name of ['region', 'availability_zone', 'insecure']) expect(builder()).not.toHaveProperty(name);
  expect(builder({ region: 'North', verify: false, availabilityZone: 'nova' })).toMatchObject({
    region: 'North',
    availability_zone: 'nova',
    insecure: true,
  });
});

test('nothing of ours is filled in by Packer', () => {
  expect(builder({ user: '{{env `HOME`}}' }).ssh_username).toBe('{{`{{`}}env `HOME`}}');
});

test('cloud-init is told who may log in, and nothing secret', () => {
  expect(userDataFor('ssh-ed25519 AAAA build')).toBe(
    '#cloud-config\n{"ssh_authorized_keys":["ssh-ed25519 AAAA build"]}\n',
  );
});
