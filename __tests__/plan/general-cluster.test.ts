import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { clusterPlan } from '../../plan/general-cluster';
import { loadEnvironment } from '../../plan/load-environments';
import { namesOfNode } from '../../plan/node-names';
import type { PlanError } from '../../plan/plan-error';
import type { Role } from '../../roles';
import { issuesOf, project } from './_project';

const PLAN = `kind: cluster
image: debian-12
groups:
  leader:
    flavor: m1.small
    roles: [spark-master]
  worker:
    flavor: m1.large
    count: 2
    roles: [spark-worker]
    tags: [compute]
`;

function planOf(files: Record<string, string>, name = 'dev') {
  const environment = loadEnvironment(project(files), name);
  if (environment.kind !== 'cluster') throw new Error(`${name} is a cluster`);
  return environment;
}

const rolesOf = (yaml: string) =>
  Object.fromEntries(
    planOf({ 'dev.yaml': yaml }).plan.groups.map(({ name, roles, floatingIps }) => [
      name,
      { roles: roles.map((role) => role.name).join(' '), floatingIps },
    ]),
  );

describe('a plan of kind cluster', () => {
  test('makes a node group of every group, and lets people in through the first', () => {
    expect(rolesOf(PLAN)).toEqual({
      leader: { roles: 'node bastion spark-master', floatingIps: 'new' },
      worker: { roles: 'node spark-worker', floatingIps: 'none' },
    });
    expect(planOf({ 'dev.yaml': PLAN }).plan.groups[1]).toMatchObject({ numbers: [0, 1], tags: ['compute'] });
  });

  test('gives nobody a floating IP where a group says so', () => {
    expect(rolesOf(PLAN.replace('[spark-master]', '[spark-master]\n    floatingIp: false'))).toEqual({
      leader: { roles: 'node spark-master', floatingIps: 'none' },
      worker: { roles: 'node spark-worker', floatingIps: 'none' },
    });
  });

  test('lets nodes reach package mirrors while something is installed, unless it says otherwise', () => {
    const egress = (line: string) => planOf({ 'dev.yaml': `${PLAN}${line}\n` }).plan.settings.egress;
    expect(['', 'egress: none', 'egress: open'].map(egress)).toEqual(['configure', 'none', 'open']);
    expect(egress('spark: { packages: ["org.postgresql:postgresql:42.7.14"] }')).toBe('open');
  });

  test('refuses what jobs fetch by themselves where nodes reach no mirrors then, and a group of that name', () => {
    const packages = 'spark: { packages: ["org.postgresql:postgresql:42.7.14"] }';
    expect(issuesOf({ 'dev.yaml': `${PLAN}egress: none\n${packages}\n` })).toEqual([
      expect.stringMatching(/^13:\d+: spark\.packages: are fetched from Maven Central .* say "egress: open"/),
    ]);
    expect(issuesOf({ 'dev.yaml': PLAN.replace('  leader:', '  mirrors:') })).toEqual([
      expect.stringContaining('"mirrors" is what the security group is called that opens the package mirrors'),
    ]);
    expect(issuesOf({ 'dev.yaml': `${PLAN}egress: closed\n` })).toEqual([
      '12:9: egress: must be one of configure, none, open, got "closed"',
    ]);
  });

  test('has a bastion of its own', () => {
    expect(rolesOf(`${PLAN}bastion: { flavor: m1.tiny }\n`)).toEqual({
      bastion: { roles: 'node bastion', floatingIps: 'new' },
      leader: { roles: 'node spark-master', floatingIps: 'none' },
      worker: { roles: 'node spark-worker', floatingIps: 'none' },
    });
  });

  test('is the same from JSON', () => {
    const json = JSON.stringify({
      kind: 'cluster',
      image: 'debian-12',
      groups: {
        leader: { flavor: 'm1.small', roles: ['spark-master'] },
        worker: { flavor: 'm1.large', count: 2, roles: ['spark-worker'], tags: ['compute'] },
      },
    });
    expect(planOf({ 'dev.json': json, 'dev.nodes.json': '{"version":1,"groups":{}}' }).plan).toEqual(
      planOf({ 'dev.yaml': PLAN }).plan,
    );
  });

  test('every group can be made larger and smaller by its name', () => {
    expect(planOf({ 'dev.yaml': PLAN }).scalable).toMatchObject({
      leader: { group: 'leader', path: ['groups', 'leader', 'count'] },
      worker: { group: 'worker', path: ['groups', 'worker', 'count'] },
    });
  });

  test('calls nodes what it is told to', () => {
    const named = PLAN.replace(
      'tags: [compute]',
      'hostname: spark-{n}\n    fqdn: { private: "internal.spark-{n}.iot.useast", public: "spark-{n}.iot.useast" }',
    );
    const { plan } = planOf({ 'dev.yaml': named });
    expect(namesOfNode(plan, plan.groups[1]!, 7)).toEqual({
      hostname: 'spark-7',
      privateFqdn: 'internal.spark-7.iot.useast',
      publicFqdn: 'spark-7.iot.useast',
    });
    expect(namesOfNode(plan, plan.groups[0]!, 0)).toEqual({ hostname: 'dev-leader-0' });
  });

  test('takes a role of the user from a module beside the plan', () => {
    const dir = project({ 'dev.yaml': PLAN.replace('[spark-worker]', '[spark-worker, ./roles/echo.js]') });
    mkdirSync(join(dir, 'roles'));
    writeFileSync(
      join(dir, 'roles', 'echo.js'),
      "exports.echo = { name: 'echo', summary: 'says it again', exposes: [{ name: 'echo', port: 7, from: ['spark-master'] }] };",
    );
    const environment = loadEnvironment(dir, 'dev');
    if (environment.kind !== 'cluster') throw new Error('dev is a cluster');
    expect(environment.plan.groups[1]!.roles.map(({ name }) => name)).toEqual(['node', 'spark-worker', 'echo']);
  });
});

const issuesIn = (change: (yaml: string) => string) => issuesOf({ 'dev.yaml': change(PLAN) });

describe('what is wrong with a plan is told where it stands', () => {
  test('an unknown role', () => {
    expect(issuesIn((yaml) => yaml.replace('spark-worker', 'sparkworker'))).toEqual([
      expect.stringMatching(
        /^10:13: groups\.worker\.roles\.0: no role is named "sparkworker"; did you mean "spark-worker"\?/,
      ),
    ]);
  });

  test('a role without those that it needs', () => {
    expect(issuesIn((yaml) => yaml.replace('[spark-master]', '[zookeeper]'))).toEqual([
      '10:12: groups.worker.roles: spark-worker: needs a group with the role spark-master',
    ]);
  });

  test('a number of nodes that a role can not agree with', () => {
    expect(
      issuesIn((yaml) => yaml.replace('roles: [spark-master]', 'count: 2\n    roles: [spark-master, zookeeper]')),
    ).toEqual([
      '7:12: groups.leader.roles: zookeeper: must be on 1, 3 or 5 nodes, got 2: more than half of them have to live',
    ]);
  });

  test('several masters that nothing lets agree', () => {
    const [issue] = issuesIn((yaml) => yaml.replace('roles: [spark-master]', 'count: 3\n    roles: [spark-master]'));
    expect(issue).toContain('groups.leader.roles: spark-master: 3 masters need a ZooKeeper to agree on who leads');
  });

  test('names that no group can have', () => {
    expect(issuesIn((yaml) => yaml.replace('  leader:', '  lead-er:'))).toEqual([
      expect.stringMatching(/^5:5: groups\.lead-er: "lead-er" can't be a group's name: lower-case letters and digits/),
    ]);
  });

  test('settings of a role that the plan does not have, or that has none', () => {
    expect(issuesIn((yaml) => `${yaml}settings: { spark-worker: { x: 1 }, kafka: {} }\n`)).toEqual([
      expect.stringContaining('settings.spark-worker: the role spark-worker has no settings'),
      expect.stringContaining('settings.kafka: no group has a role "kafka"'),
    ]);
  });

  test('names that two nodes would have', () => {
    const named = (text: string) => issuesIn((yaml) => yaml.replace('tags: [compute]', text));
    expect(named('hostname: spark')).toEqual([
      '11:15: groups.worker.hostname: "spark" is one name for 2 nodes: put their number into it as {n}',
    ]);
    expect(named('hostname: spark-{n}.x')).toEqual([expect.stringContaining('has dots: a host name is one label')]);
    expect(named('fqdn: { public: "a_{n}.example" }')).toEqual([expect.stringContaining('"a_0" must be lower-case')]);
    expect(named('fqdn: { public: "n-{n}.example", private: "n-{n}.example" }')).toEqual([
      expect.stringContaining('is given at groups.worker.fqdn.private already: give another'),
    ]);
  });

  test('a virtual IP that nothing would move', () => {
    expect(issuesIn((yaml) => yaml.replace('tags: [compute]', 'virtualIp: true'))).toEqual([
      '11:16: groups.worker.virtualIp: needs the role keepalived, which moves it from node to node',
    ]);
  });

  test('a module that is not there, or holds no role', () => {
    expect(issuesIn((yaml) => yaml.replace('[spark-worker]', '[spark-worker, ./roles/none.js]'))).toEqual([
      '10:27: groups.worker.roles.1: ./roles/none.js is not there: give its path from the project folder',
    ]);
  });
});

const role = (name: string, rest: Partial<Role> = {}): Role => ({ name, summary: name, exposes: [], ...rest });

function issuesFor(...roles: Role[]): string[] {
  try {
    clusterPlan('dev', { image: 'x', groups: { all: { flavor: 's', roles } } });
  } catch (error) {
    return (error as PlanError).issues.map(({ path, message }) => `${path}: ${message}`);
  }
  return [];
}

describe('roles of the user', () => {
  test('that start after each other in a circle are refused', () => {
    expect(issuesFor(role('a', { after: ['b'] }), role('b', { after: ['a'] }))).toEqual([
      expect.stringContaining('groups: roles: they start after each other in a circle: a → b → a'),
    ]);
  });

  test('that listen on one port are refused, but may share a pool of ports', () => {
    const at = (name: string, port: number | [number, number]) =>
      role(name, { exposes: [{ name: 'x', port, from: [] }] });
    expect(issuesFor(at('a', 80), at('b', 80))).toEqual([
      'groups.all.roles: a and b both listen on tcp 80: put them on groups of their own',
    ]);
    expect(issuesFor(at('a', [80, 90]), at('b', [80, 95]))).toEqual([]);
    expect(issuesFor(role('a', { pages: [{ name: 'p', port: 80 }] }), at('b', 80))).toHaveLength(1);
  });
});
