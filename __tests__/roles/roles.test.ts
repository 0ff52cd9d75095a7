import { inspect } from 'node:util';
import type { Operation } from '../../operations';
import { findRole, type NodeContext, type NodeInfo, ROLES, type Role } from '../../roles';
import { CLUSTER, context, HA_CLUSTER, nodeInfo, SECRET } from './_context';

/** All operations of all roles of a node, in the order in which they are made. */
function operationsOf(at: NodeContext): readonly Operation[] {
  const roles = at.node.roles.map(findRole);
  return [
    ...roles.flatMap((role) => role.install?.(at) ?? []),
    ...roles.flatMap((role) => role.configure?.(at) ?? []),
    ...roles.flatMap((role) => role.start?.(at) ?? []),
  ];
}

const volumes = [
  { name: 'data', id: '0b1f5c9e-6b1d-4c8e-9f57-1234567890ab', mount: '/data', filesystem: 'xfs' as const },
];
const full: readonly NodeInfo[] = [
  nodeInfo('master-0', { volumes }),
  nodeInfo('worker-0', { volumes, swap: { percent: 20 }, vcpus: 4, memoryMiB: 8192 }),
];
const contexts = {
  'a master': context('master-0'),
  'a worker': context('worker-1'),
  'a master with all there is': context('master-0', full, {
    python: { packages: ['numpy'] },
    apt: { packages: ['htop'] },
    ssh: { user: 'root', authorizedKeys: ['ssh-ed25519 AAAA colleague'] },
    spark: { conf: { 'spark.hadoop.fs.s3a.secret.key': SECRET }, packages: ['org.apache:x:1'], version: '3.5.9' },
  }),
  'a worker from a tarball': context('worker-0', full, {
    spark: { source: { kind: 'tarball', url: 'https://example.com/spark.tgz', sha512: 'ab'.repeat(64) } },
  }),
  'a master with ZooKeeper beside it': context('master-1', HA_CLUSTER),
  'a ZooKeeper server of its own': context('zookeeper-2', [
    nodeInfo('master-0'),
    nodeInfo('zookeeper-2', { roles: ['node', 'zookeeper'], memoryMiB: 512 }),
    nodeInfo('worker-0'),
  ]),
  'one node for all': context('all-0', [
    nodeInfo('all-0', { roles: ['node', 'spark-master', 'spark-worker', 'spark-history'], memoryMiB: 4096, vcpus: 2 }),
  ]),
};

describe.each(Object.entries(contexts))('%s', (_name, at) => {
  const operations = operationsOf(at);

  test('two roles never say different things about the same', () => {
    const seen = new Map<string, string>();
    for (const operation of operations) {
      const key = `${operation.kind} ${operation.name}`;
      const scripts = operation
        .changes(operation.fact.bare)
        .map(({ script }) => script)
        .join('\n');
      expect(seen.get(key) ?? scripts).toBe(scripts);
      seen.set(key, scripts);
    }
  });

  test('shows no secret to people, to argv or to systemd', () => {
    const changes = operations.flatMap((operation) => operation.changes(operation.fact.bare));
    const told = changes.map(({ description, diff }) => ({ description, diff }));
    const asked = operations.map(({ name, fact }) => name + fact.script).join('\n');
    const probes = at.node.roles.flatMap((role) => findRole(role).health?.(at) ?? []);
    expect(inspect(told) + JSON.stringify(told) + asked + JSON.stringify(probes)).not.toContain(SECRET);
    const withSecret = operations.filter((operation) =>
      operation.changes(operation.fact.bare).some(({ script }) => script.includes(SECRET)),
    );
    for (const { kind, name } of withSecret)
      expect(`${kind} ${name}`).toMatch(/^file \/etc\/(spark|zookeeper)\/[a-z-]+\.conf$/);
  });

  test('secret files are for root and the group of their reader alone', () => {
    for (const operation of operations.filter(({ name }) => /^\/etc\/(spark|zookeeper)\/.*\.conf$/.test(name))) {
      const [write] = operation.changes(operation.fact.bare);
      expect(write!.script).toContain(`chown -- 'root:${operation.name.split('/')[2]}'`);
      expect(write!.script).toContain("chmod -- '0640'");
    }
  });

  test('what can be baked knows no cluster', () => {
    const { settings } = at;
    for (const role of at.node.roles.map(findRole)) expect(() => role.install?.({ settings })).not.toThrow();
  });
});

test('a worker starts after the master, and the artifact is unpacked where its marker is looked for', () => {
  const at = context('worker-0');
  const worker = findRole('spark-worker');
  expect(worker.after).toEqual(['spark-master']);
  const [artifact] = worker.artifacts!(at.settings);
  const unpack = worker.install!(at).find(({ kind }) => kind === 'archive')!;
  expect(unpack.fact.script).toContain(`'${artifact!.installedMarker}'`);
  expect(unpack.changes(unpack.fact.bare)[0]!.script).toContain(`'/var/cache/firesteel/${artifact!.fileName}'`);
});

test('every port is for roles that exist, and no range is all ports', () => {
  // A role that users may bring: Debian has no Prometheus for each of the releases that we run on.
  const names = [...ROLES.map(({ name }) => name), 'prometheus'];
  for (const { from, port } of ROLES.flatMap(({ exposes }) => exposes)) {
    for (const role of from) expect(names).toContain(role);
    if (typeof port === 'object') expect(port[1] - port[0]).toBeLessThan(64);
  }
});

test('names are unique and say themselves', () => {
  expect(new Set(ROLES.map(({ name }) => name)).size).toBe(ROLES.length);
  for (const role of ROLES) expect(findRole(role.name)).toBe(role);
});

test('refuses an unknown role and names the nearest', () => {
  expect(() => findRole('spark-wroker')).toThrow(
    'no role is named "spark-wroker"; did you mean "spark-worker"?; the roles are node, bastion, spark-master',
  );
  expect(() => findRole('hadoop')).toThrow(/^no role is named "hadoop"; the roles are/);
});

describe('node', () => {
  const operation = (role: Role, at: NodeContext, name: string) =>
    role.configure!(at).find((candidate) => candidate.name.startsWith(name))!;

  test('knows all nodes by name', () => {
    const [change] = operation(findRole('node'), context('worker-0'), '/etc/hosts').changes({});
    expect(change!.diff).toContain('+10.0.0.11 dev-master-0 master-0\n+10.0.0.20 dev-worker-0 worker-0\n');
  });

  test('lets colleagues in, and out again', () => {
    const at = (authorizedKeys: readonly string[]) =>
      context('worker-0', CLUSTER, { ssh: { user: 'ubuntu', authorizedKeys } });
    const keys = (authorizedKeys: readonly string[]) =>
      operation(findRole('node'), at(authorizedKeys), '/home/ubuntu/.ssh/authorized_keys');
    const text = '# BEGIN firesteel colleagues\nssh-ed25519 AAAA a\n# END firesteel colleagues\n';
    expect(keys(['ssh-ed25519 AAAA a']).changes({ text })).toEqual([]);
    expect(keys([]).changes({ text: `mine\n${text}` })[0]!.diff).toContain('-ssh-ed25519 AAAA a\n');
  });

  test.each([
    ['debian', 'PermitRootLogin no'],
    ['root', 'PermitRootLogin prohibit-password'],
  ])('takes no passwords; login %s: %s', (user, line) => {
    const at = context('worker-0', CLUSTER, { ssh: { user, authorizedKeys: [] } });
    const [change] = operation(findRole('node'), at, '/etc/ssh/sshd_config.d/10-').changes({ type: 'absent' });
    expect(change!.script).toContain('\nPasswordAuthentication no\n');
    expect(change!.script).toContain(`\n${line}\n`);
  });

  test('fails while the login is unknown', () => {
    const at = context('worker-0', CLUSTER, { ssh: { user: '', authorizedKeys: [] } });
    expect(() => findRole('node').configure!(at)).toThrow('the login of worker-0 is not known');
  });
});
